"""A name service that hangs: callers give up in time, and leave no heap of threads behind."""

import threading
from collections.abc import Sequence

from console.upstream.errors import ConnectFailed, UpstreamError
from console.upstream.network.egress import Egress, Request
from console.upstream.network.resolver import Address
from tests.services.threads import in_threads
from tests.upstream.clients import send
from tests.upstream.names import told
from tests.upstream.servers import answer, answering, listening


class Hanging:
    """A resolver that says nothing until it is let go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.go_on = threading.Event()

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        self.go_on.wait(20)
        return [told("127.0.0.1", port)]


def test_a_name_service_that_hangs_is_asked_once_for_each_host_and_left_in_time() -> None:
    with listening(answering(answer(b'"found"'))) as server:
        urls = [f"http://{host}.test:{server.port}" for host in ("one", "two")]
        resolver = Hanging()
        egress = Egress(allowed_origins=[], internal_origins=urls, max_bytes=100, lookup=resolver)

        def call(url: str) -> object:
            try:
                return send(egress, Request("GET", url, idempotent=True), deadline=0.3)
            except UpstreamError as error:
                return type(error)

        before = threading.active_count()
        for url in urls:
            assert in_threads(20, lambda url=url: call(url)) == [ConnectFailed] * 20
            assert call(url) is ConnectFailed
        assert sorted(resolver.asked) == ["one.test", "two.test"]
        assert threading.active_count() <= before + 2
        resolver.go_on.set()
        answers = [send(egress, Request("GET", url, idempotent=True)) for url in urls]
        assert [answer.body for answer in answers] == [b'"found"'] * 2


def test_who_asks_while_a_look_up_is_under_way_gets_its_answer() -> None:
    with listening(answering(answer())) as server:
        url = f"http://one.test:{server.port}"
        resolver = Hanging()
        egress = Egress(allowed_origins=[], internal_origins=[url], max_bytes=100, lookup=resolver)
        threading.Timer(0.2, resolver.go_on.set).start()
        answers = in_threads(8, lambda: send(egress, Request("GET", url)).status)
    assert answers == [200] * 8
