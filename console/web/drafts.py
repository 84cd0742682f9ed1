"""Drafts: what was typed into a form comes back where the form could not be accepted.

That is where the session had ended, or the page was out of date. A view opts in, and gives the
draft to its form, whose template names the teammate by `{% draft_owner %}`:

    @keeps_draft(AccountForm)
    def account_new(request):
        ...
        form = AccountForm(initial=take_draft(request))

A draft holds the fields of the form, without passwords and other secrets. It is sealed for the
teammate to whom the form was shown. Until somebody has signed in it travels in the sign-in page,
so that nothing anonymous is stored; from then on it waits in the session, for an hour at most.
"""

import base64
import binascii
import json
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest

from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes
from console.web.buttons import pressed_button
from console.web.came_from import is_from_own_page
from console.web.uploads import reads_files

DRAFT = "draft"  # in the form of the sign-in, and in the session
OWNER = "draft_owner"  # in every form whose drafts are kept
SALT = "console.web.drafts"
MAX_BYTES = 512 * 1024
MAX_AGE_SECONDS = 3600
IS_BACK = "{action} was not done. What you typed is back, except passwords and tokens."
IS_BACK_WITHOUT_FILES = "{action} was not done. What you typed is back, but choose the files again."

View = TypeVar("View", bound=Callable[..., Any])


def keeps_draft(
    *form_classes: type[forms.BaseForm],
    prefix: str = "",
    fields: Iterable[str] = (),
    lists: Iterable[str] = (),
) -> Callable[[View], View]:
    """Mark a view whose forms come back after signing in (`@keeps_draft(SomeForm)`).

    `prefix`: of the fields that only the row which the view shows declares; several values of one
    come back as a list. `fields`: more of them; `lists`: those with any number of values, which
    come back as a list. None may be a secret.
    """
    declared = frozenset(fields).union(lists, *map(_fields, form_classes))

    def mark(view: View) -> View:
        view.draft_fields = declared  # type: ignore[attr-defined]
        view.draft_lists = frozenset(lists)  # type: ignore[attr-defined]
        view.draft_prefix = prefix  # type: ignore[attr-defined]
        return view

    return mark


def keeps_drafts(view: Callable[..., Any]) -> bool:
    return hasattr(view, "draft_fields")


def owner_mark(user: Any) -> str:
    """What a form carries, so that it is known whose it was when the session has ended."""
    return signing.dumps(str(user.pk), salt=SALT)


def sealed_draft(request: HttpRequest, view: Callable[..., Any]) -> str:
    """The POST of `request` as a draft, sealed for the teammate whose form it was.

    Empty where `view` keeps none, it is too large, or the form was not one of our own pages'.
    """
    owner = _owner(request)
    if not keeps_drafts(view) or not owner or not is_from_own_page(request):
        return ""
    sent, lists = request.POST, view.draft_lists  # type: ignore[attr-defined]
    typed: dict[str, Any] = {name: sent[name] for name in sent if _is_declared(view, name)}
    # Which of the fields by `prefix` have several values, only what was sent can tell.
    many = [name for name in typed if name not in view.draft_fields and len(sent.getlist(name)) > 1]  # type: ignore[attr-defined]
    typed |= {name: sent.getlist(name) for name in (*lists, *many)}
    button = pressed_button(view, request.POST)
    draft = {"path": request.path, "at": time.time(), "typed": typed, "button": button}
    content = json.dumps(draft, ensure_ascii=False).encode()
    if len(content) > MAX_BYTES:
        return ""
    return base64.urlsafe_b64encode(seal_bytes(content, context=_context(owner))).decode()


def adopt_draft(request: HttpRequest, sealed: str) -> bool:
    """Keep a draft in the session of its teammate. False if it is nobody's, or somebody else's."""
    if not sealed or _open(request, sealed) is None:
        return False
    request.session[DRAFT] = sealed
    return True


def take_draft(request: HttpRequest, *, is_told: bool = True) -> dict[str, Any] | None:
    """Return the draft for this path, for use as a form's `initial`, and remove it.

    Adds a message that says so, unless the page does now what was asked for (`is_told`). None if
    there is no draft, or it is too old.
    """
    sealed = request.session.get(DRAFT)
    draft = _open(request, sealed) if isinstance(sealed, str) else None
    if draft is None or draft["path"] != request.path:
        return None
    del request.session[DRAFT]
    if is_told:
        sentence = IS_BACK_WITHOUT_FILES if reads_files(request) else IS_BACK
        button = draft.get("button")
        messages.info(request, sentence.format(action=f"“{button}”" if button else "It"))
    typed: dict[str, Any] = draft["typed"]
    return typed


def _is_declared(view: Any, name: str) -> bool:
    prefix: str = view.draft_prefix
    return name in view.draft_fields or bool(prefix and name.startswith(prefix))


def _open(request: HttpRequest, sealed: str) -> dict[str, Any] | None:
    try:
        content = unseal_bytes(
            base64.urlsafe_b64decode(sealed), context=_context(str(request.user.pk))
        )
    except (binascii.Error, ValueError, CannotUnseal):
        return None
    draft: dict[str, Any] = json.loads(content)
    return draft if time.time() - draft["at"] <= MAX_AGE_SECONDS else None


def _owner(request: HttpRequest) -> str:
    try:
        owner: str = signing.loads(request.POST.get(OWNER, ""), salt=SALT)
    except signing.BadSignature:
        return ""
    return owner


def _context(owner: str) -> Context:
    return Context("draft", "", "typed", owner)


def _fields(form_class: type[forms.BaseForm]) -> frozenset[str]:
    """The names of the fields that are no secrets."""
    fields: dict[str, forms.Field] = form_class.base_fields  # type: ignore[attr-defined]
    return frozenset(
        name for name, field in fields.items() if not isinstance(field.widget, forms.PasswordInput)
    )
