"""What is done while an upstream works on its answer."""

import threading
import time

import pytest

from console.upstream.errors import TargetRefused, TimedOut
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from console.upstream.waiting import meanwhile
from tests.upstream.clients import Tokens, egress_to, get, post, send
from tests.upstream.servers import PATIENCE, Conversation, answer, answering, listening


def test_it_is_done_when_the_request_is_out_and_before_the_answer_is_there() -> None:
    done = threading.Event()

    def script(conversation: Conversation) -> None:
        conversation.request()
        assert done.wait(PATIENCE)
        conversation.send(answer(b"1"))

    requests_seen: list[int] = []

    with listening(script) as server:

        def work() -> None:
            while not server.requests:
                assert not done.wait(0.01)
            requests_seen.append(len(server.requests))
            done.set()

        with meanwhile(work):
            assert send(egress_to(server), get(server)).body == b"1"
    assert requests_seen == [1]


def test_it_is_done_once_however_many_requests_the_call_takes() -> None:
    times: list[int] = []
    with listening(answering(answer(b"", status="401 No"), answer(b"1"))) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        with meanwhile(lambda: times.append(1)):
            session.send(get(server), is_expired=lambda answer: answer.status == 401)
    assert (len(server.requests), times) == (2, [1])


def test_it_is_left_undone_where_nothing_goes_out_and_where_the_block_has_ended() -> None:
    times: list[int] = []
    with listening(answering(answer(b"1"))) as server, listening(answering()) as forbidden:
        egress = egress_to(server)
        with pytest.raises(TargetRefused), meanwhile(lambda: times.append(1)):
            send(egress, get(forbidden))
        send(egress, get(server))
    assert times == []


def test_another_thread_s_call_does_not_do_it() -> None:
    times: list[int] = []
    with listening(answering(answer(b"1"))) as server, meanwhile(lambda: times.append(1)):
        egress = egress_to(server)
        other = threading.Thread(target=lambda: send(egress, get(server)))
        other.start()
        other.join(PATIENCE)
        assert (len(server.requests), times) == (1, [])


@pytest.mark.parametrize("mistake", [ZeroDivisionError, ValueError, OSError])
def test_what_it_raises_comes_when_the_call_is_over(mistake: type[Exception]) -> None:
    """Also an error of the kind that a connection has: it is not taken for one."""
    bodies: list[bytes] = []

    def work() -> None:
        raise mistake("of the page")

    with listening(answering(answer(b"1"))) as server:
        egress = egress_to(server)
        with pytest.raises(mistake, match="of the page"), meanwhile(work):
            bodies.append(send(egress, get(server)).body)
        bodies.append(send(egress, get(server)).body)
    assert bodies == [b"1", b"1"]


def test_the_call_s_own_failure_goes_first() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.hang()

    def work() -> None:
        raise ZeroDivisionError

    with listening(script) as server, pytest.raises(TimedOut), meanwhile(work):
        send(egress_to(server), get(server), deadline=0.3)


def test_the_time_that_it_takes_is_not_the_upstream_s() -> None:
    with listening(answering(answer(b"1"))) as server, meanwhile(lambda: time.sleep(0.5)):
        assert send(egress_to(server), get(server), deadline=0.3).body == b"1"


def test_the_repeat_of_a_read_has_all_of_the_upstream_s_time_too() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(answer(b"%d" % conversation.number))
        conversation.request()

    with listening(script) as server:
        egress = egress_to(server)
        send(egress, get(server))
        with meanwhile(lambda: time.sleep(0.5)):
            assert send(egress, get(server), deadline=0.3).body == b"1"


def test_a_request_that_must_not_be_sent_twice_waits_for_nobody() -> None:
    """The answer to a refresh, above all: its token is spent."""
    times: list[int] = []
    with listening(answering(answer(b"1"))) as server, meanwhile(lambda: times.append(1)):
        send(egress_to(server), post(server))
    assert times == []
