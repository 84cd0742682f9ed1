"""Signing in is required everywhere, and no response is a blank page."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from console.web.drafts import draft_secret_fields, keep_draft
from console.web.errors import not_allowed
from console.web.request_log import USER_ID, GetResponse
from console.web.screens import is_htmx

View = Callable[..., HttpResponseBase]


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, which also serves htmx, keeps drafts, and names the user for the request log."""

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            request.META[USER_ID] = str(request.user.pk)
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if isinstance(response, HttpResponseRedirect) and is_htmx(request):
            return HttpResponseClientRedirect(response.url)
        return response

    def handle_no_permission(self, request: HttpRequest, view_func: View) -> HttpResponseRedirect:
        """Redirect to the sign-in page, and from there to the page that the request came from.

        A POST of a view that keeps drafts comes back to its own page, with what was typed.
        """
        secret_fields = draft_secret_fields(view_func)
        if request.method == "POST" and secret_fields is not None:
            keep_draft(request, secret_fields)
            return redirect_to_login(request.get_full_path())
        if is_htmx(request):
            return redirect_to_login(request.htmx.current_url_abs_path or "/")  # type: ignore[attr-defined]
        return redirect_to_login(
            request.get_full_path() if request.method in ("GET", "HEAD") else "/"
        )


def method_not_allowed_page(get_response: GetResponse) -> GetResponse:
    """Middleware: replace Django's 405, which has no body, by a page that says what happened."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return not_allowed(request, response)
        return response

    return middleware
