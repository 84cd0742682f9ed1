"""A limit of calls in flight for each upstream: one that hangs cannot take all threads."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic

import pytest

from console.upstream.errors import TimedOut, UpstreamBusy, UpstreamError
from console.upstream.network import limiter
from console.upstream.network.egress import Egress, Response
from console.upstream.network.limiter import ConcurrencyLimiter
from console.upstream.network.origins import Origin
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from tests.services.threads import in_threads
from tests.upstream.clients import CONTEXT, FetchedTokens, Tokens, egress_to, get, post, send
from tests.upstream.servers import Conversation, Script, Server, answer, answering, listening

HANGS_AFTER = 1.0  # seconds

AT_ONCE = HANGS_AFTER / 2  # a refusal that took its time lasts as long as a hang is waited for


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "HANGS_AFTER_SECONDS", HANGS_AFTER)


def hanging(conversation: Conversation) -> None:
    conversation.request()
    conversation.hang()


class Slow:
    """A script that answers after `seconds`, and counts how many it answers at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.most = self._now = 0
        self._lock = threading.Lock()

    def __call__(self, conversation: Conversation) -> None:
        while conversation.request():
            with self._lock:
                self._now += 1
                self.most = max(self.most, self._now)
            conversation.server.stopped.wait(self.seconds)
            with self._lock:
                self._now -= 1
            conversation.send(answer())


def tried(egress: Egress, server: Server, *, deadline: float = 20) -> Response | UpstreamError:
    try:
        return send(egress, get(server), deadline=deadline)
    except UpstreamError as error:
        return error


@contextmanager
def calls_that_hang(egress: Egress, *servers: Server, age: float = HANGS_AFTER) -> Iterator[None]:
    """One call to each of `servers` is under way, for `age` seconds already."""
    arrived = [server.connections for server in servers]
    threads = [
        threading.Thread(target=tried, args=(egress, server), kwargs={"deadline": 15})
        for server in servers
    ]
    for thread in threads:
        thread.start()
    nobody = threading.Event()
    until = monotonic() + 10
    while any(not server.requests for server in servers) and monotonic() < until:
        nobody.wait(0.01)
    nobody.wait(age + 0.05)
    assert [server.connections for server in servers] != arrived
    yield
    for server in servers:
        server.stop()
    for thread in threads:
        thread.join(20)


@contextmanager
def upstreams(*scripts: Script) -> Iterator[list[Server]]:
    with listening(scripts[0]) as first:
        if len(scripts) == 1:
            yield [first]
        else:
            with upstreams(*scripts[1:]) as others:
                yield [first, *others]


def seconds_until_refused(call: Callable[[], object]) -> float:
    began = monotonic()
    with pytest.raises(UpstreamBusy):
        call()
    return monotonic() - began


def test_more_calls_to_an_upstream_that_hangs_are_refused_at_once_and_others_go_on() -> None:
    with upstreams(hanging, answering(answer())) as (hung, other):
        egress = egress_to(hung, other, max_calls_per_upstream=2, max_calls=4)
        with calls_that_hang(egress, hung, hung):
            assert seconds_until_refused(partial(send, egress, get(hung))) < AT_ONCE
            assert len(hung.requests) == 2
            with pytest.raises(UpstreamBusy) as caught:
                send(egress, post(hung))
            assert [send(egress, get(other)).status for _ in range(3)] == [200] * 3
    assert (caught.value.may_have_happened, caught.value.kind) == (False, "upstream_busy")
    assert caught.value.sentence == (
        "Too many calls to DPaaS are in progress, so this one was not sent. Try again in a moment."
    )


def test_without_a_limit_an_upstream_that_hangs_takes_every_call() -> None:
    """The negative control of the test above: nothing else keeps the third call back."""
    with upstreams(hanging) as (hung,):
        egress = egress_to(hung)
        with calls_that_hang(egress, hung, hung):
            assert isinstance(tried(egress, hung, deadline=0.3), TimedOut)
            assert len(hung.requests) == 3


