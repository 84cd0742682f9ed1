"""Steady requests to consoles that are exchanged meanwhile, as behind a load balancer."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from tests.services.console import Console

CLIENTS = 3
PAUSE = 0.3  # seconds between two calls of one client: steady, not as much as is possible


class Balancer:
    """Spreads requests over the consoles in service; one is taken out when its last has ended."""

    def __init__(self, *consoles: Console) -> None:
        self._changed = threading.Condition()
        self._in_service = list(consoles)
        self._under_way: Counter[int] = Counter()

    @contextmanager
    def console(self) -> Iterator[Console]:
        with self._changed:
            chosen = random.choice(self._in_service)
            self._under_way[chosen.port] += 1
        try:
            yield chosen
        finally:
            with self._changed:
                self._under_way[chosen.port] -= 1
                self._changed.notify_all()

    def exchange(self, old: Console, new: Console) -> None:
        """Send requests to `new` from now on, and stop `old` when it has answered its last one."""
        with self._changed:
            self._in_service[self._in_service.index(old)] = new
            self._changed.wait_for(lambda: self._under_way[old.port] == 0, timeout=60)
        old.stop()


class Traffic:
    """Clients that ask again and again; `failures` names each answer that is none."""

    def __init__(
        self, balancer: Balancer, cookies: list[requests.cookies.RequestsCookieJar]
    ) -> None:
        self.balancer = balancer
        self.calls = 0
        self.failures: list[str] = []
        self._end = threading.Event()
        self._cookies = cookies
        self._threads = [threading.Thread(target=self._ask) for _ in range(CLIENTS)]

    def __enter__(self) -> "Traffic":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def until(self, happened: Callable[[], bool]) -> None:
        """Let it go on until `happened`, for a minute at most."""
        for _ in range(1200):
            if happened():
                return
            self._end.wait(0.05)
        raise AssertionError("it does not happen")

    def for_calls(self, count: int) -> None:
        """Let it go on for `count` calls more."""
        target = self.calls + count
        self.until(lambda: self.calls >= target)

    def _ask(self) -> None:
        while not self._end.wait(PAUSE):
            with self.balancer.console() as console:
                try:
                    answer = requests.get(
                        f"{console.url}/accounts/", cookies=random.choice(self._cookies), timeout=60
                    )
                    failed = answer.status_code != 200 or "<tbody" not in answer.text
                    why = str(answer.status_code)
                except requests.RequestException as error:
                    failed, why = True, type(error).__name__
            self.calls += 1
            if failed:
                self.failures.append(why)
