"""What is sent after the session has ended is not done: it leads to its page by way of the sign-in.

The sign-in page is the answer itself, since a redirect could not carry what was typed.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, user_logged_in
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from console.team.forms import LoginForm
from console.web.buttons import pressed_button
from console.web.came_from import page_before
from console.web.drafts import DRAFT, adopt_draft, keeps_drafts, sealed_draft

NOT_DONE = "not_done"  # in the form of the sign-in: the label of the button that was pressed
WAS_NOT_DONE = "Your session had expired, so {action} was not done. Try again if you still want it."
ACTION = "your last action"  # where the button has no label
MAX_LABEL = 60  # characters

View = TypeVar("View", bound=Callable[..., Any])


def asks_quietly(view: View) -> View:
    """Mark a view that htmx asks while somebody types. Where the session has ended the answer is
    empty, and what is typed stays; a button that is pressed then asks to sign in."""
    view.asks_quietly = True  # type: ignore[attr-defined]
    return view


def ask_to_sign_in(request: HttpRequest, view: Callable[..., Any]) -> HttpResponse:
    """The sign-in page in answer to a POST, which is not carried out."""
    page = request.get_full_path() if keeps_drafts(view) else page_before(request)
    context = {
        "form": LoginForm(request=request),
        "redirect_field_name": REDIRECT_FIELD_NAME,
        "redirect_field_value": page,
        NOT_DONE: pressed_button(view, request.POST) or ACTION,
        DRAFT: sealed_draft(request, view),
    }
    response = render(request, "account/login.html", context, status=401)
    response["HX-Retarget"] = "body"
    response["HX-Reswap"] = "innerHTML show:window:top"
    response["HX-Push-Url"] = "false"
    return response


def tell_after_sign_in(request: HttpRequest, **kwargs: Any) -> None:
    """Receive Django's user_logged_in: bring the draft back, or say that nothing was done."""
    if NOT_DONE in request.POST and not adopt_draft(request, request.POST.get(DRAFT, "")):
        label = request.POST[NOT_DONE][:MAX_LABEL]
        action = ACTION if label == ACTION else f"“{label}”"
        messages.warning(request, WAS_NOT_DONE.format(action=action))


def connect() -> None:
    user_logged_in.connect(tell_after_sign_in, dispatch_uid="console.web.session_ended")