@pytest.mark.parametrize("limit", [2, 99])
def test_a_burst_queues_for_the_slots_of_an_upstream_that_answers(limit: int) -> None:
    """99, which is none, is the negative control."""
    slow = Slow(0.1)
    with listening(slow) as server:
        egress = egress_to(server, max_calls_per_upstream=limit, max_calls=2 * limit)
        answers = in_threads(8, lambda: tried(egress, server))
    assert [getattr(answer, "status", answer) for answer in answers] == [200] * 8
    assert (slow.most == 2) is (limit == 2)


def test_one_call_that_hangs_does_not_make_an_upstream_count_as_hung() -> None:
    """As a long GraphQL action does: the others go on as long as answers come."""
    slow = Slow(0.05)

    def script(conversation: Conversation) -> None:
        (slow if conversation.number else hanging)(conversation)

    with listening(script) as server:
        egress = egress_to(server, max_calls_per_upstream=2)
        with calls_that_hang(egress, server):
            send(egress, get(server))
            answers = in_threads(4, lambda: tried(egress, server))
    assert [getattr(answer, "status", answer) for answer in answers] == [200] * 4
    assert slow.most == 1


@pytest.mark.parametrize("patience", [0.6, 60])
def test_a_wait_for_an_upstream_that_hangs_ends_with_a_sentence(
    patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By our patience, or by the upstream's turning out to hang."""
    monkeypatch.setattr(limiter, "MAX_WAIT_SECONDS", patience)
    timeline = Timeline()
    with upstreams(hanging) as (hung,):
        egress = egress_to(hung, max_calls_per_upstream=1)
        with calls_that_hang(egress, hung, age=0):
            waited = seconds_until_refused(partial(send, egress, get(hung), timeline=timeline))
    assert AT_ONCE < waited < 10
    assert [step for step, _ in timeline.steps] == ["waited for a slot"]


def test_an_upstream_whose_last_call_got_no_answer_is_waited_for_by_nobody_until_it_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limiter, "HANGS_AFTER_SECONDS", 0.3)
    slow = Slow(0.1)
    mended = threading.Event()

    def script(conversation: Conversation) -> None:
        (slow if mended.is_set() else hanging)(conversation)

    with listening(script) as server:
        egress = egress_to(server, max_calls_per_upstream=1)
        assert isinstance(tried(egress, server, deadline=0.4), TimedOut)
        hung = threading.Thread(target=tried, args=(egress, server), kwargs={"deadline": 2})
        hung.start()
        while len(server.requests) < 2:
            threading.Event().wait(0.01)
        assert seconds_until_refused(partial(send, egress, get(server))) < 0.3
        hung.join()
        mended.set()
        assert send(egress, get(server)).status == 200
        monkeypatch.setattr(limiter, "HANGS_AFTER_SECONDS", 5)  # on a busy machine they take long
        answers = in_threads(4, lambda: tried(egress, server))
    assert [getattr(answer, "status", answer) for answer in answers] == [200] * 4


def test_no_more_than_so_many_wait() -> None:
    with upstreams(hanging) as (hung,):
        egress = egress_to(hung, max_calls_per_upstream=1, max_queued_calls=0)
        with calls_that_hang(egress, hung, age=0):
            assert seconds_until_refused(partial(send, egress, get(hung))) < AT_ONCE


def test_a_wait_for_a_slot_is_not_longer_than_the_deadline() -> None:
    with upstreams(hanging) as (hung,):
        egress = egress_to(hung, max_calls_per_upstream=1)
        with calls_that_hang(egress, hung, age=0):
            assert seconds_until_refused(partial(send, egress, get(hung), deadline=0.01)) < AT_ONCE


def test_a_slot_is_free_again_however_its_call_ended() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        if conversation.number % 2:
            conversation.reset()
        else:
            conversation.hang()

    with listening(script) as server:
        egress = egress_to(server, max_calls_per_upstream=1, max_calls=1)
        kinds = {type(tried(egress, server, deadline=0.2)) for _ in range(6)}
    assert UpstreamBusy not in kinds


