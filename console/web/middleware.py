"""The request log, and the gate: nobody passes who has not signed in."""

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
)
from django.shortcuts import resolve_url
from django_htmx.http import HttpResponseClientRedirect

from console.web.drafts import keep_draft, keeps_draft_of
from console.web.errors import not_allowed
from console.web.screens import is_htmx

Respond = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger("console.requests")

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


def request_log(get_response: Respond) -> Respond:
    """Give each request an id (a proxy's X-Request-ID is kept) and one line in the log."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        identity = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
        request.META["gatehouse.request"] = identity
        token = _request_id.set(identity)
        began = time.perf_counter()
        try:
            response = get_response(request)
            response["X-Request-ID"] = identity
            log.info("request", extra=_facts(request, response, time.perf_counter() - began))
        finally:
            _request_id.reset(token)
        return response

    return middleware


def _facts(request: HttpRequest, response: HttpResponse, seconds: float) -> dict[str, Any]:
    # The path alone: a query string may hold what somebody searched for.
    return {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        # Set by the gate: asking request.user here would read a session for a health probe.
        "user": request.META.get("gatehouse.user"),
    }


class RequestIdFilter(logging.Filter):
    """Puts the request's id on each log record, and takes Django's request off.

    Django's own records carry the HttpRequest, whose text is its address with the query string.
    Its line about an answer of 5xx comes when our middleware has ended: the request knows its id.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = record.__dict__.pop("request", None)
        known = getattr(request, "META", {}).get("gatehouse.request") or _request_id.get()
        record.request_id = known
        return True


def signed_in_only(get_response: Respond) -> Respond:
    """Let a view run for signed-in teammates alone, unless it is `@login_not_required`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(
        request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not getattr(view, "login_required", True):
            return None
        if request.user.is_authenticated:
            request.META["gatehouse.user"] = str(request.user.pk)
            return None
        return _to_the_gate(request, view)

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def nothing_blank(get_response: Respond) -> Respond:
    """Put a page in place of Django's empty answer to a method that an address does not take."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return not_allowed(request, response)
        return response

    return middleware


def _to_the_gate(request: HttpRequest, view: Callable[..., Any]) -> HttpResponse:
    draft = keeps_draft_of(view)
    if request.method == "POST" and draft is not None:
        keep_draft(request, draft)
        back = request.get_full_path()
    else:
        back = _page_of(request)
    url = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back})}"
    return HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: for htmx the one it stands on, and never an address to POST to."""
    if is_htmx(request):
        return request.htmx.current_url_abs_path or "/"  # type: ignore[attr-defined]
    return request.get_full_path() if request.method in ("GET", "HEAD") else "/"
