"""Error responses: a page or, to htmx, one notice. Never a traceback or an exception's text."""

import sys

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.request import split_domain_port
from django.middleware import csrf
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import requires_csrf_token

from console.database.readiness import can_write, is_unavailable
from console.web.came_from import is_from_own_page, page_at, page_before
from console.web.drafts import DRAFT, adopt_draft, sealed_draft
from console.web.screens import wants_part
from console.web.session_ended import ask_to_sign_in

SENTENCES = {
    400: "Gatehouse could not read this request. Reload the page and try again.",
    403: "You do not have permission to do this. Ask an administrator for access.",
    404: "This page does not exist, or you do not have access to it.",
    405: "This address only accepts submitted forms. Go back and use the button on the page.",
    429: "Too many attempts. Wait a few minutes, then try again.",
    413: "This is too large to send, so nothing was done. Go back and send less.",
    500: "Something went wrong on our side. It has been logged. Try again in a moment.",
    503: "Gatehouse cannot use its database right now, so this could not be finished. "
    "Try again in a minute. If it keeps failing, tell an administrator.",
}
# Rendered without the request: its user or session may be what broke, or must not be asked for.
WITHOUT_REQUEST = (413, 500, 503)
OUT_OF_DATE = "This page is out of date, so nothing was done. Reopen it and try again."
OUT_OF_DATE_AND_KEPT = (
    "This page is out of date, so nothing was done. Reopen it: what you typed is still there, "
    "except passwords and tokens."
)
OPEN_AGAIN = "Reopen the page"
TOO_LARGE = "This form is too large, so nothing was done. Go back and send less."
UNKNOWN_HOST = (
    "Gatehouse does not accept this address. If it is the right one, an administrator must add it "
    "to ALLOWED_HOSTS, or have the proxy pass the Host header on unchanged."
)
UNKNOWN_PORT = (
    "Gatehouse does not accept this address, because of its port. If it is the right one, an "
    "administrator must add the address, with https:// or http:// and the port, to "
    "CSRF_TRUSTED_ORIGINS."
)
HTTPS_NOT_PASSED_ON = (
    "Your browser used HTTPS, but the proxy in front of Gatehouse does not say so. An "
    "administrator must have it set X-Forwarded-Proto to the scheme that the browser used."
)
NO_COOKIE = (
    "Your browser sent no cookie with this form, so nothing was done. Reopen the page and try "
    "again. If this happens again, allow cookies for this address."
)
OUT_OF_DATE_TITLE, UNTRUSTED_TITLE = "This page is out of date", "This address is not trusted"
NO_COOKIE_TITLE = "Cookies are needed"
UNTRUSTED_ORIGIN = (
    "This address is not trusted, so nothing was done. If it is the usual address of Gatehouse, an "
    "administrator must have the proxy pass Host and X-Forwarded-Proto on unchanged "
    "(TRUSTED_PROXY_COUNT), or add the address to CSRF_TRUSTED_ORIGINS."
)
# How the reasons of Django's check of where a form was sent from begin.
ORIGIN_REASONS = tuple(
    reason.partition(" - ")[0] for reason in (csrf.REASON_BAD_ORIGIN, csrf.REASON_BAD_REFERER)
)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _error(request, 400, TOO_LARGE)
    if isinstance(exception, DisallowedHost):
        name, port = split_domain_port(request.META.get("HTTP_HOST", ""))
        is_named = bool(port) and name in settings.ALLOWED_HOSTS
        return _error(request, 400, UNKNOWN_PORT if is_named else UNKNOWN_HOST)
    return _error(request, 400)


def https_not_passed_on(request: HttpRequest) -> HttpResponse:
    """A redirect to HTTPS would come back here for ever."""
    return _error(request, 400, HTTPS_NOT_PASSED_ON)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404)


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    """Limits are counted in the database; where it cannot be written, they only look used up."""
    return _error(request, 429 if can_write() else 503)


def too_large(request: HttpRequest) -> HttpResponse:
    return _error(request, 413)


def not_allowed(request: HttpRequest, bare: HttpResponseNotAllowed) -> HttpResponse:
    """Django's own 405 has no body and looks like a broken page."""
    response = _error(request, 405)
    response["Allow"] = bare["Allow"]
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Usually a page that was open in another tab during a sign-in: what was typed is kept.

    Not what another site, or somebody else's page, would put into our forms.
    """
    if reason.startswith(ORIGIN_REASONS):
        return _error(request, 403, UNTRUSTED_ORIGIN, title=UNTRUSTED_TITLE)
    view = request.resolver_match.func if request.resolver_match else None
    if view is None or not is_from_own_page(request):
        return _out_of_date(request, reason)
    if not request.user.is_authenticated:
        needs_sign_in = getattr(view, "login_required", True)
        return ask_to_sign_in(request, view) if needs_sign_in else _out_of_date(request, reason)
    # The sign-in page of another tab brings the draft that it was asked for.
    if adopt_draft(request, sealed_draft(request, view) or request.POST.get(DRAFT, "")):
        page = (
            page_at(request, request.POST.get(REDIRECT_FIELD_NAME, "")) or request.get_full_path()
        )
        return _error(request, 403, OUT_OF_DATE_AND_KEPT, title=OUT_OF_DATE_TITLE, again_url=page)
    return _out_of_date(request, reason, again_url=page_before(request, default=""))


def _out_of_date(request: HttpRequest, reason: str, *, again_url: str = "") -> HttpResponse:
    if reason == csrf.REASON_NO_CSRF_COOKIE:
        return _error(request, 403, NO_COOKIE, title=NO_COOKIE_TITLE, again_url=again_url)
    return _error(request, 403, OUT_OF_DATE, title=OUT_OF_DATE_TITLE, again_url=again_url)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django calls this while it handles the exception."""
    return _error(request, 503 if is_unavailable(sys.exception()) else 500)


def _error(
    request: HttpRequest, status: int, sentence: str = "", *, title: str = "", again_url: str = ""
) -> HttpResponse:
    sentence = sentence or SENTENCES[status]
    render_with = request if status not in WITHOUT_REQUEST else None
    if wants_part(request):
        notice = {"kind": "bad", "text": sentence}
        if again_url:
            notice |= {"action_url": again_url, "action_label": OPEN_AGAIN}
        response = HttpResponse(render_to_string("components/notice.html", notice, render_with))
        response["HX-Push-Url"] = "false"  # keep failed addresses out of the history
    else:
        page = {"status": status, "title": title, "sentence": sentence, "again_url": again_url}
        response = HttpResponse(render_to_string(f"{status}.html", page, render_with))
    response.status_code = status
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("HX-Request",))
    return response
