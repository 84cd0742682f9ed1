"""Upstreams that speak TLS: who they are, and where their answers end."""

import pytest

from console.upstream.errors import CertificateRefused, ConnectFailed, ConnectionCut
from console.upstream.network.egress import Request
from tests.upstream.clients import egress_to, get, post, send
from tests.upstream.conftest import Certificate
from tests.upstream.servers import STALE, Conversation, Script, answer, answering, listening


def test_tls_with_a_certificate_that_is_trusted(certificate: Certificate) -> None:
    with listening(answering(answer()), tls=certificate.server) as server:
        egress = egress_to(server, ca_bundle=certificate.bundle)
        assert [send(egress, get(server)).status for _ in range(3)] == [200, 200, 200]
        assert server.connections == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Certificate) -> None:
    with listening(answering(answer()), tls=certificate.server) as server:
        with pytest.raises(CertificateRefused) as caught:
            send(egress_to(server), post(server))
        assert server.requests == []
    assert caught.value.sentence == (
        f"DPaaS at 127.0.0.1:{server.port} has no valid certificate, so nothing was sent:"
        " unable to get local issuer certificate."
        " Check the address in the profile, or tell your administrator."
    )


def test_a_certificate_for_another_name_is_refused(certificate_of_another: Certificate) -> None:
    with listening(answering(answer()), tls=certificate_of_another.server) as server:
        egress = egress_to(server, ca_bundle=certificate_of_another.bundle)
        with pytest.raises(CertificateRefused, match="IP address mismatch"):
            send(egress, get(server))
        assert server.requests == []


def test_a_certificate_without_alternative_names_is_refused(
    certificate_of_old: Certificate,
) -> None:
    with listening(answering(answer()), tls=certificate_of_old.server) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        egress = egress_to(internal_origins=[url], ca_bundle=certificate_of_old.bundle)
        with pytest.raises(CertificateRefused, match="Hostname mismatch"):
            send(egress, Request("GET", url))
        assert server.requests == []


@pytest.mark.parametrize("vouched", [True, False])
def test_an_end_that_tls_does_not_vouch_for_may_be_the_end_of_half_an_answer(
    vouched: bool, certificate: Certificate
) -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(b"HTTP/1.1 200 OK\r\n\r\n[1]")
        if vouched:
            conversation.sock.unwrap()  # type: ignore[attr-defined]

    with listening(script, tls=certificate.server) as server:
        egress = egress_to(server, ca_bundle=certificate.bundle)
        if vouched:
            assert send(egress, get(server)).body == b"[1]"
        else:
            with pytest.raises(ConnectionCut):
                send(egress, get(server))


@pytest.mark.parametrize("script", STALE)
def test_a_read_over_tls_is_repeated_once_too(script: Script, certificate: Certificate) -> None:
    with listening(script, tls=certificate.server) as server:
        egress = egress_to(server, ca_bundle=certificate.bundle)
        assert [send(egress, get(server)).body for _ in range(2)] == [b'"0"', b'"1"']
        assert (server.connections, len(server.requests)) == (2, 3)


def test_https_to_a_port_that_speaks_http_is_a_failed_connection() -> None:
    def script(conversation: Conversation) -> None:
        conversation.sock.recv(100)
        conversation.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(script) as server:
        server.url = server.url.replace("http", "https")
        with pytest.raises(ConnectFailed) as caught:
            send(egress_to(server), get(server))
    assert caught.value.reason == "the server does not speak TLS (should it be http?)"
