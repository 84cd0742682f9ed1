"""Upstreams made of plain sockets: each test says, byte by byte, what its upstream does."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

PATIENCE = 20.0  # seconds after which a test's server gives up, so that nothing hangs


class Conversation:
    """One accepted connection. `number` counts the connections from 0."""

    def __init__(self, server: "Server", sock: socket.socket, number: int) -> None:
        self.server = server
        self.sock = sock
        self.number = number
        self.waiting = b""

    def request(self) -> bytes:
        """The next whole request; empty if there is none."""
        while b"\r\n\r\n" not in self.waiting and self._more():
            pass
        head, found, rest = self.waiting.partition(b"\r\n\r\n")
        if not found:
            return b""
        lengths = [line for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"]
        length = int(lengths[0][15:]) if lengths else 0
        while len(rest) < length:
            before = len(self.waiting)
            if not self._more():
                return b""
            rest += self.waiting[before:]
        self.waiting = rest[length:]
        whole = head + found + rest[:length]
        self.server.requests.append(whole)
        return whole

    def _more(self) -> bool:
        received = self.sock.recv(65536)
        self.waiting += received
        return bool(received)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, *, seconds: float = 0.05) -> None:
        """One byte at a time, until the other side has had enough."""
        for byte in data:
            if self.server.stopped.wait(seconds):
                return
            self.send(bytes([byte]))

    def hang(self) -> None:
        self.server.stopped.wait(PATIENCE)

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Conversation], None]


class Server:
    """A listening socket on loopback; `script` is run for each connection in a thread."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._script = script
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._run(self._accept)

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            self._run(lambda sock=sock, number=number: self._converse(sock, number))

    def _converse(self, sock: socket.socket, number: int) -> None:
        with sock, suppress(OSError):
            sock.settimeout(PATIENCE)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                self._script(Conversation(self, sock, number))

    def stop(self) -> None:
        self.stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def listening(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(script, tls)
    try:
        yield server
    finally:
        server.stop()


def answer(body: bytes = b"{}", *, status: str = "200 OK", head: bytes = b"") -> bytes:
    """A whole answer with its length."""
    length = b"Content-Length: %d\r\n" % len(body)
    return b"HTTP/1.1 " + status.encode() + b"\r\n" + length + head + b"\r\n" + body


def answering(*answers: bytes) -> Script:
    """Give these answers in turn, the last for ever, over connections that stay open."""
    left = list(answers)
    lock = threading.Lock()

    def script(conversation: Conversation) -> None:
        while conversation.request():
            with lock:
                data = left.pop(0) if len(left) > 1 else left[0]
            conversation.send(data)

    return script


def closing_instead_of_a_second_answer(conversation: Conversation) -> None:
    """As a server whose keep-alive ran out at the very moment: read the request, and close."""
    conversation.request()
    conversation.send(answer(b'"%d"' % conversation.number))
    conversation.request()


def resetting_instead_of_a_second_answer(conversation: Conversation) -> None:
    closing_instead_of_a_second_answer(conversation)
    conversation.reset()


STALE: list[Script] = [closing_instead_of_a_second_answer, resetting_instead_of_a_second_answer]
