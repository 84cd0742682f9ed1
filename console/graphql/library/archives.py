"""Our own export: a zip with two files for each saved query, which imports again.

`Rights/Access.graphql` is the query alone, for other tools and for git; `Rights/Access.json` holds
the rest. The zip is written as it is sent, one query at a time.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase
from typing import Any

import msgspec

from console.graphql.library.contents import Content

FORMAT = "gatehouse-saved-query"
UNSAFE = re.compile(r'[\x00-\x1f<>:"\\|?*]')  # what file systems refuse in a name
MAX_STEP = 80  # characters of a file's or folder's name


class Details(msgspec.Struct):
    """What stands beside a query in the zip. `variables` is a text, so that no digit changes."""

    format: str
    name: str
    folder: str = ""
    description: str = ""
    tags: list[str] = []
    role: str = ""
    operation_name: str = ""
    variables: str = ""
    endpoint: str = ""


def write_zip(entries: Iterable[tuple[Content, str]]) -> Iterator[bytes]:
    """Yield the bytes of the zip. `entries`: each query with the endpoint that it is for."""
    sink = _Sink()
    taken: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for content, endpoint in entries:
            path = _free_path(content, taken)
            archive.writestr(f"{path}.graphql", content.query)
            archive.writestr(f"{path}.json", _details(content, endpoint))
            yield sink.take()
    yield sink.take()


def _details(content: Content, endpoint: str) -> bytes:
    details = Details(
        FORMAT,
        name=content.name,
        folder=content.folder,
        description=content.description,
        tags=content.tags.split(),
        role=content.role,
        operation_name=content.operation_name,
        variables=content.variables,
        endpoint=endpoint,
    )
    return msgspec.json.format(msgspec.json.encode(details), indent=2) + b"\n"


def _free_path(content: Content, taken: set[str]) -> str:
    """A path of its own; file systems may not tell upper case from lower."""
    steps = [*filter(None, content.folder.split("/")), content.name]
    wanted = path = "/".join(map(_file_name, steps))
    number = 1
    while path.casefold() in taken:
        number += 1
        path = f"{wanted} ({number})"
    taken.add(path.casefold())
    return path


def _file_name(text: str) -> str:
    return UNSAFE.sub("-", text.replace("/", "-"))[:MAX_STEP].strip(" .") or "-"


class _Sink(RawIOBase):
    """What zipfile writes into; it sees that it cannot go back, and never tries to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        piece = b"".join(self._pieces)
        self._pieces.clear()
        return piece
