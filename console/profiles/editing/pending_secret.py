"""A typed secret whose check failed waits in the session, sealed, so that nobody retypes it.

Pages never contain secrets, so a form that is shown again carries an id instead, and only a POST
that brings the id back gets the secret. It waits for 15 minutes, and is bound to its teammate, its
profile and the servers that it was typed for; opening the form anew drops it. `manage.py keys`
neither counts nor reseals it: if its key is disabled meanwhile, it is typed again.
"""

import base64
import secrets
import time

from django.http import HttpRequest

from console.profiles.models import CredentialProfile
from console.vault.sealing import CannotUnseal, Context, seal, unseal
from console.vault.secret import Secret

SESSION_KEY = "pending_secret"
MAX_AGE_SECONDS = 900


def store_pending_secret(request: HttpRequest, secret: Secret, profile: CredentialProfile) -> str:
    """Store `secret` for the form of `profile`, in place of any other; return its id."""
    pending_id = secrets.token_urlsafe(12)
    request.session[SESSION_KEY] = {
        "id": pending_id,
        "profile": str(profile.pk),
        "at": time.time(),
        "sealed": base64.b64encode(seal(secret, context=_context(request, profile))).decode(),
    }
    return pending_id


def is_pending(request: HttpRequest, pending_id: str) -> bool:
    """Whether the secret of this id still waits."""
    stored = request.session.get(SESSION_KEY) or {}
    if stored.get("id") != pending_id or "sealed" not in stored:
        return False
    if time.time() - stored["at"] > MAX_AGE_SECONDS:
        del request.session[SESSION_KEY]
        return False
    return True


def pending_secret(
    request: HttpRequest, pending_id: str, profile: CredentialProfile
) -> Secret | None:
    """The secret of this id, if it was typed for the servers of `profile` as it is now."""
    if not is_pending(request, pending_id):
        return None
    sealed = base64.b64decode(request.session[SESSION_KEY]["sealed"])
    try:
        return unseal(sealed, context=_context(request, profile))
    except CannotUnseal:
        return None


def drop_pending_secret(request: HttpRequest, profile: CredentialProfile) -> None:
    stored = request.session.get(SESSION_KEY) or {}
    if stored.get("profile") == str(profile.pk):
        del request.session[SESSION_KEY]


def _context(request: HttpRequest, profile: CredentialProfile) -> Context:
    owner = str(request.user.pk)
    return Context("session", str(profile.pk), SESSION_KEY, owner, profile.origins)
