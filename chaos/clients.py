"""HTTP clients of the console: one connection for each call, as many at once as are wanted."""

import http.client
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

T = TypeVar("T")

TIMEOUT = 180.0  # seconds that a client waits for a page
PATIENCE = 180.0  # seconds for what must happen, on a machine that is busy with other things
QUERY = {"query": "query { dataControllers { id title } }", "variables": ""}
# A text of each page that shows what the upstream returned.
DATA = {"DPaaS": "<tbody", "Dxtra": "My Organisation"}


@dataclass(frozen=True)
class Response:
    """One page; `status` is 0 if none came."""

    status: int
    text: str = field(repr=False)
    seconds: float
    location: str = ""

    @property
    def is_page_of_ours(self) -> bool:
        """A whole page, and neither a 500 nor a traceback."""
        whole = "</html>" in self.text and "Traceback" not in self.text
        return self.status not in (0, 500) and whole


@dataclass(frozen=True)
class Client:
    """The client of a teammate who is signed in, with the ids of their profiles and the paths of
    their targets' screens."""

    url: str
    session_key: str = field(repr=False)
    dpaas: str = ""
    dxtra: str = ""
    accounts: str = "/accounts/"
    graphql: str = "/graphql/"
    dpaas_state: str = field(default="", repr=False)  # what the forms opened now carry
    dxtra_state: str = field(default="", repr=False)
    csrf: str = field(default_factory=lambda: uuid.uuid4().hex, repr=False)

    def get(self, path: str, *, timeout: float = TIMEOUT) -> Response:
        return self._request("GET", path, None, timeout)

    def post(self, path: str, form: dict[str, str], *, timeout: float = TIMEOUT) -> Response:
        return self._request("POST", path, form | {"csrfmiddlewaretoken": self.csrf}, timeout)

    def call(self, upstream: str) -> Response:
        """Open the page that shows data of the upstream of this name."""
        if upstream == "DPaaS":
            return self.get(self.accounts)
        return self.post(self.graphql, QUERY | {"opened_with": self.dxtra_state})

    def opened_with(self, path: str) -> str:
        """What the form at `path` carries, opened now."""
        found = re.search(r'name="opened_with" value="([^"]*)"', self.get(path).text)
        return found[1] if found else ""

    def profile(self, upstream: str) -> str:
        """The id of the profile at the upstream of this name."""
        return self.dpaas if upstream == "DPaaS" else self.dxtra

    def _request(
        self, method: str, path: str, form: dict[str, str] | None, timeout: float
    ) -> Response:
        began = time.monotonic()
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(
            address.hostname or "", address.port, timeout=timeout
        )
        headers = {
            "Cookie": f"sessionid={self.session_key}; csrftoken={self.csrf}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
        }
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            response = connection.getresponse()
            text = response.read().decode(errors="replace")
            seconds = time.monotonic() - began
            return Response(response.status, text, seconds, response.getheader("Location", ""))
        except (OSError, http.client.HTTPException):
            return Response(0, "", time.monotonic() - began)
        finally:
            connection.close()


def shows_data(response: Response, upstream: str) -> bool:
    """Whether the page holds what the upstream of this name returned."""
    return response.status == 200 and DATA[upstream] in response.text


def in_parallel(functions: Sequence[Callable[[], T]]) -> list[T]:
    """Call all at the same moment, each in a thread of its own; returns their results in order.

    Raises what one of them raised, after all have ended.
    """
    barrier = threading.Barrier(len(functions))

    def run(function: Callable[[], T]) -> T:
        barrier.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def wait_until(
    condition: Callable[[], bool], *, timeout: float = PATIENCE, interval: float = 0.02
) -> bool:
    """Poll until `condition` holds; False if it does not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True
