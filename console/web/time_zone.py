"""Times are shown in the zone of who reads them, as their browser names it by a cookie.

static/src/time-zone.js writes the cookie, on the page of the sign-in at the latest. A page tells
htmx its own zone (templates/base.html), so that its parts never stand in another one than its foot
says. Without JavaScript, and for a zone that is not known here, it is UTC.
"""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from console.web.request_log import GetResponse

COOKIE = "time_zone"
HEADER = "X-Time-Zone"  # of htmx
MAX_NAME = 64  # characters


def in_zone_of_reader(get_response: GetResponse) -> GetResponse:
    """Middleware: make the reader's zone Django's current one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return get_response(request)

    return middleware


def zone_of(request: HttpRequest) -> tzinfo | None:
    """None for Django's own, which is UTC."""
    name = request.headers.get(HEADER) or request.COOKIES.get(COOKIE, "")
    if not name or len(name) > MAX_NAME:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no name of a zone; a folder of them
        return None
