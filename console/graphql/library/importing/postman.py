"""Postman collections, format v2.1 (schema.getpostman.com/json/collection/v2.1.0).

A request whose body has the mode "graphql" holds `query` and `variables`, which is a JSON text (of
older versions an object). Others send it as plain JSON, in the mode "raw". A group of items is a
folder.
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
from console.graphql.library.importing.request_body import graphql_in_json
from console.upstream.json_text import one_line

NOT_IMPORTED = {
    "auth": "the collection's authorization is not imported.",
    "variable": "the collection's variables are not imported.",
    "event": "the collection's scripts are not imported.",
}


def is_postman(data: dict[str, object]) -> bool:
    schema = text_in(dict_in(data.get("info")).get("schema"))
    return "getpostman.com" in schema or ("item" in data and "info" in data)


def read_postman(data: dict[str, object], found: Found) -> None:
    """Take the GraphQL requests of a collection."""
    title = text_in(dict_in(data.get("info")).get("name")) or "Postman"
    for key, sentence in NOT_IMPORTED.items():
        if data.get(key):
            found.leave_out(title, sentence)
    _read_items(data.get("item"), (title,), found)


def _read_items(items: object, folders: tuple[str, ...], found: Found) -> None:
    for item in dicts_in(items):
        name = text_in(item.get("name"))
        if "item" in item:
            if len(folders) >= MAX_DEPTH:
                found.leave_out(name, "left out, as it is nested too deeply.")
            else:
                _read_items(item["item"], (*folders, name), found)
        else:
            _read_request(item, name, folders, found)


def _read_request(
    item: dict[str, object], name: str, folders: tuple[str, ...], found: Found
) -> None:
    request = dict_in(item.get("request"))
    body = dict_in(request.get("body"))
    graphql = dict_in(body.get("graphql"))
    if body.get("mode") == "graphql" and graphql:
        query, variables = text_in(graphql.get("query")), graphql.get("variables") or ""
        if not isinstance(variables, str):
            variables = one_line(variables)  # every digit as it came
    elif in_json := graphql_in_json(text_in(body.get("raw"))):
        query, variables = in_json.query, in_json.variables
    else:
        method = text_in(request.get("method")) or "GET"
        return found.leave_out(name, f"left out, as it is a REST request ({method}), not GraphQL.")
    headers = dicts_in(request.get("header"))
    add_document(
        found,
        name=name,
        query=query,
        variables=variables,
        folders=folders,
        description=_description(request.get("description") or item.get("description")),
        role=role_in(headers, "key"),
    )
    found.leave_out_headers(name, headers, "key")
    if request.get("auth"):
        found.leave_out(name, "imported without its authorization. Profiles sign in here.")
    if item.get("event"):
        found.leave_out(name, "imported without its scripts.")
    return None


def _description(value: object) -> str:
    """A text, or an object that holds it as `content`."""
    return text_in(value) or text_in(dict_in(value).get("content"))
