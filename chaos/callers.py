"""Clients of the console: one connection for each call, as many at once as are wanted."""

import http.client
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

T = TypeVar("T")

SECONDS = 90.0  # that a caller waits for a page
QUERY = {"query": "query { dataControllers { id title } }", "variables": ""}
ACCOUNTS = "/accounts/"
# What stands on a page that shows what the upstream said.
SHOWS = {"DPaaS": "<tbody", "Dxtra": "My Organisation"}


@dataclass(frozen=True)
class Answer:
    """One page, or that none came: then `status` is 0."""

    status: int
    text: str = field(repr=False)
    seconds: float
    location: str = ""

    @property
    def is_page_of_ours(self) -> bool:
        """A page with its frame and at least one sentence, and neither a 500 nor a traceback."""
        whole = "</html>" in self.text and "Traceback" not in self.text
        return self.status not in (0, 500) and whole


@dataclass(frozen=True)
class Caller:
    """A teammate who is signed in, with the profiles that were made for them."""

    url: str
    session_key: str = field(repr=False)
    dpaas: str = ""  # the profile's id
    dxtra: str = ""
    csrf: str = field(default_factory=lambda: uuid.uuid4().hex, repr=False)

    def get(self, path: str, *, seconds: float = SECONDS) -> Answer:
        return self._call("GET", path, None, seconds)

    def post(self, path: str, form: dict[str, str], *, seconds: float = SECONDS) -> Answer:
        return self._call("POST", path, form | {"csrfmiddlewaretoken": self.csrf}, seconds)

    def ask(self, upstream: str) -> Answer:
        """Open the page that shows what the upstream of this name says."""
        return self.get(ACCOUNTS) if upstream == "DPaaS" else self.post("/graphql/", QUERY)

    def _call(self, method: str, path: str, form: dict[str, str] | None, wait: float) -> Answer:
        began = time.monotonic()
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=wait)
        headers = {
            "Cookie": f"sessionid={self.session_key}; csrftoken={self.csrf}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
        }
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            took = time.monotonic() - began
            return Answer(answer.status, text, took, answer.getheader("Location", ""))
        except (OSError, http.client.HTTPException):
            return Answer(0, "", time.monotonic() - began)
        finally:
            connection.close()


def shows(answer: Answer, upstream: str) -> bool:
    """Whether the page holds what the upstream of this name said."""
    return answer.status == 200 and SHOWS[upstream] in answer.text


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Run all at the same moment, each in a thread of its own; what each returned, in order.

    Raises what one of them raised, when all have ended.
    """
    together = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        together.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def until(happened: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Poll until it has happened; False where it did not within `seconds`."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
    return True
