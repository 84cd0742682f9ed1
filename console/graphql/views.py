"""What belongs to a run: its cancellation, and its copy as a program."""

from django.http import HttpResponse

from console.graphql.forms import QueryForm
from console.graphql.in_flight import cancel, read_cancel_key
from console.graphql.snippets import snippets
from console.profiles.selection import Selection, of_target
from console.profiles.targets import Target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.came_from import takes_a_button
from console.web.screens import render_screen


@has_buttons("Copy as")
@takes_a_button
@of_target(System.DXTRA)
def graphql_snippets(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """What the form holds, as a command or a program to copy. Nothing is sent."""
    form = QueryForm(request.POST, profile=selection.profile)
    is_valid = form.is_valid()
    context = {"form": form, "snippets": snippets(form.graphql_request) if is_valid else ()}
    status = 200 if is_valid else 422
    return render_screen(request, "graphql/snippets.html", context, status=status)


@has_buttons("Cancel")
@takes_a_button
def graphql_cancel(request: TeammateRequest, target: Target) -> HttpResponse:
    """Give up one's own run, which answers for itself that it was cancelled."""
    if key := read_cancel_key(request.POST.get("cancel_key", "")):
        cancel(request.user.pk, key)
    return HttpResponse(status=204)
