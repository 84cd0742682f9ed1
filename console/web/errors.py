"""Error responses: a page or, to htmx, one notice. Never a traceback or an exception's text."""

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import requires_csrf_token

from console.web.drafts import draft_secret_fields, keep_draft
from console.web.screens import wants_part

SENTENCES = {
    400: "The request could not be understood. Reload the page and try again.",
    403: "You may not do this. Ask an administrator if you should.",
    404: "There is nothing at this address, or it is not yours to see.",
    405: "This address takes what a button sends, and shows nothing by itself.",
    429: "Too many attempts. Wait a few minutes, then try again.",
    500: "Something broke on our side. It is in the log; try again in a moment.",
}
OUT_OF_DATE = "This page is out of date, so nothing was done. Open it again, and send it once more."
OUT_OF_DATE_AND_KEPT = (
    "This page is out of date, so nothing was done. Open it again: what you typed stands there, "
    "passwords and tokens excepted."
)
OPEN_AGAIN = "Open it again"
TOO_LARGE = "That is too much for one form, so nothing was done. Go back, and send less."


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return _error(request, 400, TOO_LARGE)
    return _error(request, 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404)


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    return _error(request, 429)


def not_allowed(request: HttpRequest, bare: HttpResponseNotAllowed) -> HttpResponse:
    """Django's own 405 has no body and looks like a broken page."""
    response = _error(request, 405)
    response["Allow"] = bare["Allow"]
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Usually a page that was open in another tab during a sign-in: what was typed is kept.

    Not where nobody is signed in: another site must not put text into our forms.
    """
    secret_fields = None
    if request.resolver_match and request.user.is_authenticated:
        secret_fields = draft_secret_fields(request.resolver_match.func)
    if secret_fields is not None and keep_draft(request, secret_fields):
        return _error(request, 403, OUT_OF_DATE_AND_KEPT, again_url=request.get_full_path())
    return _error(request, 403, OUT_OF_DATE)


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, 500)


def _error(
    request: HttpRequest, status: int, sentence: str = "", *, again_url: str = ""
) -> HttpResponse:
    sentence = sentence or SENTENCES[status]
    # A 500 is rendered without the request: its user or session may be what broke.
    render_with = request if status != 500 else None
    if wants_part(request):
        notice = {"kind": "bad", "text": sentence}
        if again_url:
            notice |= {"action_url": again_url, "action_label": OPEN_AGAIN}
        response = HttpResponse(render_to_string("components/notice.html", notice, render_with))
        response["HX-Push-Url"] = "false"  # keep failed addresses out of the history
    else:
        page = {"status": status, "sentence": sentence, "again_url": again_url}
        response = HttpResponse(render_to_string(f"{status}.html", page, render_with))
    response.status_code = status
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("HX-Request",))
    return response
