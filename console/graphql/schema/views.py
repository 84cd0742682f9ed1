"""The documentation of the schema that a profile sees, its changes, and what the editor needs."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.desk.tabs import open_tab
from console.graphql.forms import QueryForm, known_roles
from console.graphql.schema.access import RoleNotAllowed, SchemaKey, schema_key
from console.graphql.schema.changes import (
    SchemaUnusable,
    changes_between,
    last_look,
    mark_seen,
)
from console.graphql.schema.fetching import Fetched, fetch_schema
from console.graphql.schema.insertion import Insertion, insertion_of
from console.graphql.schema.introspection import Field
from console.graphql.schema.links import SchemaLinks
from console.graphql.schema.models import Schema, SchemaVersion
from console.graphql.schema.reading import (
    KINDS,
    WINDOW,
    TypeDoc,
    read_directive,
    read_type,
    types_of_kind,
)
from console.graphql.schema.search import MAX_QUERY, search
from console.graphql.schema.store import is_being_fetched, unpack
from console.profiles.models import CredentialProfile
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.screens import go_to, render_screen, wants_part

SCREEN = "graphql/schema/screen.html"
CHANGES = "graphql/schema/changes.html"
DOCS = "schema-docs"
IN_BACKGROUND = "schema-fetch"  # the form of the desk, which shows nothing of what comes
MAX_WINDOW = 1000
FEW_FIELDS = 20  # of each root type on the first page


@dataclass(frozen=True, slots=True)
class Opened:
    """The schema that a request asks for: its own profile's, in the role that `?role=` names."""

    selection: Selection
    profile: CredentialProfile
    role: str
    key: SchemaKey
    schema: Schema | None

    @property
    def version(self) -> SchemaVersion | None:
        return self.schema.version if self.schema else None

    @property
    def links(self) -> SchemaLinks:
        return SchemaLinks.of(self.selection, self.role)


