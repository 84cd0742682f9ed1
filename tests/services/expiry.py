"""A teammate whose session ended before a form was sent, and who signs in again then."""

import re
from html import unescape
from typing import Any

from django.test import Client

from console.team.models import User
from console.web.drafts import owner_mark

OWN_PAGE = {"Origin": "http://testserver"}
PASSPHRASE = "a passphrase after the session"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def carried_by_sign_in(answer: Any) -> dict[str, str]:
    """The hidden fields of the sign-in page in `answer`: what a browser sends along."""
    form = answer.content.decode().partition('action="/login/"')[2]
    return {name: unescape(value) for name, value in HIDDEN.findall(form)}


def sent_after_expiry(
    user: User, path: str, typed: dict[str, Any], headers: dict[str, str] | None = None
) -> tuple[Client, str]:
    """Send `typed` without a session, and sign in; return the client, and where it was led."""
    client = Client()
    form = typed | {"draft_owner": owner_mark(user)}
    asked = client.post(path, form, headers=OWN_PAGE | (headers or {}))
    assert asked.status_code == 401
    user.set_password(PASSPHRASE)
    user.save()
    login = carried_by_sign_in(asked) | {"login": user.email, "password": PASSPHRASE}
    return client, client.post("/login/", login).headers["Location"]
