"""Signing in is required everywhere, and no response is a blank page."""

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django_htmx.http import HttpResponseClientRedirect

from console.web.errors import https_not_passed_on, not_allowed
from console.web.request_log import USER_ID, GetResponse
from console.web.screens import is_htmx
from console.web.session_ended import ask_to_sign_in

HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)
PLAIN_PORT = re.compile(r"[1-9][0-9]{0,4}")

View = Callable[..., HttpResponseBase]


class SignInRequiredMiddleware(LoginRequiredMiddleware):
    """Django's, which also serves htmx, and names the user for the request log."""

    def process_view(
        self, request: HttpRequest, view_func: View, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated:
            request.META[USER_ID] = str(request.user.pk)
        response = super().process_view(request, view_func, view_args, view_kwargs)
        if isinstance(response, HttpResponseRedirect) and is_htmx(request):
            return HttpResponseClientRedirect(response.url)
        return response

    def handle_no_permission(  # type: ignore[override]  # Django's always redirects
        self, request: HttpRequest, view_func: View
    ) -> HttpResponse:
        """Ask to sign in; from there it goes back to the page that the request came from."""
        if is_htmx(request) and getattr(view_func, "asks_quietly", False):
            return HttpResponse(status=204)
        if request.method not in ("GET", "HEAD"):
            return ask_to_sign_in(request, view_func)
        if is_htmx(request):
            here: str = request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
            # The page itself, asked otherwise: what was typed into its search is in the address.
            is_same = here.partition("?")[0] == request.path
            return redirect_to_login(request.get_full_path() if is_same else here)
        return redirect_to_login(request.get_full_path())


def keep_out_of_caches(get_response: GetResponse) -> GetResponse:
    """Middleware: no page stays in a cache: neither ours nor allauth's nor the admin's.

    Static files are answered before.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["Cache-Control"] = "no-store"
        return response

    return middleware


def exact_host(get_response: GetResponse) -> GetResponse:
    """Middleware: refuse a Host that names the console in another spelling or with a strange port.

    Django takes it for the same host; whatever counts or caches by Host does not.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST")
        if host is not None and not is_spelled_exactly(host):
            raise DisallowedHost("the Host header is not spelled as in ALLOWED_HOSTS")
        return get_response(request)

    return middleware


def is_spelled_exactly(host: str) -> bool:
    """Whether a Host header is a name of ALLOWED_HOSTS, alone or with a port that may be ours.

    That is PORT, the scheme's own, or one that CSRF_TRUSTED_ORIGINS names; at loopback any port
    may be forwarded to us.
    """
    name, port = HOST_AND_PORT.fullmatch(host).groups()  # type: ignore[union-attr]
    if name not in settings.ALLOWED_HOSTS:
        return False
    if port is None or name in settings.LOOPBACK_HOSTS:
        return port is None or PLAIN_PORT.fullmatch(port) is not None
    scheme, default = ("https", "443") if settings.HTTPS_ONLY else ("http", "80")
    named = f"{scheme}://{host}" in settings.CSRF_TRUSTED_ORIGINS
    return named or port in (default, str(settings.PORT))


def tell_of_lost_https(get_response: GetResponse) -> GetResponse:
    """Middleware: a page where the proxy does not say that the browser used HTTPS.

    Only then do browsers send Sec-Fetch-Site (to loopback also over HTTP).
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        seems_plain = settings.SECURE_SSL_REDIRECT and not request.is_secure()
        if seems_plain and "Sec-Fetch-Site" in request.headers:
            name, _ = split_domain_port(request.get_host())
            if name not in settings.LOOPBACK_HOSTS:
                return https_not_passed_on(request)
        return get_response(request)

    return middleware


def method_not_allowed_page(get_response: GetResponse) -> GetResponse:
    """Middleware: replace Django's 405, which has no body, by a page that says what happened."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return not_allowed(request, response)
        return response

    return middleware
