# ruff: noqa: RUF001, SIM905  letters that look like others are what this is about; lists to be read
"""More than 300 hostile targets: none leads anywhere, judged by who would have been reached.

Two listeners stand where an attacker would have the console go; beside them Python's own audit hook
notes every connection that this thread begins, wherever it leads.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import quote

import pytest
import requests

from console.upstream.errors import (
    AddressRefused,
    Redirected,
    ResponseUnreadable,
    TargetRefused,
)
from console.upstream.network.egress import Egress, Request
from console.vault.secret import Secret
from tests.upstream.clients import egress_to, get, post, send
from tests.upstream.names import Table
from tests.upstream.network.test_addresses import INNER_ADDRESSES, NEVER_ADDRESSES
from tests.upstream.servers import Server, answer, answering, listening

EVIL = "evil.test"
GOOD = "dpaas.test"

# Other spellings of 127.0.0.1, which some resolver or parser reads as such.
LOOPBACK = """
    127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 017700000001 0177.0.0.1 0177.0.0.01
    127.0.0.01 127.00.0.1 00127.0.0.1 127.0.0.1. 0x7F.0x0.0x0.0x1 127.0x0.0.1 127.0.0x1
    127.0.0.256 383.0.0.1 0x17f000001 4294967296 127.0.0.1.. .127.0.0.1 127..1
    1.0.0.127.in-addr.arpa [::1] [::ffff:127.0.0.1] [::127.0.0.1] [0:0:0:0:0:ffff:7f00:1]
    [::ffff:7f00:1] [::1%25lo] [::1%lo] [::1%eth0] [::ffff:127.0.0.1%25lo] [64:ff9b::7f00:1]
    [2002:7f00:1::] [::ffff:0:7f00:1] [fe80::1] [::] [0::0] [v1.fe80::1] 0 0.0.0.0 127.0.0.2
    127.127.127.127 localhost. LOCALHOST. ip6-localhost localhost.localdomain 127.0.0.1.nip.io
    foo.localhost 0000::1 ::1 [::1 ①②⑦.⓪.⓪.① 127。0。0。1 127%2e0%2e0%2e1 %31%32%37.0.0.1
    １２７.0.0.1 127.0.0.1%00 127.0.0.1%0d%0a 127.0.0.1%20
""".split()
LOOPBACK += [
    "127.0.0.1\u200b",
    "127.0.0.1\xad",
]
# Hosts that look like the good one, or hide the evil one behind it.
LOOKALIKES = """
    dpaas.test.evil.test evil.test.dpaas.test dpaas.test-evil.test xdpaas.test dpaas.testx
    dpaas.test. dpaas.test%2eevil.test dpaas.test%00.evil.test dpaas.test%09.evil.test
    dpaas.test%0a.evil.test dpaas。test dpаas.test ｄpaas.test dpaas．test dpaaſ.test ḍpaas.test
    xn--dpas-7ve.test XN--DPAAS-.test dpaas.xn--test- dpaas.tesK DPAAS.TEST. dpaas_.test
    dpaas..test .dpaas.test -dpaas.test dpaas.test- dpaas․test dpaas.test。 dpaas.test． dpaas.test⁄
    dpaas.test℀ . .. - _ * *.test % %2f ~ $ !
""".split()
LOOKALIKES += [
    "",
    "d paas.test",
    "dpaas.test ",
]
# Whole addresses; {good} is the one that may be called, {evil} an attacker's.
WHOLE = """
    http://{evil} http://{evil}/accounts HTTP://{evil}/ http:{evil} http:/{evil} http:///{evil}
    http:////{evil} //{evil} {evil} http://user@{evil} http://user:pass@{evil}
    http://{good}@{evil} http://:@{evil} http://{good}:80@{evil} http://{good}%40{evil}
    http://{good}%2540{evil} http://{evil}@{good} http://{evil}:x@{good}/ http://@{good}
    http://:@{good}/ http://{good}#@{evil} http://{evil}#{good} http://{evil}#@{good}/
    http://{good}/#x http://{evil}?{good} http://{evil}?@{good} http://{evil}/{good}
    http://{evil};{good} http://{good};@{evil} http://{good},{evil} ｈttp://{evil} http：//{evil}
    ftp://{evil} file://{evil}/ gopher://{evil} ws://{evil} http+unix://{evil} https://{evil}
    https://{good} javascript://{evil} data:,{evil} blob:http://{evil} jar:http://{evil}!/
    url:http://{evil} http://http://{evil} http://[{evil}] http://{good}:0 http://{good}:00
    http://{good}:65536 http://{good}:-1 http://{good}: http://{good}:+80 http://{good}:8e1
    http://{good}:0x50 http://[::1 http://{good}:80:{evil} http://{good}%3a80@{evil}
    http://{good}/% http://{good}/%zz http://{good}/é http://{good}/<{evil}> http://{good}/|{evil}
    http://{good}/^ http://{good}/`{evil}` http://{good}/"{evil}" http://{good}{{
    http://a@b@{evil}
""".split()
WHOLE += [
    "http:\\\\{evil}",
    "http:/\\{evil}",
    "http://{good}\\@{evil}",
    "http://{evil}\\@{good}",
    "http://{good}\\{evil}",
    "http://{evil}\\",
    "http://{evil} {good}",
    "http://{good} {evil}",
    "http://{good}\t@{evil}",
    "http://{good}\n@{evil}",
    "http://{good}\r\n@{evil}",
    "http://\t{evil}",
    "http://{good}/\r\nHost: {evil}",
    "http://{good}/ HTTP/1.1\r\nHost: {evil}\r\n\r\n",
    "http://{good}/x\r\n\r\nGET http://{evil}/",
    "http://{good}/\x00",
    "http://{good}\x00.{evil}",
    " http://{evil}",
    "\thttp://{evil}",
    "\nhttp://{evil}",
    "http://{evil}\n",
    "\x00http://{evil}",
    "ht\ntp://{evil}",
    "htt\tp://{evil}",
    "http\u200b://{evil}",
    "http://{good}: 80",
    "http://{good}/\u2028",
    "http://{good}/\ud800",
    "http://{evil}:{port}\xa0",
    "http://{good}/a\\..\\b",
]


class Outside:
    """Where nobody may come: the two listeners, and a note of every connection begun."""

    def __init__(self, evil: Server, good: Server, elsewhere: Server) -> None:
        self.evil, self.good, self.elsewhere = evil, good, elsewhere
        self.dialled: list[object] = []

    @property
    def reached(self) -> list[object]:
        return [*self.dialled, *self.evil.requests, *self.good.requests, *self.elsewhere.requests]


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    with ExitStack() as stack:
        servers = [stack.enter_context(listening(answering(answer()))) for _ in range(3)]
        found = Outside(*servers)
        watched = [threading.get_ident()]

        def note(event: str, arguments: tuple[object, ...]) -> None:
            if event == "socket.connect" and threading.get_ident() in watched:
                found.dialled.append(arguments[1])

        sys.addaudithook(note)  # for as long as the process lives
        yield found
        watched.clear()


@pytest.fixture
def nobody(outside: Outside) -> Iterator[Outside]:
    """Fails the test in which anybody was reached."""
    outside.dialled.clear()
    for server in (outside.evil, outside.good, outside.elsewhere):
        server.requests.clear()
        server.connections = 0
    yield outside
    assert outside.reached == []
    assert [outside.evil.connections, outside.good.connections, outside.elsewhere.connections] == (
        [0, 0, 0]
    )


class Everywhere(Table):
    """A resolver that leads every name to loopback, where the listeners are."""

    def __init__(self) -> None:
        super().__init__({})

    def __call__(self, host: str, port: int):  # type: ignore[no-untyped-def]
        self.hosts.setdefault(host, [["127.0.0.1"]])
        return super().__call__(host, port)


def refused(outside: Outside, url: str) -> TargetRefused:
    egress = Egress(
        allowed_origins=[],
        internal_origins=[f"http://{GOOD}:{outside.good.port}"],
        max_bytes=1000,
        lookup=Everywhere(),
    )
    request = Request("GET", url, authorization=Secret("t0ken"), idempotent=True)
    with pytest.raises(TargetRefused) as caught:
        send(egress, request, deadline=2)
    assert "t0ken" not in caught.value.sentence
    return caught.value


@pytest.mark.parametrize("host", [*LOOPBACK, *LOOKALIKES, EVIL], ids=ascii)
def test_another_spelling_of_a_host_leads_nowhere(host: str, nobody: Outside) -> None:
    refused(nobody, f"http://{host}:{nobody.evil.port}/accounts")
    refused(nobody, f"http://{host}:{nobody.good.port}/accounts")


@pytest.mark.parametrize("form", WHOLE, ids=ascii)
def test_an_address_that_two_parsers_could_read_in_two_ways_leads_nowhere(
    form: str, nobody: Outside
) -> None:
    places = {
        "good": f"{GOOD}:{nobody.good.port}",
        "evil": f"{EVIL}:{nobody.evil.port}",
        "port": nobody.evil.port,
    }
    refused(nobody, form.format(**places))


@pytest.mark.parametrize("address", [*INNER_ADDRESSES, *NEVER_ADDRESSES])
def test_an_allowed_name_that_leads_inside_leads_nowhere(address: str, nobody: Outside) -> None:
    """Alone, and among good answers: nothing is dialled, not even what may be."""
    answers = {
        "a.test": [[address]],
        "b.test": [["8.8.8.8", address]],
        "c.test": [[address, "8.8.8.8"]],
    }
    origins = [f"http://{name}:{nobody.good.port}" for name in answers]
    egress = Egress(allowed_origins=origins, max_bytes=1000, lookup=Table(answers))
    for origin in origins:
        with pytest.raises(AddressRefused):
            send(egress, Request("GET", origin, idempotent=True))


LOCATIONS = [
    *(
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "/\\127.1:{port}",
    ),
    *(
        "http://a@127.0.0.1:{port}/",
        "\\\\127.0.0.1:{port}\\",
        "http:127.0.0.1:{port}",
        "?x",
        "/",
        "",
    ),
    *("https://127.0.0.1:{port}/", "file:///etc/passwd", "data:,x", "javascript:x", "http://["),
]
STATUSES = ["300 Many", "301 Moved", "302 Found", "303 See", "304 Not", "307 There", "308 There"]


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("make", [get, post])
def test_a_redirect_of_any_kind_leads_nowhere(status: str, make: type, outside: Outside) -> None:
    """The other one may be called, and is not."""
    other = outside.elsewhere
    before = other.connections
    refresh = f"Refresh: 0; url={other.url}/\r\nLink: <{other.url}/>; rel=preload\r\n"
    answers = [
        answer(status=status, head=f"Location: {place}\r\n{refresh}".encode())
        for place in (location.format(port=other.port) for location in LOCATIONS)
    ]
    with listening(answering(*answers)) as server:
        egress = egress_to(server, other)
        for _ in LOCATIONS:
            with pytest.raises((Redirected, ResponseUnreadable)):  # 304 is no redirect
                send(egress, make(server, authorization=Secret("t0ken")))
        assert len(server.requests) == len(LOCATIONS)
    assert (other.connections, other.requests) == (before, [])


def test_there_are_more_than_300_of_them() -> None:
    hosts = {*LOOPBACK, *LOOKALIKES, EVIL}
    resolved = {*INNER_ADDRESSES, *NEVER_ADDRESSES}
    redirects = len(STATUSES) * len(LOCATIONS)
    assert len(hosts) + len(set(WHOLE)) + len(resolved) + redirects > 300


def test_the_judges_see_a_connection_where_there_is_one(outside: Outside) -> None:
    """The negative control: a plain client reads an odd spelling as loopback, and is seen."""
    outside.dialled.clear()
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"http://127.1:{outside.evil.port}/{quote('stolen')}", timeout=10)
    assert outside.dialled == [("127.0.0.1", outside.evil.port)]
    assert outside.evil.connections == 1
    assert b"/stolen" in outside.evil.requests[0]
