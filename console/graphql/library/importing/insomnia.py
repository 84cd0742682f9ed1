"""Insomnia's exports: format 4 (JSON, a flat list of resources), format 5 (YAML, a tree).

A request whose body has the type application/graphql holds a JSON text with `query`, `variables`
(an object) and `operationName`; hand-made ones hold the query alone. Others send the same as plain
JSON.
"""

from console.graphql.library.importing.found import (
    MAX_DEPTH,
    Found,
    dict_in,
    dicts_in,
    role_in,
    text_in,
)
from console.graphql.library.importing.graphql_files import add_document
from console.graphql.library.importing.request_body import (
    RequestBody,
    graphql_in_json,
    read_request_body,
)

FOLDERS = ("workspace", "request_group")
OTHER_REQUESTS = ("grpc_request", "websocket_request", "socketio_request", "mcp_request")


def is_insomnia_4(data: dict[str, object]) -> bool:
    return data.get("_type") == "export" and "resources" in data


def is_insomnia_5(data: dict[str, object]) -> bool:
    return "insomnia.rest/" in text_in(data.get("type"))


def read_insomnia_4(data: dict[str, object], found: Found) -> None:
    """Take the GraphQL requests of an export in format 4."""
    resources = dicts_in(data["resources"])
    parents = {text_in(each.get("_id")): each for each in resources if each.get("_type") in FOLDERS}
    for resource in resources:
        kind, name = text_in(resource.get("_type")), text_in(resource.get("name"))
        if kind == "request":
            folders = _folders_above(resource, parents)
            description = text_in(resource.get("description"))
            _read_request(resource, name, folders, description, found)
        elif kind in OTHER_REQUESTS:
            found.leave_out(name, "left out, as it is not a GraphQL request over HTTP.")
        elif kind == "environment" and resource.get("data"):
            found.leave_out(name, "its environment variables are not imported.")
        elif kind == "api_spec" and resource.get("contents"):
            found.leave_out(name, "its API description is not imported.")


def read_insomnia_5(data: dict[str, object], found: Found) -> None:
    """Take the GraphQL requests of a file in format 5."""
    title = text_in(data.get("name")) or "Insomnia"
    environments = dict_in(data.get("environments"))
    if environments.get("data") or environments.get("subEnvironments"):
        found.leave_out(title, "its environment variables are not imported.")
    _read_tree(data.get("collection"), (title,), found)


def _read_tree(items: object, folders: tuple[str, ...], found: Found) -> None:
    for item in dicts_in(items):
        name = text_in(item.get("name"))
        if "children" in item:
            if len(folders) >= MAX_DEPTH:
                found.leave_out(name, "left out, as it is nested too deeply.")
            else:
                _read_tree(item["children"], (*folders, name), found)
        elif "url" in item:
            description = text_in(dict_in(item.get("meta")).get("description"))
            _read_request(item, name, folders, description, found)


def _read_request(
    request: dict[str, object],
    name: str,
    folders: tuple[str, ...],
    description: str,
    found: Found,
) -> None:
    body = dict_in(request.get("body"))
    text = text_in(body.get("text"))
    if body.get("mimeType") == "application/graphql":
        sent = read_request_body(text) or RequestBody(query=text)
    elif in_json := graphql_in_json(text):
        sent = in_json
    else:
        method = text_in(request.get("method")) or "GET"
        return found.leave_out(name, f"left out, as it is a REST request ({method}), not GraphQL.")
    headers = dicts_in(request.get("headers"))
    add_document(
        found,
        name=name,
        query=sent.query,
        variables=sent.variables,
        folders=folders,
        description=description,
        role=role_in(headers, "name"),
    )
    found.leave_out_headers(name, headers, "name")
    authentication = dict_in(request.get("authentication"))
    if authentication and authentication.get("type") != "none":
        found.leave_out(name, "imported without its authentication. Profiles sign in here.")
    return None


def _folders_above(
    resource: dict[str, object], parents: dict[str, dict[str, object]]
) -> tuple[str, ...]:
    folders: list[str] = []
    parent = parents.get(text_in(resource.get("parentId")))
    while parent is not None and len(folders) < MAX_DEPTH:
        folders.insert(0, text_in(parent.get("name")))
        parent = parents.get(text_in(parent.get("parentId")))
    return tuple(folders)
