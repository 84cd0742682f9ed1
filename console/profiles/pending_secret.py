"""A secret whose check failed waits, sealed, in the teammate's session, so that nobody retypes it.

A page never holds a secret, so a form that comes back cannot carry it. It waits for one form,
for a quarter of an hour, and opens for this teammate and this form only. `manage.py keys` does not
count or reseal it: where its key is disabled meanwhile it does not open, and is typed again.
"""

import base64
import time

from django.http import HttpRequest

from console.vault.sealing import CannotUnseal, Context, seal, unseal
from console.vault.secret import Secret

SESSION_KEY = "pending_secret"
MAX_SECONDS = 900


def store_pending_secret(request: HttpRequest, secret: Secret) -> None:
    """Keep `secret` for the form at the request's path; it replaces what was kept before."""
    sealed = seal(secret, context=_context(request))
    request.session[SESSION_KEY] = {
        "path": request.path,
        "at": time.time(),
        "sealed": base64.b64encode(sealed).decode(),
    }


def pending_secret(request: HttpRequest) -> Secret | None:
    """Return the secret kept for the form at the request's path, if there still is one."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["path"] != request.path:
        return None
    if time.time() - kept["at"] > MAX_SECONDS:
        drop_pending_secret(request)
        return None
    try:
        return unseal(base64.b64decode(kept["sealed"]), context=_context(request))
    except CannotUnseal:
        return None


def drop_pending_secret(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)


def _context(request: HttpRequest) -> Context:
    return Context("session", request.path, SESSION_KEY, str(request.user.pk))
