"""A kept answer of 12.8 MB, 100,000 rows: CPU time of its pages, and the memory of eight at once.

CPU time and its minimum, as the machine may be busy; beside each the plain way, `json.loads`.
"""

import json
import random
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Callable
from threading import Thread

from bench.measure import Row, ms
from console.graphql.answers.look import Look
from console.graphql.answers.nodes import read_answer
from console.graphql.answers.outline import FoundList, Outline, outline_of
from console.graphql.answers.reading import Reading, Typed, read
from console.graphql.answers.turns import WITHOUT_END, turn
from console.web.memory import limit_kept_memory

ROWS = 100_000
KINDS = ("consent.given", "consent.withdrawn", "request.opened")
LOOKS = {
    "a page of the table": (Look(page=700), Typed(), 0.3),
    "the last page of the text": (Look(view="text", page=10**6), Typed(), 0.3),
    "sorted by a text": (Look(sort="3"), Typed(), 1.5),
    "filtered by a text in every row": (Look(filter="x"), Typed(filter="e"), 1.5),
    "a search in all, the last hit": (Look(find="x", hit=10**6), Typed(find="withdrawn"), 1.5),
}


def body() -> bytes:
    """12.8 MB of JSON: 100,000 rows."""
    chance = random.Random(1)
    rows = [
        {
            "id": number,
            "kind": chance.choice(KINDS),
            "at": f"2026-07-{1 + number % 28:02d}T{number % 24:02d}:00:00Z",
            "dataSubjectId": str(uuid.UUID(int=chance.getrandbits(128))),
        }
        for number in range(ROWS)
    ]
    return json.dumps({"data": {"events": rows}}).encode()


def open_and_read(packed: bytes, size: int, outline: Outline, look: Look, typed: Typed) -> Reading:
    """What a page costs beside Django and the decryption: unpack, read."""
    return read(read_answer(zlib.decompress(packed, bufsize=size)), outline, look, typed)


def rows(*, rounds: int) -> list[Row]:
    whole = body()
    packed, outline = zlib.compress(whole, 1), outline_of(read_answer(whole))
    plain = cheapest(lambda: json.loads(whole), rounds)
    measured = []
    for name, (look, typed, bar) in LOOKS.items():
        seconds = cheapest(lambda: open_and_read(packed, len(whole), outline, look, typed), rounds)  # noqa: B023
        how = f"{seconds / plain:.2f} × json.loads of the whole ({ms(plain)}); {rounds} rounds"
        measured.append(Row(f"12.8 MB: {name}", seconds, bar, unit="s", how=how))
    growth = float(
        subprocess.run(
            [sys.executable, "-m", "bench.answers"], check=True, capture_output=True, text=True
        ).stdout
    )
    return [*measured, Row("12.8 MB: memory of eight at once", growth, 64, unit="MB", how="VmHWM")]


def cheapest(call: Callable[[], object], rounds: int) -> float:
    """The least seconds of CPU that a call took."""
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return min(taken)


def most_memory() -> float:
    """MB that this process has had at once."""
    with open("/proc/self/status") as lines:
        fields = dict(line.split(":", 1) for line in lines)
    return int(fields["VmHWM"].split()[0]) / 1024


def grow() -> None:
    """Print by how many MB a process grows while eight threads read at once."""
    made = subprocess.run(
        [sys.executable, "-c", "import sys, zlib, bench.answers as a; b = a.body();"
         "sys.stdout.buffer.write(len(b).to_bytes(8, 'big') + zlib.compress(b, 1))"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    size, packed = int.from_bytes(made[:8], "big"), made[8:]
    columns = (("id",), ("kind",), ("at",), ("dataSubjectId",))
    outline = Outline((FoundList("0.0", "data.events", ROWS, columns),))
    limit_kept_memory()  # as gunicorn.conf.py does
    before, owner = most_memory(), uuid.uuid4()

    def look_at(look: Look, typed: Typed) -> None:
        with turn(size, owner, max_wait=WITHOUT_END):
            open_and_read(packed, size, outline, look, typed)

    looks = [*LOOKS.values(), *LOOKS.values()][:8]
    threads = [Thread(target=look_at, args=(look, typed)) for look, typed, _ in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(most_memory() - before)


if __name__ == "__main__":
    import django

    import tests.environment

    assert tests.environment
    django.setup()
    grow()
