"""`requests` over our sockets: the connections, the adapter that makes them, and the sessions."""

import ssl
import threading
from collections import OrderedDict
from functools import cache
from http import HTTPStatus
from http.client import HTTPResponse
from http.cookiejar import DefaultCookiePolicy
from time import monotonic, perf_counter
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from console.upstream.network.sockets import DeadlineTlsSocket, current_exchange, dial

PROVISIONAL = (HTTPStatus.PROCESSING, HTTPStatus.EARLY_HINTS)
MAX_SESSIONS = 256  # of profiles, in each process
MAX_IDLE_SECONDS = 120.0  # longer than any call: a session that is in use is not dropped
MAX_IDLE_CONNECTIONS = 32  # kept open in each session


@cache  # to read certifi's bundle takes 30 ms
def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Checks chain and host name; `ca_bundle`: path of a PEM file (certifi's if None)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False  # RFC 9110, 4.3.4
    context.load_verify_locations(ca_bundle or certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    context.sslsocket_class = DeadlineTlsSocket
    return context


class PatientResponse(HTTPResponse):
    """Reads past provisional responses, such as early hints: a client has to, whether or not it
    asked for one (RFC 9110, 15.2). http.client knows "100 Continue" alone."""

    def begin(self) -> None:
        super().begin()
        while self.status in PROVISIONAL:
            self.headers = self.msg = None  # type: ignore[assignment]  # else it has begun already
            super().begin()


class DeadlineConnection(HTTPConnection):
    response_class = PatientResponse

    def connect(self) -> None:
        """Dial (and shake hands) within the time for connecting. Raises NewConnectionError."""
        exchange = current_exchange()
        exchange.begin_connecting()
        began = perf_counter()
        try:
            self._open()
        except OSError as error:
            exchange.connect_failure = error
            # urllib3 takes an OSError here for one of sending, and waits for an early response.
            raise NewConnectionError(self, "not connected") from None
        finally:
            exchange.connect_ms = (perf_counter() - began) * 1000

    def _open(self) -> None:
        self.sock = dial(self.host.strip("[]"), self.port)


class DeadlineTlsConnection(DeadlineConnection, HTTPSConnection):
    def _open(self) -> None:
        super()._open()
        assert self.ssl_context
        # An end that TLS does not vouch for may have been made by anybody: it is an error.
        self.sock = self.ssl_context.wrap_socket(
            self.sock, server_hostname=self.host.strip("[]"), suppress_ragged_eofs=False
        )
        self.is_verified = True


class DeadlinePool(HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class DeadlineTlsPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineTlsConnection


class DeadlineAdapter(HTTPAdapter):
    """Sends each request once, over connections that know the exchange's deadline."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(pool_maxsize=MAX_IDLE_CONNECTIONS)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": DeadlinePool, "https": DeadlineTlsPool}


class UpstreamSession(requests.Session):
    """Follows no redirect, keeps no cookie, uses no proxy or netrc of the environment."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = DeadlineAdapter(tls)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: even a redirect that is not followed would be read whole by `send`."""


class SessionPool:
    """A session for each profile in use, so that no two profiles ever share a connection.

    Shared by threads. One that is no longer kept closes its connections when its last call ends.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, tuple[UpstreamSession, float]] = OrderedDict()

    def new(self) -> UpstreamSession:
        """A session of its own, to be closed by the caller."""
        return UpstreamSession(self._tls)

    def get(self, key: str) -> UpstreamSession:
        """The session of `key`, made where there is none."""
        now = monotonic()
        with self._lock:
            entry = self._sessions.pop(key, None)
            session = entry[0] if entry else self.new()
            self._sessions[key] = session, now  # the one used last stands at the end
            while len(self._sessions) > MAX_SESSIONS or self._oldest() < now - MAX_IDLE_SECONDS:
                self._sessions.popitem(last=False)
        return session

    def _oldest(self) -> float:
        """When the session was used that has not been for longest."""
        return next(iter(self._sessions.values()))[1]
