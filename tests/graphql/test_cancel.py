"""A run that is cancelled gives the request to Dxtra up, in whichever process it runs."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection

from console.calls.models import Call
from console.graphql import in_flight
from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state
from console.team.models import User
from console.upstream.errors import CancelledUnsent
from console.upstream.network.cancellation import Cancellation
from console.upstream.network.egress import Egress, Request
from console.upstream.timeline import Timeline
from sandbox.dxtra import DxtraUpstream
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import client_of, screen_of

pytestmark = pytest.mark.both_databases

QUERY = "{ dataControllers { id } }"
MUTATION = 'mutation { delete_dataSubjects(where: {did: {_eq: "nobody"}}) { affected_rows } }'
SLOW = 8.0  # seconds that Dxtra takes


class Run:
    """A run under way, and the screen that comes of it."""

    def __init__(self, profile: CredentialProfile, owner: User, **typed: str) -> None:
        self.key, self.profile = uuid4().hex, profile
        state = credential_state(CredentialProfile.objects.get(pk=profile.pk))
        self.fields = {"cancel_key": self.key, "opened_with": state, **typed}
        self.client = client_of(owner)
        self.began = time.monotonic()
        self._pool = ThreadPoolExecutor(1)
        self._future = self._pool.submit(self._send)

    def _send(self) -> Screen:
        try:
            return read_screen(self.client.post(screen_of(self.profile), self.fields))
        finally:
            connection.close()

    def screen(self) -> Screen:
        found = self._future.result()
        self._pool.shutdown()
        assert time.monotonic() - self.began < SLOW - 2, "nobody waited for Dxtra"
        return found


def wait_until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def slow(dxtra: DxtraUpstream, profile: CredentialProfile, post) -> DxtraUpstream:
    """Dxtra takes its time with all that comes next; the token is there."""
    post(QUERY)
    dxtra.faults.add(route="/v1/graphql", latency=SLOW, work=True)
    return dxtra


def egress_to(dxtra: DxtraUpstream) -> Egress:
    return Egress(allowed_origins=[dxtra.url], max_bytes=2**20)


def is_sent(dxtra: DxtraUpstream) -> bool:
    return bool(dxtra.stats.counts.faults_applied)


def test_a_cancelled_query_ends_at_once_and_says_so(slow, profile, alice):
    run = Run(profile, alice, query=QUERY)
    wait_until(lambda: is_sent(slow))
    answer = client_of(alice).post(screen_of(profile, "graphql_cancel"), {"cancel_key": run.key})
    assert answer.status_code == 204
    screen = run.screen()
    assert (screen.status, screen.notices) == (
        200,
        ["Cancelled. Gatehouse stopped waiting for Dxtra."],
    )
    assert Call.objects.latest("at").outcome == "cancelled"


def test_a_cancelled_mutation_may_have_happened(slow, profile, alice, post):
    confirmation = post(MUTATION).confirmation
    run = Run(profile, alice, query=MUTATION, confirm=confirmation)
    wait_until(lambda: is_sent(slow))
    client_of(alice).post(screen_of(profile, "graphql_cancel"), {"cancel_key": run.key})
    assert run.screen().notices == [
        "Cancelled. Gatehouse stopped waiting for Dxtra. It may have gone through. "
        "Check before you try again."
    ]
    assert "was already sent" in post(MUTATION, confirm=confirmation).notices[0]


def test_without_javascript_cancel_is_a_button_of_the_same_form(slow, profile, alice, post):
    run = Run(profile, alice, query=QUERY)
    wait_until(lambda: is_sent(slow))
    screen = post(QUERY, do="cancel", cancel_key=run.key)
    assert screen.value("cancel_key") not in ("", run.key)  # the next run has another
    cancelled = run.screen()
    assert cancelled.notices == ["Cancelled. Gatehouse stopped waiting for Dxtra."]
    assert 'class="notice is-info"' in cancelled.html


def test_a_word_from_another_process_cancels_too(slow, profile, alice, monkeypatch):
    run = Run(profile, alice, query=QUERY)
    wait_until(lambda: is_sent(slow))
    with monkeypatch.context() as patch:
        patch.setattr(in_flight, "_runs", in_flight._RunsOfProcess())  # as another process has it
        client_of(alice).post(screen_of(profile, "graphql_cancel"), {"cancel_key": run.key})
    assert run.screen().notices == ["Cancelled. Gatehouse stopped waiting for Dxtra."]


def test_nobody_else_cancels_it(slow, profile, alice, bob):
    run = Run(profile, alice, query=QUERY)
    wait_until(lambda: is_sent(slow))
    client_of(bob).post(screen_of(profile, "graphql_cancel"), {"cancel_key": run.key})
    client_of(alice).post(screen_of(profile, "graphql_cancel"), {"cancel_key": uuid4().hex})
    client_of(alice).post(screen_of(profile, "graphql_cancel"), {"cancel_key": "'nonsense"})
    time.sleep(2 * in_flight.POLL_SECONDS)
    assert not run._future.done()
    client_of(alice).post(screen_of(profile, "graphql_cancel"), {"cancel_key": run.key})
    run.screen()


def test_a_call_that_was_cancelled_before_it_began_is_not_sent(dxtra):
    cancelled = Cancellation()
    cancelled.request()
    request = Request("POST", dxtra.graphql_url, json={"query": QUERY})
    with pytest.raises(CancelledUnsent):
        egress_to(dxtra).send(request, deadline=5, timeline=Timeline(), cancellation=cancelled)
    assert dxtra.stats.counts.connections == 0


def test_a_connection_that_is_used_again_is_never_shut_by_an_earlier_run(dxtra):
    """A cancellation that comes too late meets no socket."""
    egress, late = egress_to(dxtra), Cancellation()
    request = Request(
        "POST", dxtra.graphql_url, json={"query": "{ a }"}, idempotent=True, connection_pool="one"
    )
    egress.send(request, deadline=5, timeline=Timeline(), cancellation=late)
    stop = threading.Event()
    again = threading.Thread(target=lambda: [late.request() for _ in iter(stop.is_set, True)])
    again.start()
    try:
        for _ in range(20):
            egress.send(request, deadline=5, timeline=Timeline())
    finally:
        stop.set()
        again.join()
    assert dxtra.stats.counts.connections == 1


@pytest.fixture
def silent_tls() -> Iterator[str]:
    """The address of a server that says nothing in a TLS handshake."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://127.0.0.1:{server.getsockname()[1]}"


def test_a_call_is_given_up_while_it_connects(silent_tls: str):
    cancellation, began = Cancellation(), time.monotonic()
    threading.Timer(0.3, cancellation.request).start()
    with pytest.raises(CancelledUnsent):
        Egress(allowed_origins=[silent_tls], max_bytes=2**20).send(
            Request("POST", f"{silent_tls}/v1/graphql", json={"query": QUERY}),
            deadline=9,
            timeline=Timeline(),
            cancellation=cancellation,
        )
    assert time.monotonic() - began < 5
