"""Altair's exports: a collection (.agc) with `queries` and `collections` below it, or one window
(.agx). `variables` is a JSON text (altair-graphql, ExportCollectionState, ExportWindowState)."""

from console.graphql.library.importing.found import (
    MAX_DEPTH,
    Found,
    dict_in,
    dicts_in,
    role_in,
    text_in,
)
from console.graphql.library.importing.graphql_files import add_document

SCRIPTS = ("preRequest", "postRequest")


def is_altair(data: dict[str, object]) -> bool:
    return data.get("type") == "window" or (data.get("type") == "collection" and "queries" in data)


def read_altair(data: dict[str, object], found: Found) -> None:
    """Take the windows of a collection, or the only one."""
    if data.get("type") == "window":
        _read_window(data, (), found)
    else:
        _read_collection(data, (), found)


def _read_collection(collection: dict[str, object], above: tuple[str, ...], found: Found) -> None:
    title = text_in(collection.get("title")) or "Altair"
    if len(above) >= MAX_DEPTH:
        return found.leave_out(title, "left out, as it is nested too deeply.")
    found.leave_out_headers(title, dicts_in(collection.get("headers")), "key")
    if any(dict_in(collection.get(name)).get("script") for name in SCRIPTS):
        found.leave_out(title, "the collection's scripts are not imported.")
    for window in dicts_in(collection.get("queries")):
        _read_window(window, (*above, title), found)
    for below in dicts_in(collection.get("collections")):
        _read_collection(below, (*above, title), found)
    return None


def _read_window(window: dict[str, object], folders: tuple[str, ...], found: Found) -> None:
    name = text_in(window.get("windowName"))
    headers = dicts_in(window.get("headers"))
    add_document(
        found,
        name=name,
        query=text_in(window.get("query")),
        variables=text_in(window.get("variables")),
        folders=folders,
        role=role_in(headers, "key"),
    )
    found.leave_out_headers(name, headers, "key")
    if window.get("preRequestScript") or window.get("postRequestScript"):
        found.leave_out(name, "imported without its scripts.")
