"""A typed secret whose check failed waits in the session, sealed, so that nobody retypes it.

Pages never contain secrets, so a form that is shown again cannot carry one. It waits for that form
alone, for 15 minutes, and opens for its teammate alone. `manage.py keys` neither counts nor reseals
it: if its key is disabled meanwhile, it does not open, and is typed again.
"""

import base64
import time

from django.http import HttpRequest

from console.vault.sealing import CannotUnseal, Context, seal, unseal
from console.vault.secret import Secret

SESSION_KEY = "pending_secret"
MAX_AGE_SECONDS = 900


def store_pending_secret(request: HttpRequest, secret: Secret) -> None:
    """Store `secret` for the form at the request's path, in place of any other pending secret."""
    sealed = seal(secret, context=_context(request))
    request.session[SESSION_KEY] = {
        "path": request.path,
        "at": time.time(),
        "sealed": base64.b64encode(sealed).decode(),
    }


def pending_secret(request: HttpRequest) -> Secret | None:
    """The pending secret of the form at the request's path; None where there is none."""
    stored = request.session.get(SESSION_KEY)
    if not stored or stored["path"] != request.path:
        return None
    if time.time() - stored["at"] > MAX_AGE_SECONDS:
        drop_pending_secret(request)
        return None
    try:
        return unseal(base64.b64decode(stored["sealed"]), context=_context(request))
    except CannotUnseal:
        return None


def drop_pending_secret(request: HttpRequest) -> None:
    request.session.pop(SESSION_KEY, None)


def _context(request: HttpRequest) -> Context:
    return Context("session", request.path, SESSION_KEY, str(request.user.pk))
