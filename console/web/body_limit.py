"""Request bodies have a limit, whatever their type: forms are most of what anybody sends.

A view that takes files may name a limit of its own (console/web/uploads.py). It holds for people
who have signed in.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from gunicorn.http.errors import NoMoreData

from console.web.errors import too_large
from console.web.request_log import GetResponse
from console.web.session_ended import ask_to_sign_in

WSGIApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


def max_body(path: str) -> int:
    """How many bytes of a body the view at `path` takes."""
    try:
        view = resolve(path).func
    except Resolver404:
        return settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return max(settings.DATA_UPLOAD_MAX_MEMORY_SIZE, getattr(view, "max_body", 0))


def with_content_length(application: WSGIApplication) -> WSGIApplication:
    """WSGI middleware: give a chunked body its length, because Django reads none without one.

    Of one that is too large nothing is there to be read (console/web/incoming.py); it is given a
    length that `limit_body` refuses. So is any other, one byte after the limit.
    """

    def measured(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ:
            too_much = max_body(get_path_info(environ)) + 1
            try:
                body = environ["wsgi.input"].read(too_much)
                length = len(body)
            except NoMoreData:
                body, length = b"", too_much
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(length)}
        return application(environ, start_response)

    return measured


def limit_body(get_response: GetResponse) -> GetResponse:
    """Middleware: refuse a body over the limit by its length, before anything reads it.

    Django's own limit is for fields; the parts of a multipart body that are files have none.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return get_response(request)
        if int(length) > max_body(request.path_info):
            return too_large(request)
        if not request.user.is_authenticated:
            request.POST = QueryDict()  # the body stays unread
            return ask_to_sign_in(request, resolve(request.path_info).func)
        return get_response(request)

    return middleware
