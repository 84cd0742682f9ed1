"""The sandbox upstreams as processes of their own, and their door: they are the judge."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from sandbox.demo.processes import Processes

START_SECONDS = 60


@dataclass(frozen=True)
class Upstream:
    """One sandbox upstream, seen through its door (sandbox/README.md)."""

    name: str  # "DPaaS" or "Dxtra"
    url: str

    @property
    def address(self) -> tuple[str, int]:
        place = urlsplit(self.url)
        return place.hostname or "", place.port or 0

    def stats(self) -> dict[str, int]:
        """The counters, without the log."""
        said = self._knock("GET", "stats")
        return {name: number for name, number in said.items() if name != "log"}

    def logged(self) -> list[dict[str, Any]]:
        """The last 1,000 calls."""
        log: list[dict[str, Any]] = self._knock("GET", "stats")["log"]
        return log

    def fault(self, **fault: Any) -> None:
        self._knock("POST", "faults", fault)

    def all_well(self) -> None:
        self._knock("DELETE", "faults")

    def expire(self, what: str = "access") -> None:
        self._knock("POST", "expire", {"what": what})

    def accept(self, email: str, accepted: bool) -> None:
        self._knock("POST", "credential", {"email": email, "accepted": accepted})

    def reset(self) -> None:
        self._knock("POST", "reset", {})

    def set_lifetime(self, access_seconds: float) -> None:
        self._knock("POST", "lifetime", {"access_seconds": access_seconds})

    def of_one_answer(self, access: str, refresh: str) -> bool:
        pair = {"access": access, "refresh": refresh}
        return bool(self._knock("POST", "pair", pair)["issued_together"])

    def _knock(self, method: str, name: str, value: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}/__admin__/{name}", json=value, timeout=30)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True)
class Upstreams:
    dpaas: Upstream
    dxtra: Upstream

    @property
    def both(self) -> tuple[Upstream, Upstream]:
        return self.dpaas, self.dxtra

    @property
    def origins(self) -> list[str]:
        return [one.url for one in self.both]


@contextmanager
def upstreams(folder: Path, *options: str) -> Iterator[Upstreams]:
    """`python -m sandbox` with these options, until the block is left. Start it from the thread
    that stays: Linux ends it with the thread that started it."""
    log = folder / f"sandbox-{time.monotonic_ns()}.log"
    with Processes() as running:
        process = running.start("-m", "sandbox", *options, env=os.environ, log=log)
        until = time.monotonic() + START_SECONDS
        while not (said := log.read_text()).endswith("\n"):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the sandbox does not start: {said}")
            time.sleep(0.05)
        urls = json.loads(said)
        yield Upstreams(Upstream("DPaaS", urls["dpaas"]), Upstream("Dxtra", urls["dxtra"]))
