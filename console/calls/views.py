"""A teammate's own proxied calls, the newest first."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console.calls.models import Call
from console.upstream.systems import System
from console.web.screens import render_screen

PAGE_SIZE = 50
MAX_PAGE = 200  # bounds how many rows the database has to skip
ENDINGS = ("well", "badly")


@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    system = _one_of(tuple(System), request.GET.get("system", ""))
    ending = _one_of(ENDINGS, request.GET.get("ended", ""))
    page = _page(request.GET.get("page", ""))
    calls = Call.objects.visible_to(request.user).of_system(system).ended(ending)
    start = (page - 1) * PAGE_SIZE
    rows = list(calls[start : start + PAGE_SIZE + 1])  # one more: is there a next page?
    context = {
        "calls": rows[:PAGE_SIZE],
        "page": page,
        "first": start + 1,
        "last": start + len(rows[:PAGE_SIZE]),
        "has_next": len(rows) > PAGE_SIZE and page < MAX_PAGE,
        "system": system,
        "ended": ending,
    }
    return render_screen(request, "calls/list.html", context)


def _one_of(choices: tuple[str, ...], value: str) -> str:
    return value if value in choices else ""


def _page(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), MAX_PAGE)
