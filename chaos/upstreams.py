"""The sandbox upstreams as processes of their own, whose counters the cases judge by."""

import itertools
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from chaos.clients import wait_until
from sandbox.demo.processes import Processes
from sandbox.people import OPS_DPAAS


@dataclass(frozen=True)
class Upstream:
    """One sandbox upstream, seen through its admin API (sandbox/README.md)."""

    name: str  # "DPaaS" or "Dxtra"
    url: str

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def stats(self) -> dict[str, int]:
        """The counters, without the log."""
        stats = self._admin("GET", "stats")
        return {name: count for name, count in stats.items() if name != "log"}

    def fault(self, **fault: Any) -> None:
        self._admin("POST", "faults", fault)

    def clear_faults(self) -> None:
        self._admin("DELETE", "faults")

    def set_options(self, **options: bool) -> None:
        self._admin("POST", "options", options)

    def account_names(self) -> list[str]:
        """Of DPaaS: those of all accounts, read as any client reads them."""
        person = {"email": OPS_DPAAS.email, "password": OPS_DPAAS.password}
        login = person | {"organization_slug": OPS_DPAAS.organization_slug}
        tokens = requests.post(f"{self.url}/authentication/login", json=login, timeout=60).json()
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        names: list[str] = []
        for page in itertools.count(1):
            query = {"page": page, "quantity": 100}
            read = requests.get(f"{self.url}/accounts", query, headers=bearer, timeout=60).json()
            names += [account["name"] for account in read["results"]]
            if not read["results"]:
                break
        return names

    def expire(self, what: str = "access") -> None:
        self._admin("POST", "expire", {"what": what})

    def accept(self, email: str, accepted: bool) -> None:
        self._admin("POST", "credential", {"email": email, "accepted": accepted})

    def of_one_response(self, access: str, refresh: str) -> bool:
        pair = {"access": access, "refresh": refresh}
        return bool(self._admin("POST", "pair", pair)["issued_together"])

    def _admin(self, method: str, name: str, value: Any = None) -> Any:
        url = f"{self.url}/__admin__/{name}"
        response = requests.request(method, url, json=value, timeout=60)
        response.raise_for_status()
        return response.json()


@dataclass(frozen=True)
class Upstreams:
    dpaas: Upstream
    dxtra: Upstream

    @property
    def both(self) -> tuple[Upstream, Upstream]:
        return self.dpaas, self.dxtra

    @property
    def origins(self) -> list[str]:
        return [upstream.url for upstream in self.both]


@contextmanager
def run_upstreams(folder: Path, *options: str) -> Iterator[Upstreams]:
    """`python -m sandbox` with these options, until the block is left.

    Enter it in a thread that stays: Linux ends the process with the thread that started it.
    """
    log = folder / f"sandbox-{uuid.uuid4().hex}.log"
    with Processes() as running:
        process = running.start("-m", "sandbox", *options, env=os.environ, log=log)
        wait_until(lambda: log.read_text().endswith("\n") or process.poll() is not None)
        output = log.read_text()
        if process.poll() is not None or not output.endswith("\n"):
            raise RuntimeError(f"the sandbox does not start: {output}")
        urls = json.loads(output)
        yield Upstreams(Upstream("DPaaS", urls["dpaas"]), Upstream("Dxtra", urls["dxtra"]))
