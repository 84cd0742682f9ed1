"""What is shown when a request cannot be served: a page or, to htmx, one notice.

Never a traceback, never what the exception said.
"""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import requires_csrf_token

from console.web.screens import wants_part

SENTENCES = {
    400: "The request could not be understood. Reload the page and try again.",
    403: "You may not do this. Ask an administrator if you should.",
    404: "There is nothing at this address, or it is not yours to see.",
    429: "Too many attempts. Wait a few minutes, then try again.",
    500: "Something broke on our side. It is in the log; try again in a moment.",
}
OUT_OF_DATE = (
    "This page is out of date, so nothing was done. Open it again, and send the form once more."
)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refused(request, 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refused(request, 403)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refused(request, 404)


@requires_csrf_token
def too_many(request: HttpRequest) -> HttpResponse:
    return _refused(request, 429)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _refused(request, 403, OUT_OF_DATE)


def server_error(request: HttpRequest) -> HttpResponse:
    # Without the request: its user and session may be what broke.
    return _answer(request, 500, SENTENCES[500], render_with=None)


def _refused(request: HttpRequest, status: int, sentence: str = "") -> HttpResponse:
    return _answer(request, status, sentence or SENTENCES[status], render_with=request)


def _answer(
    request: HttpRequest, status: int, sentence: str, *, render_with: HttpRequest | None
) -> HttpResponse:
    if wants_part(request):
        notice = {"kind": "bad", "text": sentence}
        response = HttpResponse(render_to_string("components/notice.html", notice, render_with))
        # The address of something that failed is nothing to go back to.
        response["HX-Push-Url"] = "false"
    else:
        page = {"status": status, "sentence": sentence}
        response = HttpResponse(render_to_string(f"{status}.html", page, render_with))
    response.status_code = status
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("HX-Request",))
    return response
