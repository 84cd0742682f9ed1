"""The address that was checked is the one that is dialled, and none inside the network is."""

import ssl
from collections.abc import Iterator

import pytest

from console.upstream.errors import AddressRefused, CertificateRefused, ConnectFailed
from console.upstream.network.addresses import AddressNotAllowed, check_address
from console.upstream.network.egress import Egress, Request
from tests.upstream.clients import send
from tests.upstream.conftest import make_certificate
from tests.upstream.names import Table, always
from tests.upstream.servers import Server, answer, answering, listening

PUBLIC = ["8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.0"]
PUBLIC += ["169.253.1.1", "192.0.1.1", "198.17.0.1", "223.255.255.255", "2606:2800:220:1::1"]
PUBLIC += ["2a00:1450:4001:80b::200e", "2001:4860:4860::8888", "2003::1"]

INNER = {
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "a provider's": ["100.64.0.1", "100.127.255.255"],
    "unique local": ["fc00::1", "fd12:3456:789a::1"],
    "site-local": ["fec0::1"],
    "documentation": ["192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "reserved": ["192.0.0.1", "240.0.0.1", "255.255.255.254", "4000::1", "100::1", "5f00::1"],
    "6to4 relays": ["192.88.99.1"],
    "IPv4-mapped": ["::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8"],
    "IPv4-compatible": ["::10.0.0.1", "::8.8.8.8"],
    "IPv4-translated": ["::ffff:0:10.0.0.1", "::ffff:0:8.8.8.8"],
    "NAT64": ["64:ff9b::10.0.0.1", "64:ff9b::8.8.8.8"],
    "6to4": ["2002:0a00:0001::1", "2002:0808:0808::1"],
    "ISATAP": ["2a00::5efe:10.0.0.1", "2a00::200:5efe:8.8.8.8"],
}
NEVER = {
    "metadata": ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"],
    "more metadata": ["fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "192.0.0.192"],
    "link-local": ["169.254.0.1", "fe80::1", "febf::1", "fe80::1%eth0"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "unspecified": ["0.0.0.0", "0.1.2.3", "::"],
    "broadcast": ["255.255.255.255"],
    "Teredo": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "another NAT64": ["64:ff9b:1::a00:1"],
    "of one link": ["fd12::1%eth0"],
    "metadata, mapped": ["::ffff:169.254.169.254", "::ffff:a9fe:a9fe"],
    "metadata, compatible": ["::169.254.169.254"],
    "metadata, translated": ["::ffff:0:169.254.169.254", "64:ff9b::169.254.169.254"],
    "metadata, 6to4": ["2002:a9fe:a9fe::1"],
    "metadata, ISATAP": ["2a00::5efe:169.254.169.254"],
    "unspecified, mapped": ["::ffff:0.0.0.0"],
    "no address": ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5", "127.0.0.01"],
}
INNER_ADDRESSES = [address for addresses in INNER.values() for address in addresses]
NEVER_ADDRESSES = [address for addresses in NEVER.values() for address in addresses]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_may_be_dialled(address: str) -> None:
    check_address(address, internal=False)


@pytest.mark.parametrize("address", INNER_ADDRESSES)
def test_an_inner_address_may_be_dialled_for_an_internal_origin_alone(address: str) -> None:
    check_address(address, internal=True)
    with pytest.raises(AddressNotAllowed, match="UPSTREAM_INTERNAL_ORIGINS"):
        check_address(address, internal=False)


@pytest.mark.parametrize("address", NEVER_ADDRESSES)
def test_some_addresses_are_never_dialled(address: str) -> None:
    for internal in (True, False):
        with pytest.raises(AddressNotAllowed):
            check_address(address, internal=internal)


def egress_by(table: Table, *origins: str, internal: tuple[str, ...] = ()) -> Egress:
    return Egress(allowed_origins=origins, internal_origins=internal, max_bytes=2**20, lookup=table)


def asked(url: str) -> Request:
    return Request(
        "GET", f"{url}/accounts", idempotent=True, connection_pool="of a profile", system="DPaaS"
    )


@pytest.fixture
def inside() -> Iterator[Server]:
    """Something on loopback that a name may lead to."""
    with listening(answering(answer(b'"reached"'))) as server:
        yield server


def test_a_name_that_leads_inside_is_refused_and_the_sentence_says_what_to_do(
    inside: Server,
) -> None:
    url = f"http://dpaas.test:{inside.port}"
    with pytest.raises(AddressRefused) as caught:
        send(egress_by(always(dpaas_test="127.0.0.1"), url), asked(url))
    assert inside.connections == 0
    assert not caught.value.may_have_happened
    assert caught.value.sentence == (
        "Nothing was sent to DPaaS: its address 127.0.0.1 is inside the network; an"
        " administrator can allow it with UPSTREAM_INTERNAL_ORIGINS."
    )


def test_an_internal_origin_may_lead_inside(inside: Server) -> None:
    """The negative control of the test above: only the setting makes the difference."""
    url = f"http://dpaas.test:{inside.port}"
    egress = egress_by(always(dpaas_test="127.0.0.1"), internal=(url,))
    assert send(egress, asked(url)).body == b'"reached"'


def test_an_origin_that_is_an_ip_address_or_localhost_is_taken_for_what_it_says(
    inside: Server,
) -> None:
    urls = [f"http://{host}:{inside.port}" for host in ("127.0.0.1", "localhost")]
    egress = egress_by(always(localhost="127.0.0.1"), *urls)
    assert [send(egress, asked(url)).body for url in urls] == [b'"reached"'] * 2


@pytest.mark.parametrize("address", NEVER_ADDRESSES)
def test_one_bad_answer_of_the_resolver_refuses_the_good_ones_too(
    address: str, inside: Server
) -> None:
    url = f"http://dpaas.test:{inside.port}"
    for answers in (["127.0.0.1", address], [address, "127.0.0.1"]):
        egress = egress_by(Table({"dpaas.test": [answers]}), internal=(url,))
        with pytest.raises(AddressRefused):
            send(egress, asked(url))
    assert inside.connections == 0


def test_what_the_resolver_says_a_second_time_is_never_heard(inside: Server) -> None:
    """Rebinding: the first answer is checked and dialled; there is no second question."""
    url = f"http://dpaas.test:{inside.port}"
    table = Table({"dpaas.test": [["127.0.0.1"], ["169.254.169.254"]]})
    egress = egress_by(table, internal=(url,))
    assert [send(egress, asked(url)).body for _ in range(3)] == [b'"reached"'] * 3
    assert (table.asked, inside.connections) == (["dpaas.test"], 1)


def test_each_new_connection_is_checked_anew(inside: Server) -> None:
    url = f"http://dpaas.test:{inside.port}"
    table = Table({"dpaas.test": [["127.0.0.1"], ["169.254.169.254"]]})
    egress = egress_by(table, internal=(url,))
    once = Request("POST", f"{url}/accounts", json={}, system="DPaaS")
    assert send(egress, once).body == b'"reached"'
    with pytest.raises(AddressRefused):
        send(egress, once)
    assert (table.asked, inside.connections) == (["dpaas.test"] * 2, 1)


def test_the_next_address_is_tried_where_nobody_answers_at_the_first(inside: Server) -> None:
    url = f"http://dpaas.test:{inside.port}"
    egress = egress_by(Table({"dpaas.test": [["127.0.0.9", "127.0.0.1"]]}), internal=(url,))
    assert send(egress, asked(url)).body == b'"reached"'


def test_without_any_address_there_is_no_connection() -> None:
    egress = egress_by(Table({"dpaas.test": [[]]}), internal=("http://dpaas.test:9",))
    with pytest.raises(ConnectFailed):
        send(egress, asked("http://dpaas.test:9"))


def test_the_certificate_and_the_name_asked_for_are_those_of_the_name(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    named = make_certificate(tmp_path_factory.mktemp("named"), "dpaas.test")
    by_number = make_certificate(tmp_path_factory.mktemp("numbered"), "127.0.0.1")
    asked_for: list[str | None] = []

    def note(sock: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        asked_for.append(name)

    for certificate in (named, by_number):
        certificate.server.sni_callback = note
        with listening(answering(answer()), tls=certificate.server) as server:
            url = f"https://dpaas.test:{server.port}"
            egress = Egress(
                allowed_origins=[],
                internal_origins=[url],
                max_bytes=100,
                ca_bundle=certificate.bundle,
                lookup=always(dpaas_test="127.0.0.1"),
            )
            if certificate is named:
                assert send(egress, asked(url)).status == 200
            else:
                with pytest.raises(CertificateRefused):
                    send(egress, asked(url))
    assert asked_for == ["dpaas.test"] * 2


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "0.0.0.0", "[fe80::1]"])
def test_an_address_that_is_never_called_is_no_allowed_origin(host: str) -> None:
    for origins, internal in (([f"http://{host}"], ()), ([], (f"http://{host}",))):
        with pytest.raises(ValueError, match="never called"):
            Egress(allowed_origins=origins, internal_origins=internal, max_bytes=1)
