"""A TCP proxy with faults, to stand between the console and a sandbox upstream.

`with Proxy("127.0.0.1", 9472) as proxy:` passes everything on until `proxy.rule` says otherwise.
It knows nothing of HTTP: a fault is one of a connection, and counts its bytes.
"""

import random
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

HOST = "127.0.0.1"
CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one connection. Times are seconds, sizes are bytes from the upstream."""

    latency: float = 0.0  # before anything is passed on
    black_hole: bool = False  # the request is swallowed; nothing comes back, nothing ends
    lose_request: bool = False  # the request is swallowed, then FIN: the upstream never hears of it
    lose_answer: bool = False  # the request arrives; its response is swallowed, then FIN
    cut_after: int | None = None  # so much is passed on, then FIN both ways
    reset_after: int | None = None  # so much is passed on, then RST
    half_close_after: int | None = None  # so much is passed on, then FIN, and requests still arrive
    drip: float | None = None  # between chunks of `drip_bytes`
    drip_bytes: int = 1

    @property
    def passes_on(self) -> int | None:
        """How many bytes of the responses reach the client; None where all do."""
        if self.lose_answer:
            return 0
        limits = (self.cut_after, self.reset_after, self.half_close_after)
        return min((limit for limit in limits if limit is not None), default=None)


NO_FAULT = Fault()
Rule = Callable[[], Fault]


def always(fault: Fault) -> Rule:
    return lambda: fault


def by_chance(probability: float, faults: Sequence[Fault], *, seed: int) -> Rule:
    """One of `faults`, drawn evenly, for this share of the connections; all the others go well."""
    chance = random.Random(seed)

    def rule() -> Fault:
        return chance.choice(faults) if chance.random() < probability else NO_FAULT

    return rule


class Proxy:
    """One listening port of its own in front of `host:port`. Leaving the block ends everything."""

    def __init__(self, host: str, port: int) -> None:
        self.rule: Rule = always(NO_FAULT)
        self.connections = 0  # accepted so far
        self.faults_applied = 0
        self._target = (host, port)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._ended = threading.Event()
        self._listener: socket.socket | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop_listening()

    def listen(self) -> None:
        """Take connections, on the port of before where there was one."""
        self._ended = threading.Event()
        listener = socket.create_server((HOST, self._port), backlog=256)
        self._listener, self._port = listener, listener.getsockname()[1]
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()

    def stop_listening(self) -> None:
        """Refuse connections from now on, and cut those that are open."""
        self._ended.set()
        listener, self._listener = self._listener, None
        if listener:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept(); close() alone does not
            listener.close()
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                fault = self.rule()
                self.faults_applied += fault != NO_FAULT
                self._open.add(client)
            Passage(client, self._target, fault, self._ended, self._forget).start()

    def _forget(self, client: socket.socket) -> None:
        with self._lock:
            self._open.discard(client)


class Passage:
    """One connection through the proxy: a thread for each way."""

    def __init__(
        self,
        client: socket.socket,
        target: tuple[str, int],
        fault: Fault,
        ended: threading.Event,
        forget: Callable[[socket.socket], None],
    ) -> None:
        self._client, self._target, self._fault = client, target, fault
        self._ended, self._forget = ended, forget

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            with suppress(OSError):
                if not self._ended.wait(self._fault.latency):
                    self._play()
        finally:
            self._forget(self._client)
            self._client.close()

    def _play(self) -> None:
        if self._fault.black_hole:
            while self._client.recv(CHUNK_BYTES):
                pass
        elif self._fault.lose_request:
            self._client.recv(CHUNK_BYTES)
        else:
            with socket.create_connection(self._target, timeout=10) as upstream:
                upstream.settimeout(None)
                requests = threading.Thread(target=self._pass_requests, args=[upstream])
                requests.start()
                try:
                    self._pass_responses(upstream)
                finally:
                    with suppress(OSError):
                        upstream.shutdown(socket.SHUT_RDWR)
                    with suppress(OSError):
                        self._client.shutdown(socket.SHUT_RD)
                    requests.join()

    def _pass_requests(self, upstream: socket.socket) -> None:
        with suppress(OSError):
            while chunk := self._client.recv(CHUNK_BYTES):
                upstream.sendall(chunk)
            upstream.shutdown(socket.SHUT_WR)

    def _pass_responses(self, upstream: socket.socket) -> None:
        left = self._fault.passes_on
        while chunk := upstream.recv(CHUNK_BYTES):
            passed = chunk if left is None else chunk[:left]
            self._send(passed)
            if left is not None:
                left -= len(passed)
                if left <= 0:
                    self._break_off(upstream)
                    return

    def _send(self, chunk: bytes) -> None:
        if self._fault.drip is None:
            self._client.sendall(chunk)
            return
        for start in range(0, len(chunk), self._fault.drip_bytes):
            if self._ended.wait(self._fault.drip):
                return
            self._client.sendall(chunk[start : start + self._fault.drip_bytes])

    def _break_off(self, upstream: socket.socket) -> None:
        if self._fault.reset_after is not None:
            # With SO_LINGER of 0 seconds the close at the end sends RST in place of FIN.
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif self._fault.half_close_after is not None:
            self._client.shutdown(socket.SHUT_WR)
            while upstream.recv(CHUNK_BYTES):  # responses are lost, requests still arrive
                pass
