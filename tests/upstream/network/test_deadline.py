"""One total deadline: nothing that an upstream does can stretch it."""

from time import monotonic

import pytest

from console.upstream.errors import ConnectFailed, ConnectionCut, TimedOut
from console.upstream.network.egress import Egress, Request
from console.upstream.timeline import Timeline
from tests.upstream.clients import egress_to, get, post, send
from tests.upstream.conftest import Certificate
from tests.upstream.overruns import (
    CUT,
    SLOW,
    black_hole,
    drip_in_body,
    drip_in_headers,
    hang_before_an_answer,
    overrun,
)
from tests.upstream.servers import Conversation, Script, answer, listening

DEADLINE = 0.4  # seconds
# Seconds, on a busy machine; what it is on a quiet one, tests.upstream.overruns measures.
LATEST = DEADLINE + 4.0


@pytest.mark.parametrize("script", SLOW)
@pytest.mark.parametrize("make", [get, post])
def test_a_slow_answer_ends_at_the_deadline(script: Script, make: type) -> None:
    with listening(script) as server:
        began = monotonic()
        with pytest.raises(TimedOut) as caught:
            send(egress_to(server), make(server), deadline=DEADLINE)
    assert monotonic() - began < LATEST
    assert caught.value.may_have_happened


@pytest.mark.parametrize("script", SLOW)
def test_a_slow_answer_ends_at_the_deadline_over_tls(
    script: Script, certificate: Certificate
) -> None:
    with listening(script, tls=certificate.server) as server:
        egress = egress_to(server, ca_bundle=certificate.bundle)
        began = monotonic()
        with pytest.raises(TimedOut):
            send(egress, get(server), deadline=DEADLINE)
    assert monotonic() - began < LATEST


@pytest.mark.parametrize("script", CUT)
@pytest.mark.parametrize("tls", [False, True])
def test_a_connection_that_ends_early_ends_the_call_at_once(
    script: Script, tls: bool, certificate: Certificate
) -> None:
    with listening(script, tls=certificate.server if tls else None) as server:
        beyond, failure = overrun(server, deadline=10, bundle=certificate.bundle)
    assert isinstance(failure, ConnectionCut)
    assert beyond < LATEST - 10


def test_a_connection_that_is_never_taken_ends_at_the_deadline() -> None:
    with black_hole() as url:
        egress = Egress(allowed_origins=[url], max_bytes=100)
        began = monotonic()
        with pytest.raises(ConnectFailed) as caught:
            send(egress, Request("GET", url), deadline=DEADLINE)
    assert monotonic() - began < LATEST
    assert caught.value.reason == "timed out after 1 second"


@pytest.mark.parametrize("script", [drip_in_headers, drip_in_body, hang_before_an_answer])
def test_a_slow_answer_ends_at_the_deadline_over_a_used_connection(script: Script) -> None:
    def good_then_slow(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(answer())
        script(conversation)

    with listening(good_then_slow) as server:
        egress = egress_to(server)
        send(egress, get(server))
        with pytest.raises(TimedOut):
            send(egress, get(server), deadline=DEADLINE)
        assert server.connections == 1


def test_a_handshake_that_hangs_is_a_failed_connection(certificate: Certificate) -> None:
    with listening(lambda conversation: conversation.hang()) as server:
        server.url = server.url.replace("http", "https")
        with pytest.raises(ConnectFailed) as caught:
            send(egress_to(server), get(server), deadline=DEADLINE)
    assert not caught.value.may_have_happened


def test_a_request_that_is_not_taken_ends_at_the_deadline() -> None:
    with listening(lambda conversation: conversation.hang()) as server:
        body = {"name": "x" * 20_000_000}
        with pytest.raises(TimedOut):
            send(egress_to(server), post(server, json=body), deadline=5 * DEADLINE)


def test_a_quick_answer_is_not_disturbed_by_the_deadline_of_the_one_before() -> None:
    def script(conversation: Conversation) -> None:
        while conversation.request():
            conversation.drip(b"", seconds=0)
            conversation.server.stopped.wait(0.3)
            conversation.send(answer(b'"late"'))

    with listening(script) as server:
        egress = egress_to(server)
        send(egress, get(server), deadline=0.45)
        assert send(egress, get(server), deadline=10).body == b'"late"'


def test_the_sentence_names_the_system_and_the_seconds() -> None:
    with listening(hang_before_an_answer) as server, pytest.raises(TimedOut) as caught:
        send(egress_to(server), get(server), deadline=DEADLINE)
    assert caught.value.sentence == (
        "DPaaS did not respond within 1 second. Try again. If it keeps failing, tell your "
        "administrator."
    )


def test_a_call_that_timed_out_still_has_its_timeline() -> None:
    timeline = Timeline()
    with listening(hang_before_an_answer) as server, pytest.raises(TimedOut):
        send(egress_to(server), get(server), deadline=DEADLINE, timeline=timeline)
    assert [step for step, _ in timeline.steps] == ["connect", "no response"]
