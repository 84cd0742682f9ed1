"""What a stranger sends, over the wire and to real gunicorns."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.services.console import Console, StartConsole, consoles

HUGE = 200 * 1024 * 1024
PIECE = b"x" * 65536
LIMIT = 2 * 1024 * 1024
FORM = "application/x-www-form-urlencoded"
TYPES = [FORM, "multipart/form-data; boundary=b", "application/json", "text/plain"]


def memory_of_workers(console: Console) -> int:
    """Bytes of resident memory, the largest they ever were."""
    pids = console.workers
    peaks = [Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1] for pid in pids]
    return sum(int(peak.split()[0]) * 1024 for peak in peaks)


def pieces(content_type: str, total: int) -> Iterator[bytes]:
    if content_type.startswith("multipart"):
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    for _ in range(total // len(PIECE)):
        yield PIECE


def send(console: Console, content_type: str, *, chunked: bool, total: int) -> tuple[int, str]:
    """POST `total` bytes or more to the sign-in page; the status and the page."""
    with closing(http.client.HTTPConnection("127.0.0.1", console.port, timeout=60)) as connection:
        connection.putrequest("POST", "/login/")
        connection.putheader("Content-Type", content_type)
        body = pieces(content_type, total)
        if chunked:
            connection.putheader("Transfer-Encoding", "chunked")
        else:
            length = sum(map(len, pieces(content_type, total)))
            connection.putheader("Content-Length", str(length))
        connection.endheaders()
        try:
            for piece in body:
                connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if chunked:
                connection.send(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with consoles(tmp_path_factory.mktemp("consoles")) as start:
        yield start(workers=1)


def test_a_huge_body_is_refused_early_and_takes_no_memory(one: Console):
    assert send(one, FORM, chunked=False, total=LIMIT // 2)[0] == 403  # no token: it was read
    before = memory_of_workers(one)
    for content_type in TYPES:
        for chunked in (False, True):
            status, page = send(one, content_type, chunked=chunked, total=HUGE)
            assert (status, "too large to send" in page) == (413, True)
    assert memory_of_workers(one) - before < 24 * 1024 * 1024


@pytest.mark.parametrize("content_type", TYPES)
def test_a_chunked_body_within_the_limit_is_read_as_any_other(one: Console, content_type: str):
    assert send(one, content_type, chunked=True, total=LIMIT // 2)[0] == 403


def test_a_chunked_form_arrives(one: Console):
    session = requests.Session()
    page = session.get(f"{one.url}/login/", timeout=20)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = f"csrfmiddlewaretoken={token}&login=ada%40example.com&password=wrong".encode()
    answer = session.post(
        f"{one.url}/login/", data=iter([form]), headers={"Content-Type": FORM}, timeout=20
    )
    assert answer.status_code == 200
    assert "ada@example.com" in answer.text


@pytest.mark.parametrize(
    "header",
    [
        "SCRIPT_NAME: /elsewhere",
        "SCRIPT_NAME: /login",
        "Script-Name: /elsewhere",
        "X-Script-Name: /elsewhere",
        "PATH_INFO: /admin/",
        "X-Forwarded-Host: evil.test",
        "X-Forwarded-Prefix: /elsewhere",
    ],
)
def test_no_header_says_where_the_console_is(one: Console, header: str):
    head = f"GET /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", one.port), timeout=20) as client:
        client.sendall(head.encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"elsewhere" not in answer
    assert b"evil.test" not in answer


def test_a_scan_of_hosts_is_no_error_in_the_log(console: StartConsole):
    one = console(workers=1)
    for host in ("evil.test", "127.0.0.1.", "LOCALHOST", "", "a b"):
        answer = requests.get(f"{one.url}/login/", headers={"Host": host}, timeout=20)
        assert answer.status_code == 400
    assert "Traceback" not in one.logs
    assert "ERROR" not in one.logs
