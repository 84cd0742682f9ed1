"""Import and export of saved queries."""

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.answers.turns import StillBusy, own_turn
from console.graphql.library.forms import ImportForm
from console.graphql.library.transfer import export_own, import_files
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen
from console.web.uploads import takes_files

BUSY = "Another import of yours is still running. Import again in a moment."


@keeps_draft(ImportForm)
@takes_files()
@has_buttons("Import")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def saved_import(request: TeammateRequest, selection: Selection) -> HttpResponse:
    if selection.target is None:
        return go_to(request, "graphql_saved")
    if request.method != "POST":
        form = ImportForm(initial=take_draft(request))
        return render_screen(request, "graphql/library/import.html", {"form": form})
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_screen(request, "graphql/library/import.html", {"form": form}, status=422)
    files = [(file.name, file.read()) for file in form.cleaned_data["uploads"]]
    folder = form.cleaned_data["folder"]
    try:
        with own_turn(request.user.pk):
            imported = import_files(request.user, selection.target, files, folder=folder)
    except StillBusy:
        form.add_error(None, BUSY)
        return render_screen(request, "graphql/library/import.html", {"form": form}, status=422)
    context = {"form": ImportForm(), "imported": imported}
    return render_screen(request, "graphql/library/import.html", context)


@require_safe
@of_target(System.DXTRA)
def saved_export(request: TeammateRequest, selection: Selection) -> StreamingHttpResponse:
    """All of one's own, of every endpoint, as it is written."""
    response = StreamingHttpResponse(export_own(request.user), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="saved-queries.zip"'
    response["Cache-Control"] = "no-store"
    return response
