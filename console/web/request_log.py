"""The request log: an id and one line for each request. Django's own log lines get the id too."""

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]

VALID_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Keys of request.META.
REQUEST_ID = "gatehouse.request_id"
USER_ID = "gatehouse.user_id"  # set once the request is known to be a teammate's

log = logging.getLogger("console.requests")
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def log_requests(get_response: GetResponse) -> GetResponse:
    """Middleware: give each request an id (a proxy's X-Request-ID, if valid), and log it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if VALID_ID.fullmatch(given) else uuid4().hex
        request.META[REQUEST_ID] = request_id
        token = _request_id.set(request_id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = request_id
            fields = {
                "method": request.method,
                "path": request.path,  # without the query string, which may hold what was searched
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
                # Not request.user: that would read a session for a health probe.
                "user": request.META.get(USER_ID),
            }
            log.info("request", extra=fields)
        finally:
            _request_id.reset(token)
        return response

    return middleware


class RequestIdFilter(logging.Filter):
    """Adds the request's id to each log record, and removes Django's HttpRequest from it.

    The text of an HttpRequest holds its query string. Django logs an answer of 5xx after this
    middleware has ended; then only the request itself still knows its id.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        record.request_id = getattr(request, "META", {}).get(REQUEST_ID) or _request_id.get()
        return True
