"""A view that takes files takes larger bodies than others, of people who have signed in."""

import http.client
import re
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest
import requests

from console.team.groups import OPERATIONS
from console.web.worker import MAX_INCOMING_BYTES
from tests.services.console import Console, consoles
from tests.services.teammate import add_teammate
from tests.web.test_hostile_requests import HUGE, memory_of_workers

MEGABYTE = 1024 * 1024
UPLOAD, OTHER = "/dpaas/acme/accounts/bulk/", "/dpaas/acme/accounts/bulk/ticked/"
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
LARGE, TOO_LARGE = 12 * MEGABYTE, 17 * MEGABYTE


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with consoles(tmp_path_factory.mktemp("consoles")) as start:
        yield start(workers=1)


@pytest.fixture(scope="module")
def teammate(one: Console) -> requests.Session:
    return add_teammate(one, "ada@example.com", group=OPERATIONS).session


def body(size: int, session: requests.Session | None) -> bytes:
    """A form that brings a file of `size` bytes."""
    token = session.cookies["csrftoken"] if session else ""
    fields = [PART % (b"csrfmiddlewaretoken", b"", token.encode())]
    fields.append(PART % (b"upload", b'; filename="names.csv"', b"Acme\r\n" * (size // 6)))
    return b"".join(fields) + b"--b--\r\n"


def send(
    one: Console,
    path: str,
    size: int,
    session: requests.Session | None = None,
    *,
    chunked: bool = False,
) -> tuple[int, str]:
    """The status and the page. A body that is refused unread may not be sent to its end."""
    headers = {"Content-Type": MULTIPART, "Origin": one.url}
    if session:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    content = body(size, session)
    with closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=60)) as connection:
        try:
            whole = iter([content]) if chunked else content
            connection.request("POST", path, whole, headers, encode_chunked=chunked)
        except (BrokenPipeError, ConnectionResetError):
            pass
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_large_file_arrives_where_files_are_taken(
    one: Console, teammate: requests.Session, chunked: bool
):
    status, page = send(one, UPLOAD, LARGE, teammate, chunked=chunked)
    assert status == 409  # its token was read, and it has no profile for this organization
    assert "too large" not in page


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "size"), [(UPLOAD, TOO_LARGE), (OTHER, LARGE), ("/nowhere/", LARGE)]
)
def test_what_is_larger_is_refused_unread(
    one: Console, teammate: requests.Session, path: str, size: int, chunked: bool
):
    status, page = send(one, path, size, teammate, chunked=chunked)
    assert (status, "too large to send" in page) == (413, True)


@pytest.mark.parametrize("chunked", [False, True])
def test_who_has_not_signed_in_is_asked_to_and_nothing_is_read(one: Console, chunked: bool):
    status, page = send(one, UPLOAD, LARGE, chunked=chunked)
    assert (status, 'name="password"' in page) == (401, True)
    assert re.search(rf'name="next" value="{UPLOAD}"', page)


def test_strangers_who_send_much_take_no_more_memory_than_one(one: Console):
    send(one, UPLOAD, LARGE)
    before = memory_of_workers(one)
    for _ in range(24):
        assert send(one, UPLOAD, LARGE)[0] == 401
    assert send(one, UPLOAD, HUGE)[0] == 413
    assert memory_of_workers(one) - before < 2 * LARGE


def test_who_is_refused_because_many_send_much_is_told_to_send_it_again(one: Console):
    head = f"POST {UPLOAD} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {LARGE}\r\n\r\n"
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection(("127.0.0.1", one.port), timeout=60))
            for _ in range(MAX_INCOMING_BYTES // LARGE + 1)
        ]
        for client in clients:
            client.sendall(head.encode())
        with suppress(OSError):  # one of them is refused while it sends
            for _ in range(LARGE // MEGABYTE - 1):
                for client in clients:
                    client.sendall(b"x" * MEGABYTE)
        refused, _, _ = select.select(clients, [], [], 60)
        assert len(refused) == 1
        response = refused[0].recv(65536).decode()
    assert response.startswith("HTTP/1.1 503 ")
    assert "Send it again" in response
