"""What was typed into a form comes back where the form could not be taken: the console session had
expired, or the page was out of date.

A view that takes such a form says so, and gives the draft to its form when it is opened:

    @keeps_draft(AccountForm)
    def account_new(request):
        ...
        form = AccountForm(initial=take_draft(request))

The draft waits in the server-side session of the browser that sent it: one, of at most
256 kB, for at most an hour, without passwords and other secrets.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, QueryDict

SESSION_KEY = "draft"
MAX_BYTES = 256 * 1024
MAX_SECONDS = 3600
# Anybody can send a POST: so that nobody fills the database with drafts.
RATES = {"draft": "20/10m/ip"}

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


@dataclass(frozen=True, slots=True)
class DraftRule:
    """Which fields of a view's forms are never kept."""

    secret_fields: frozenset[str]


def keeps_draft(*form_classes: type[forms.BaseForm]) -> Callable[[View], View]:
    """Mark a view whose forms come back after signing in (`@keeps_draft(SomeForm)`)."""
    rule = DraftRule(ALWAYS_SECRET.union(*map(_secret_fields, form_classes)))

    def mark(view: View) -> View:
        view.draft_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


def keeps_draft_of(view: Callable[..., Any]) -> DraftRule | None:
    """The rule that `@keeps_draft` put on `view`; None where there is none."""
    return getattr(view, "draft_rule", None)


def keep_draft(request: HttpRequest, rule: DraftRule) -> bool:
    """Keep the POST of `request` in its session, without the secret fields; say whether it is."""
    kept = request.POST.copy()
    for name in rule.secret_fields & set(kept):
        del kept[name]
    body = kept.urlencode()
    if len(body) > MAX_BYTES:
        return False
    # Here, not above: the logging set-up imports this module before the apps are ready.
    from allauth.core.internal.ratelimit import consume

    if not consume(request, app="console.web", action="draft", config=RATES):
        return False
    request.session[SESSION_KEY] = {"path": request.path, "at": time.time(), "body": body}
    return True


def take_draft(request: HttpRequest) -> QueryDict | None:
    """Return what was typed for this path and kept, once; None if nothing waits.

    Also says so to the teammate. A `QueryDict` does as `initial` of a form.
    """
    draft = request.session.get(SESSION_KEY)
    if not draft or draft["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    if time.time() - draft["at"] > MAX_SECONDS:
        return None
    messages.info(
        request,
        "What you typed is back, passwords and tokens excepted; nothing has been sent.",
    )
    return QueryDict(draft["body"])


def _secret_fields(form_class: type[forms.BaseForm]) -> frozenset[str]:
    fields: dict[str, forms.Field] = form_class.base_fields  # type: ignore[attr-defined]
    return frozenset(
        name for name, field in fields.items() if isinstance(field.widget, forms.PasswordInput)
    )