def test_upstreams_that_hang_take_no_more_than_the_slots_of_all() -> None:
    with upstreams(hanging, hanging, answering(answer())) as (one, two, other):
        egress = egress_to(one, two, other, max_calls_per_upstream=2, max_calls=2)
        with calls_that_hang(egress, one, two):
            for server in (one, two, other):
                assert seconds_until_refused(partial(send, egress, get(server))) < AT_ONCE
            assert other.connections == 0
        assert send(egress, get(other)).status == 200


def test_who_waits_for_another_upstream_holds_nobody_up() -> None:
    slow = Slow(0.5)
    with upstreams(slow, answering(answer())) as (busy, other):
        egress = egress_to(busy, other, max_calls_per_upstream=1, max_calls=2)
        ended: list[str] = []

        def work(name: str, server: Server) -> None:
            send(egress, get(server))
            ended.append(name)

        crowd = [threading.Thread(target=work, args=("busy", busy)) for _ in range(2)]
        for thread in crowd:
            thread.start()
        work("other", other)
        for thread in crowd:
            thread.join(20)
    assert ended == ["other", "busy", "busy"]


def test_a_token_fetched_within_a_call_needs_no_second_slot() -> None:
    with listening(answering(answer())) as server:
        egress = egress_to(server, max_calls_per_upstream=1, max_calls=1)

        def fetch() -> Secret:
            send(egress, post(server, "/token"), deadline=5)
            return Secret("t0ken")

        tokens = FetchedTokens(fetch)
        session = AuthorizedSession(egress, tokens, Timeline(), deadline=5)
        tokens.generation = 2
        session.send(get(server), is_expired=lambda answer: False)
        assert [request.split()[1] for request in server.requests] == [
            *(b"/token", b"/token"),
            b"/things",
        ]


def test_for_a_call_that_finds_no_slot_no_token_is_fetched() -> None:
    class Counted(Tokens):
        asked = 0

        def access_token(self):  # type: ignore[no-untyped-def]
            self.asked += 1
            return super().access_token()

    tokens = Counted()
    with upstreams(hanging) as (hung,):
        egress = egress_to(hung, max_calls_per_upstream=1)
        session = AuthorizedSession(egress, tokens, Timeline(), deadline=5)
        with calls_that_hang(egress, hung):
            seconds_until_refused(lambda: session.send(get(hung), is_expired=lambda answer: False))
        assert tokens.asked == 0


def test_a_wait_for_a_token_holds_the_slot_of_its_call() -> None:
    """An upstream whose sign-in hangs takes no more threads than one whose API hangs."""
    asked = threading.Event()
    go_on = threading.Event()

    class SlowTokens(Tokens):
        def access_token(self):  # type: ignore[no-untyped-def]
            asked.set()
            go_on.wait(15)
            return super().access_token()

    with listening(answering(answer())) as server:
        egress = egress_to(server, max_calls_per_upstream=1)
        session = AuthorizedSession(egress, SlowTokens(), Timeline(), deadline=5)
        call = partial(session.send, get(server), is_expired=lambda answer: False)
        waiting = threading.Thread(target=call)
        waiting.start()
        assert asked.wait(10)
        seconds_until_refused(partial(send, egress, get(server)))
        go_on.set()
        waiting.join(20)
        assert send(egress, get(server)).status == 200


def test_who_came_first_is_served_first_and_nobody_pushes_in() -> None:
    """So that a steady stream of newcomers cannot keep anybody waiting until it is refused."""
    limit = ConcurrencyLimiter(max_per_origin=1, max_calls=1, max_queued=9)
    origin = Origin("http", "dpaas.example", 80)
    order: list[int] = []

    def work(number: int) -> None:
        with limit.acquire(origin, CONTEXT, Timeline()):
            order.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    with limit.acquire(origin, CONTEXT, Timeline()):
        for thread in threads:
            thread.start()
            threading.Event().wait(0.05)  # until it waits in line, which nothing tells
    work(4)
    assert order == [0, 1, 2, 3, 4]
