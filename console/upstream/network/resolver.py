"""The resolver: from a host name to addresses that may be dialled."""

import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from console.upstream.network.addresses import check_address

Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]  # as of getaddrinfo
Lookup = Callable[[str, int], Sequence[Address]]


def system_lookup(host: str, port: int) -> Sequence[Address]:
    """What the system's resolver says. Raises socket.gaierror."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class _Query:
    """One lookup under way; callers that ask for the same name share its result."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.addresses: Sequence[Address] = ()
        self.failure: OSError | None = None


class Resolver:
    """Resolves host names. Shared by the threads of one process.

    The system's resolver has no time limit, so each lookup runs in a thread that may be left
    behind: at most one for each host, however many callers wait for it and give up.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._lock = threading.Lock()
        self._under_way: dict[tuple[str, int], _Query] = {}

    def resolve(self, host: str, port: int, *, seconds: float, internal: bool) -> Sequence[Address]:
        """The addresses of `host`, all of which may be dialled: one bad one refuses them all.

        `internal`: of an origin that is allowed inside the network. Raises AddressNotAllowed,
        socket.gaierror, or TimeoutError after `seconds`.
        """
        found = self._addresses_of(host, port, seconds=seconds)
        for _, _, _, _, where in found:
            check_address(str(where[0]), internal=internal)
        return found

    def _addresses_of(self, host: str, port: int, *, seconds: float) -> Sequence[Address]:
        if _is_address(host):
            return system_lookup(host, port)
        query = self._query(host, port)
        if not query.ended.wait(max(seconds, 0.0)):
            raise TimeoutError
        if query.failure is not None:
            raise socket.gaierror(*query.failure.args)  # a new one: several threads may raise it
        return query.addresses

    def _query(self, host: str, port: int) -> _Query:
        """The lookup under way for this host, begun where there is none."""
        with self._lock:
            query = self._under_way.get((host, port))
            if query is None:
                query = _Query()
                threading.Thread(target=self._run, args=(query, host, port), daemon=True).start()
                self._under_way[host, port] = query
            return query

    def _run(self, query: _Query, host: str, port: int) -> None:
        try:
            query.addresses = self._lookup(host, port)
        except OSError as error:
            query.failure = error
        except UnicodeError:  # a label of more than 63 letters
            query.failure = socket.gaierror(socket.EAI_NONAME, "no such name")
        finally:
            with self._lock:
                del self._under_way[host, port]
            query.ended.set()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
