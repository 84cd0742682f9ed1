"""No teammate takes all slots, nor the whole queue: some are left for the next."""

import threading
from collections.abc import Callable, Iterator

import pytest

from console.upstream.errors import UpstreamBusy
from console.upstream.network import limiter
from console.upstream.network.limiter import ConcurrencyLimiter
from console.upstream.network.origins import Origin
from console.upstream.timeline import Timeline
from tests.services.threads import in_threads
from tests.upstream.clients import CONTEXT

HANGS_AFTER = 1.0  # seconds


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "HANGS_AFTER_SECONDS", HANGS_AFTER)


# --- shares ---------------------------------------------------------------------------------------


DPAAS, DXTRA = Origin("http", "dpaas.example", 80), Origin("http", "dxtra.example", 80)


class Crowd:
    """Calls that hold what they got until they are let go."""

    def __init__(self, limit: ConcurrencyLimiter) -> None:
        self._limit = limit
        self._threads: list[threading.Thread] = []
        self._release = {share: threading.Event() for share in "abcd"}
        self.held: list[str] = []
        self.refused: list[str] = []
        self.kinds: set[str] = set()

    def call(self, share: str, times: int = 1, *, origin: Origin = DPAAS) -> None:
        for _ in range(times):
            thread = threading.Thread(target=self._call, args=(share, origin))
            thread.start()
            self._threads.append(thread)
        threading.Event().wait(0.2)  # until the last of them waits in line, which nothing tells

    def _call(self, share: str, origin: Origin) -> None:
        try:
            with self._limit.acquire(origin, CONTEXT, Timeline(), share=share):
                self.held.append(share)
                self._release[share].wait(20)
        except UpstreamBusy as busy:
            self.refused.append(share)
            self.kinds.add(busy.kind)

    def release(self, *shares: str) -> None:
        for share in shares:
            self._release[share].set()
        threading.Event().wait(0.2)

    def end(self) -> None:
        self.release(*"abcd")
        for thread in self._threads:
            thread.join(20)


@pytest.fixture
def crowd_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Crowd]]:
    monkeypatch.setattr(limiter, "HANGS_AFTER_SECONDS", 60.0)
    made: list[Crowd] = []

    def make(max_per_origin: int, *, max_calls: int = 99, max_queued: int = 99) -> Crowd:
        limit = ConcurrencyLimiter(
            max_per_origin=max_per_origin, max_calls=max_calls, max_queued=max_queued
        )
        made.append(Crowd(limit))
        return made[-1]

    yield make
    for crowd in made:
        crowd.end()


def counted(shares: list[str]) -> dict[str, int]:
    return {share: shares.count(share) for share in sorted(set(shares))}


def test_it_is_said_whose_calls_are_too_many(crowd_of: Callable[..., Crowd]) -> None:
    alone = crowd_of(4, max_queued=0)
    alone.call("a", 4)
    assert (len(alone.held), alone.kinds) == (3, {"share_taken"})
    queued = crowd_of(1, max_queued=4)
    queued.call("b")
    queued.call("a", 4)
    assert (queued.refused, queued.kinds) == (["a"], {"share_taken"})
    all_of_them = crowd_of(4, max_queued=0)
    for share in "abcda":
        all_of_them.call(share)
    assert (len(all_of_them.held), all_of_them.kinds) == (4, {"upstream_busy"})


def test_one_teammate_gets_three_quarters_of_the_slots_and_leaves_some_for_others(
    crowd_of: Callable[..., Crowd],
) -> None:
    crowd = crowd_of(16)
    crowd.call("a", 20)
    assert counted(crowd.held) == {"a": 12}
    crowd.call("b", 20)
    assert counted(crowd.held) == {"a": 12, "b": 3}
    crowd.call("c")
    assert counted(crowd.held) == {"a": 12, "b": 3, "c": 1}


def test_what_one_teammate_gives_back_goes_to_those_who_wait(
    crowd_of: Callable[..., Crowd],
) -> None:
    crowd = crowd_of(16)
    for share in "abc":
        crowd.call(share, 6)
    assert counted(crowd.held) == {"a": 6, "b": 6, "c": 3}
    crowd.release("a", "b")
    assert counted(crowd.held) == {"a": 6, "b": 6, "c": 6}


def test_one_teammate_takes_no_more_of_the_slots_of_all_upstreams(
    crowd_of: Callable[..., Crowd],
) -> None:
    crowd = crowd_of(8, max_calls=8)
    crowd.call("a", 4, origin=DPAAS)
    crowd.call("a", 4, origin=DXTRA)
    assert counted(crowd.held) == {"a": 6}
    crowd.call("b", origin=DXTRA)
    assert counted(crowd.held) == {"a": 6, "b": 1}


def test_one_teammate_takes_no_more_of_the_queue(crowd_of: Callable[..., Crowd]) -> None:
    crowd = crowd_of(2, max_queued=8)
    crowd.call("a", 20)
    assert (counted(crowd.held), len(crowd.refused)) == ({"a": 1}, 13)
    crowd.call("b", 2)
    assert counted(crowd.held) == {"a": 1, "b": 1}
    assert counted(crowd.refused) == {"a": 13}
    crowd.end()
    assert counted(crowd.held) == {"a": 7, "b": 2}


def test_calls_of_nobody_have_all_slots() -> None:
    limit = ConcurrencyLimiter(max_per_origin=2, max_calls=2, max_queued=0)
    with limit.acquire(DPAAS, CONTEXT, Timeline()):
        [answer] = in_threads(1, lambda: tried_slot(limit))
    assert answer is None


def tried_slot(limit: ConcurrencyLimiter) -> None:
    with limit.acquire(DPAAS, CONTEXT, Timeline()):
        pass
