"""The name service: from a host to addresses that may be dialled."""

import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from console.upstream.network.addresses import check_address

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]  # as of getaddrinfo
Resolve = Callable[[str, int], Sequence[Address]]


def system_resolve(host: str, port: int) -> Sequence[Address]:
    """What the system's resolver says. Raises socket.gaierror."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class _LookUp:
    """One question to the resolver; whoever asks the same meanwhile gets its answer too."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.addresses: Sequence[Address] = ()
        self.failure: OSError | None = None


class Resolver:
    """Looks hosts up. Shared by the threads of one process.

    The system's resolver knows no time limit, so each look-up works in a thread that may be left
    behind: at most one for each host, however many callers wait for it and give up.
    """

    def __init__(self, resolve: Resolve = system_resolve) -> None:
        self._resolve = resolve
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str, int], _LookUp] = {}

    def resolve(self, host: str, port: int, *, seconds: float, internal: bool) -> Sequence[Address]:
        """The addresses of `host`, all of which may be dialled: one bad one refuses them all.

        `internal`: of an origin that is allowed inside the network. Raises AddressNotAllowed,
        socket.gaierror, or TimeoutError after `seconds`.
        """
        found = self._look_up(host, port, seconds=seconds)
        for _, _, _, _, where in found:
            check_address(str(where[0]), internal=internal)
        return found

    def _look_up(self, host: str, port: int, *, seconds: float) -> Sequence[Address]:
        if _is_address(host):
            return system_resolve(host, port)
        look_up = self._joined(host, port)
        if not look_up.ended.wait(max(seconds, 0.0)):
            raise TimeoutError
        if look_up.failure is not None:
            raise socket.gaierror(*look_up.failure.args)  # anew: several threads may raise it
        return look_up.addresses

    def _joined(self, host: str, port: int) -> _LookUp:
        with self._lock:
            look_up = self._under_way.get((host, port))
            if look_up is None:
                look_up = _LookUp()
                threading.Thread(target=self._ask, args=(look_up, host, port), daemon=True).start()
                self._under_way[host, port] = look_up
            return look_up

    def _ask(self, look_up: _LookUp, host: str, port: int) -> None:
        try:
            look_up.addresses = self._resolve(host, port)
        except OSError as error:
            look_up.failure = error
        except UnicodeError:  # a label of more than 63 letters
            look_up.failure = socket.gaierror(socket.EAI_NONAME, "no such name")
        finally:
            with self._lock:
                del self._under_way[host, port]
            look_up.ended.set()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
