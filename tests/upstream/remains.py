"""What a failed call leaves in memory, in a process of its own: tests/leaks.py keeps exceptions.

    python -m tests.upstream.remains at-once|collected|kept URL…

prints a line for each URL: how the call ended, and which of the two marks were found after it.
`at-once`: before the next garbage collection, so that what only a cycle holds is found too.
`collected`: after it. `kept`: while the error or the response is kept, so that they must be found.
"""

import gc
import io
import sys
from collections.abc import Iterator

from console.upstream.errors import UpstreamError
from console.upstream.network.egress import Egress, Request
from console.upstream.timeline import Timeline
from console.vault.secret import Secret

# In halves: nothing but a call may hold one whole.
MARKS = {"sent": ("zq7-mark-of-", "the-request"), "answered": ("zq7-mark-of-", "the-answer")}


def mark(name: str) -> str:
    return "".join(MARKS[name])


def call(egress: Egress, url: str) -> tuple[str, object]:
    """How a call whose body and token bear the mark ended, and what it gave or raised."""
    token = Secret(mark("sent"))
    request = Request("POST", url, json={"token": token, "n": mark("sent")}, authorization=token)
    try:
        return "ok", egress.send(request, deadline=10, timeline=Timeline())
    except UpstreamError as error:
        return error.kind, error


def texts_in(holder: object) -> Iterator[bytes]:
    """The texts that an object refers to, also by way of what the collector does not track."""
    if isinstance(holder, io.BytesIO):
        yield holder.getvalue()
    for held in gc.get_referents(holder):
        if isinstance(held, str):
            yield held.encode(errors="replace")
        elif isinstance(held, bytes | bytearray):
            yield held
        elif not gc.is_tracked(held):  # such as a dictionary of nothing but texts
            yield from texts_in(held)


def found() -> list[str]:
    """The names of the marks that any object in memory holds."""
    marks = {name: mark(name).encode() for name in MARKS}
    texts = [text for holder in gc.get_objects() for text in texts_in(holder)]
    return [name for name, whole in marks.items() if any(whole in text for text in texts)]


def main(moment: str, *urls: str) -> None:
    gc.disable()
    for url in urls:
        egress = Egress(allowed_origins=[url], max_bytes=2**20)
        ending, outcome = call(egress, url)
        if moment != "kept":
            outcome = None
        if moment == "collected":
            gc.collect()
        print(ending, *found())
        del outcome, egress
        gc.collect()  # the next call is not judged by what this one left


if __name__ == "__main__":
    main(*sys.argv[1:])
