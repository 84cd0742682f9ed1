"""Request bodies have a limit, whatever their type: forms are all that anybody sends."""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from console.web.errors import too_large
from console.web.request_log import GetResponse

WSGIApplication = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_content_length(application: WSGIApplication) -> WSGIApplication:
    """WSGI middleware: give a chunked body its length, because Django reads none without one.

    What is read ends one byte after the limit, where `limit_body` refuses it.
    """

    def measured(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ:
            body = environ["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return application(environ, start_response)

    return measured


def limit_body(get_response: GetResponse) -> GetResponse:
    """Middleware: refuse a body over the limit by its length, before anything reads it.

    Django's own limit is for fields; the parts of a multipart body that are files have none.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return too_large(request)
        return get_response(request)

    return middleware
