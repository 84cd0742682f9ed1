"""`requests` over our sockets: connections, pools, and the adapter that joins them.

The adapter is used without a requests.Session: so there is no cookie jar, no redirect that could
be followed, no proxy or netrc of the environment, and no hook. Of what it does around a call it
keeps what an API call needs: it would parse each address five times, and wrap each answer for
cookies and encodings that nobody asks for.
"""

import logging
import queue
import socket
import ssl
from time import monotonic, perf_counter
from typing import Any, cast

import certifi
from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from console.upstream.origins import parse_url
from console.upstream.waiting import use_the_time
from console.upstream.wire import CONNECT_SECONDS, TlsSocket, dial, under_way

# Its warnings quote addresses with their queries, and heads of answers.
logging.getLogger("urllib3").setLevel(logging.ERROR)

POOLS = 32  # origins whose connections are kept
IDLE_CONNECTIONS = 32  # kept open for each origin


class PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return dial(self.host.strip("[]"), self.port)

    def connect(self) -> None:
        """Dial (and shake hands) within the time for connecting. Raises OSError."""
        exchange = under_way.exchange
        began = perf_counter()
        exchange.connect_by = min(exchange.ends_at, monotonic() + CONNECT_SECONDS)
        try:
            super().connect()
        except OSError as error:
            exchange.connect_failure = error
            raise
        finally:
            exchange.connect_ms = (perf_counter() - began) * 1000

    def getresponse(self) -> Any:
        """As urllib3's, which takes a reset while connecting for a server that answers early, and
        then trips over the socket that is not there."""
        if self.sock is None:
            raise ConnectionResetError
        exchange = under_way.exchange
        if not exchange.only_fresh:  # what must not be lost waits for nobody
            began = monotonic()
            use_the_time()
            exchange.ends_at += monotonic() - began  # that was our time, not the upstream's
        return super().getresponse()


class TlsConnection(PlainConnection, HTTPSConnection):
    pass


class _Idle(queue.LifoQueue[Any]):
    """Idle connections, newest first. urllib3 fills its pool with blanks; we have no use for them:
    an empty pool gives a new connection just so."""

    def _put(self, item: Any) -> None:
        if item is not None:
            super()._put(item)


class PlainPool(HTTPConnectionPool):
    ConnectionCls = PlainConnection
    QueueCls = _Idle

    def _get_conn(self, timeout: float | None = None) -> Any:
        if under_way.exchange.only_fresh:
            return self._new_conn()
        return super()._get_conn(timeout)

    def _put_conn(self, conn: Any) -> None:
        """Keep `conn` for later if it is open and there is room."""
        if conn is None or conn.is_closed:
            return
        if self.pool is None or self.pool.full():
            conn.close()
        else:
            super()._put_conn(conn)


class TlsPool(PlainPool, HTTPSConnectionPool):
    ConnectionCls = TlsConnection


class Adapter(HTTPAdapter):
    """Sends a prepared request over our connections, once."""

    def __init__(self, *, ca_bundle: str | None) -> None:
        self._ssl_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks chain and host name
        self._ssl_context.load_verify_locations(ca_bundle or certifi.where())
        self._ssl_context.sslsocket_class = TlsSocket
        super().__init__(pool_connections=POOLS, pool_maxsize=IDLE_CONNECTIONS)

    def unread_answer(self, prepared: PreparedRequest) -> BaseHTTPResponse:
        """Send `prepared`, and return what answers, its body unread.

        Raises RequestException, urllib3's HTTPError, HTTPException, OSError and ValueError.
        """
        return cast(BaseHTTPResponse, self.send(prepared, stream=True))  # see build_response

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._ssl_context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *args: Any, **kwargs: Any
    ) -> HTTPConnectionPool:
        origin, _ = parse_url(str(request.url))
        pool: HTTPConnectionPool = self.poolmanager.connection_from_host(
            origin.host, origin.port, origin.scheme
        )
        return pool

    def request_url(self, request: PreparedRequest, *args: Any) -> str:
        _, target = parse_url(str(request.url))
        return target if target.startswith("/") else f"/{target}"

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Any:
        """As it is, and HTTPAdapter.send hands it on: no requests.Response is made of it."""
        return resp

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: our context checks already; requests would read the bundle anew each time."""
