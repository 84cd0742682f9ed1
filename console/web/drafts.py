"""Drafts: what was typed into a form comes back where the form could not be accepted.

That is where the session had expired, or the page was out of date. A view opts in, and gives the
draft to its form:

    @keeps_draft(AccountForm)
    def account_new(request):
        ...
        form = AccountForm(initial=take_draft(request))

A browser's session holds one draft, for an hour at most, without passwords and other secrets.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from allauth.core.ratelimit import consume
from django import forms
from django.contrib import messages
from django.http import HttpRequest, QueryDict

SESSION_KEY = "draft"
MAX_BYTES = 256 * 1024
MAX_AGE_SECONDS = 3600

ALWAYS_SECRET = frozenset(
    {
        "csrfmiddlewaretoken",
        "password",
        "password1",
        "password2",
        "oldpassword",
        "personal_access_token",
        "access_token",
        "refresh_token",
        "token",
        "secret",
    }
)

View = TypeVar("View", bound=Callable[..., Any])


def keeps_draft(*form_classes: type[forms.BaseForm]) -> Callable[[View], View]:
    """Mark a view whose forms come back after signing in (`@keeps_draft(SomeForm)`)."""
    secret_fields = ALWAYS_SECRET.union(*map(_password_fields, form_classes))

    def mark(view: View) -> View:
        view.draft_secret_fields = secret_fields  # type: ignore[attr-defined]
        return view

    return mark


def draft_secret_fields(view: Callable[..., Any]) -> frozenset[str] | None:
    """The fields that no draft of `view` may hold; None where the view keeps no drafts."""
    return getattr(view, "draft_secret_fields", None)


def keep_draft(request: HttpRequest, secret_fields: frozenset[str]) -> bool:
    """Store the POST of `request` in its session, without `secret_fields`. False if it was not.

    It is not stored where it is too large, or where its IP address has stored too many lately
    (ACCOUNT_RATE_LIMITS): it takes no signing in to send one.
    """
    draft = request.POST.copy()
    for name in secret_fields & set(draft):
        del draft[name]
    body = draft.urlencode()
    if len(body) > MAX_BYTES or not consume(request, action="draft"):
        return False
    request.session[SESSION_KEY] = {"path": request.path, "at": time.time(), "body": body}
    return True


def take_draft(request: HttpRequest) -> QueryDict | None:
    """Return the draft for this path, for use as a form's `initial`, and remove it.

    Adds a message that says so. None if there is no draft, or it is too old.
    """
    draft = request.session.get(SESSION_KEY)
    if not draft or draft["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    if time.time() - draft["at"] > MAX_AGE_SECONDS:
        return None
    messages.info(
        request,
        "What you typed is back, passwords and tokens excepted; nothing has been sent.",
    )
    return QueryDict(draft["body"])


def _password_fields(form_class: type[forms.BaseForm]) -> frozenset[str]:
    fields: dict[str, forms.Field] = form_class.base_fields  # type: ignore[attr-defined]
    return frozenset(
        name for name, field in fields.items() if isinstance(field.widget, forms.PasswordInput)
    )
