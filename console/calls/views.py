"""A teammate's own proxied calls, the newest first."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from console.calls.models import OUTCOMES, Call
from console.upstream.systems import System
from console.web.paging import page_number, page_of
from console.web.screens import render_screen

INTRO = (
    "Your calls to DPaaS and Dxtra in the last {days} days. Secrets, variables and response bodies "
    "are not recorded."
)


@require_safe
def call_list(request: HttpRequest) -> HttpResponse:
    system = _one_of(tuple(System), request.GET.get("system", ""))
    outcome = _one_of(OUTCOMES, request.GET.get("outcome", ""))
    calls = Call.objects.visible_to(request.user).of_system(system).of_outcome(outcome)
    context = {
        "page": page_of(calls, page_number(request.GET.get("page", ""))),
        "system": system,
        "outcome": outcome,
        "intro": INTRO.format(days=settings.CALLS_KEPT_DAYS),
    }
    return render_screen(request, "calls/list.html", context)


def _one_of(choices: tuple[str, ...], value: str) -> str:
    return value if value in choices else ""