@has_buttons("Refresh")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def graphql_schema(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """The first page, a search, or the types of a kind. POST: fetch the schema now."""
    opened = _open(request, selection)
    if opened is None:
        return _no_profile(request, selection)
    if request.method != "POST":
        return _draw(request, opened, _overview(request, opened))
    if not selection.change:
        return _fetch(request, opened)
    if request.headers.get("HX-Target") == IN_BACKGROUND:
        return HttpResponse(status=204)  # the page tells when its own form is sent
    return _draw(request, opened, _overview(request, opened), status=409)


@has_buttons("Insert")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def graphql_type(request: TeammateRequest, selection: Selection, name: str) -> HttpResponse:
    """A type, or with `?field=` one of its fields. POST: open a tab with a query of the field."""
    opened = _open(request, selection)
    if opened is None:
        return _no_profile(request, selection)
    if opened.version is None:
        return _draw(request, opened, {})
    doc = read_type(opened.version, name)
    if doc is None:
        return _draw(request, opened, {"missing": name}, status=404)
    field = doc.field(request.GET["field"]) if "field" in request.GET else None
    if "field" in request.GET and field is None:
        return _draw(request, opened, {"missing": f"{name}.{request.GET['field']}"}, status=404)
    insertion = (
        insertion_of(opened.version, doc, field)
        if isinstance(field, Field) and doc.row.kind == "OBJECT"
        else None
    )
    if request.method == "POST":
        return _open_tab(request, opened, insertion)
    context = {"field": field, "insertion": insertion} if field else _members(request, doc)
    return _draw(request, opened, {**context, "doc": doc})


@require_safe
@of_target(System.DXTRA)
def graphql_schema_data(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """The introspection for the editor, as it is stored; 409 where there is none yet."""
    opened = _open(request, selection)
    if opened is None:
        raise Http404
    if opened.schema is None or opened.version is None:
        failure = opened.schema.failure if opened.schema else ""
        sentence = failure or "The schema has not been fetched yet."
        return JsonResponse({"error": sentence, "is_due": not failure}, status=409)
    etag = f'"{opened.version.digest}"'
    response = HttpResponse(content_type="application/json")
    if request.headers.get("If-None-Match") == etag:
        response.status_code = 304
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = bytes(opened.version.packed)
        response["Content-Encoding"] = "gzip"
    else:
        response.content = unpack(opened.version)
    response["ETag"] = etag
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


@has_buttons("Mark as seen")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def graphql_schema_changes(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """What changed since the teammate's last look. POST: count from the current version on."""
    opened = _open(request, selection)
    if opened is None:
        return _no_profile(request, selection)
    if request.method == "POST" and opened.schema:
        mark_seen(request.user, opened.schema)
        return go_to(request, opened.links.overview())
    context: dict[str, Any] = {"opened": opened, "links": opened.links}
    look = last_look(request.user, opened.schema) if opened.schema else None
    if look and opened.version and look.version_id != opened.version.pk:
        try:
            changes = changes_between(look.version, opened.version)
        except SchemaUnusable as unusable:
            context["failure"] = str(unusable)
        else:
            context["changes"] = changes
            context["check_url"] = selection.url("graphql_saved_check", **opened.links.query)
    return render_screen(request, CHANGES, {**context, "look": look})


def _open(request: TeammateRequest, selection: Selection) -> Opened | None:
    """None where there is no profile. Raises Http404 for a role that the token does not allow."""
    if selection.profile is None:
        return None
    role = request.GET.get("role", "")
    try:
        key = schema_key(selection.profile, role)
    except RoleNotAllowed:
        raise Http404 from None
    return Opened(selection, selection.profile, role, key, key.find())


def _no_profile(request: TeammateRequest, selection: Selection) -> HttpResponse:
    return render_screen(request, SCREEN, {}, status=selection.status)


def _fetch(request: TeammateRequest, before: Opened) -> HttpResponse:
    """Fetch, and show the status; where there was no schema before, all of the first page."""
    knew_roles = bool(known_roles(before.profile))
    fetched = fetch_schema(before.profile, before.role)
    if request.headers.get("HX-Target") == IN_BACKGROUND:
        response = HttpResponse(status=204) if knew_roles else _role_picker(before.profile)
        return _with_news(response, fetched)
    opened = _open(request, before.selection)
    if opened is None:
        raise Http404
    if not wants_part(request) and not fetched.failure:
        return go_to(request, opened.links.overview())
    is_new = before.version is None and opened.version is not None
    context = {**_overview(request, opened), "fetched": fetched}
    response = _draw(request, opened, context, part=DOCS if is_new else "")
    return _with_news(response, fetched)


def _role_picker(profile: CredentialProfile) -> HttpResponse:
    """The desk's role picker: a first call, as this was, has brought the roles."""
    picker = QueryForm(profile=profile)["role"]
    return HttpResponse(picker.as_widget(attrs={"hx-swap-oob": "true"}))


def _with_news(response: HttpResponse, fetched: Fetched) -> HttpResponse:
    """Tell the page that a schema has come: the editor on it asks for what it needs."""
    if not fetched.failure and not fetched.is_elsewhere:
        response["HX-Trigger"] = "gatehouse:schema"
    return response


def _overview(request: TeammateRequest, opened: Opened) -> dict[str, Any]:
    version = opened.version
    if version is None:
        return {}
    query = request.GET.get("q", "").strip()[:MAX_QUERY]
    if query:
        return {"q": query, "results": search(version, query)}
    kind = request.GET.get("kind", "")
    if kind in KINDS:
        window = types_of_kind(version, kind, _number(request, "page"))
        return {"kind": kind, "kind_name": KINDS[kind], "types": window}
    docs = [read_type(version, name) for name in version.roots.values()]
    roots = [(doc, doc.fields(1).items[:FEW_FIELDS]) for doc in docs if doc]
    kinds = [
        (each, name, version.kinds[each]) for each, name in KINDS.items() if each in version.kinds
    ]
    return {"roots": roots, "kinds": kinds}


def _members(request: TeammateRequest, doc: TypeDoc) -> dict[str, Any]:
    number = _number(request, "page")
    context: dict[str, Any] = {"used_by": doc.used_by(_number(request, "uses"))}
    if doc.row.name.startswith("@"):
        return context | {"directive": read_directive(doc.row)}
    possible = doc.body.possible_types or ()
    return context | {
        "possible_types": possible[:WINDOW],
        "possible_left": max(0, len(possible) - WINDOW),
        "fields": doc.fields(number),
        "input_fields": doc.input_fields(number),
        "values": doc.values(number),
    }


def _number(request: TeammateRequest, name: str) -> int:
    text = request.GET.get(name, "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return min(max(number, 1), MAX_WINDOW)


def _open_tab(
    request: TeammateRequest, opened: Opened, insertion: Insertion | None
) -> HttpResponse:
    if insertion is None or not insertion.operation:
        raise Http404
    tab = open_tab(
        request.user,
        opened.profile,
        name=insertion.name,
        query=insertion.operation,
        variables=insertion.variables,
        role=opened.role,
    )
    return go_to(request, opened.selection.url("graphql", tab=tab.pk))


def _draw(
    request: TeammateRequest,
    opened: Opened,
    context: dict[str, Any],
    *,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    schema = opened.schema
    fetched: Fetched = context.get("fetched") or Fetched()
    look = last_look(request.user, schema) if schema else None
    stands_on = urlsplit(request.headers.get("HX-Current-URL", "")).path  # the desk, or our page
    shared = {
        "opened": opened,
        "links": opened.links,
        "roles": known_roles(opened.profile),
        "is_fetching": fetched.is_elsewhere or (schema is not None and is_being_fetched(schema)),
        "is_due": schema is None or schema.is_due,
        "failure": fetched.failure or (schema.failure if schema else ""),
        "has_changed": look is not None
        and schema is not None
        and look.version_id != schema.version_id,
        "look": look,
        "is_page": stands_on.startswith(opened.links.base),
    }
    status = fetched.page_status if fetched.failure else status
    return render_screen(request, SCREEN, {**shared, **context}, status=status, part=part)
