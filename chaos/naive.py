"""Naive clients: what a script, or a console without a lease, would do.

They share a row (a SQLite file) as the console's processes share theirs. Each case of the harness
runs the client whose strategy it is about. That client must miss the bar, which shows that the bar
can be missed. `python -m chaos.naive STRATEGY ROW URL --threads 25 --calls 1` is one process of
them; it prints a JSON list that holds, for each call, whether it succeeded.
"""

import argparse
import base64
import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import requests

from chaos.clients import in_parallel
from sandbox.people import OPS_DPAAS

SECONDS = 20.0
LOCK_SECONDS = 3.0


class Row:
    """Named values that several processes share; each write is a statement of its own."""

    def __init__(self, file: str) -> None:
        self._file = file
        with closing(self._connect()) as database:
            database.execute("CREATE TABLE IF NOT EXISTS row (name TEXT PRIMARY KEY, value)")

    def get(self, name: str) -> Any:
        with closing(self._connect()) as database:
            found = database.execute("SELECT value FROM row WHERE name = ?", [name]).fetchone()
            return found[0] if found else None

    def put(self, name: str, value: Any) -> None:
        with closing(self._connect()) as database:
            database.execute("INSERT OR REPLACE INTO row VALUES (?, ?)", [name, value])

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file, timeout=SECONDS, isolation_level=None)


class Naive:
    """Refreshes when the API answers 401, and calls once more; ignores all other processes."""

    def __init__(self, row: Row, url: str) -> None:
        self.row, self.url = row, url

    def call(self) -> bool:
        """Get the accounts; returns whether that succeeded."""
        if self.row.get("access") is None:
            self.sign_in()
        if self.list_accounts() == 200:
            return True
        self.refresh()
        return self.list_accounts() == 200

    def list_accounts(self) -> int:
        bearer = {"Authorization": f"Bearer {self.row.get('access')}"}
        try:
            return requests.get(f"{self.url}/accounts", headers=bearer, timeout=SECONDS).status_code
        except requests.RequestException:
            return 0

    def sign_in(self) -> bool:
        person = {"email": OPS_DPAAS.email, "password": OPS_DPAAS.password}
        return self.fetch("login", person | {"organization_slug": OPS_DPAAS.organization_slug})

    def refresh(self) -> bool:
        return self.fetch("refresh", {"refresh_token": self.row.get("refresh")})

    def fetch(self, route: str, form: dict[str, Any]) -> bool:
        try:
            url = f"{self.url}/authentication/{route}"
            response = requests.post(url, json=form, timeout=SECONDS)
            if response.status_code != 200:
                return False
            self.store(response.json())
        except (requests.RequestException, ValueError):
            return False
        return True

    def store(self, tokens: dict[str, Any]) -> None:
        self.row.put("access", tokens["access_token"])
        self.row.put("refresh", tokens["refresh_token"])


class Resends(Naive):
    """Repeats a refresh that got no response, or a 5xx."""

    def refresh(self) -> bool:
        return any(super(Resends, self).refresh() for _ in range(3)) or self.sign_in()


class SignsInAlways(Naive):
    """The seeds' scripts: a sign-in before each call."""

    def call(self) -> bool:
        return self.sign_in() and self.list_accounts() == 200


class TrustsItsClock(Naive):
    """Holds the token's own `exp` against the clock of its process; never refreshes at a 401."""

    def call(self) -> bool:
        if self.row.get("access") is None:
            self.sign_in()
        if time.time() > _claims(self.row.get("access"))["exp"]:
            self.refresh()
        return self.list_accounts() == 200


class Locks(Naive):
    """One refresh at a time, by a lock that its holder releases, unless it dies."""

    def refresh(self) -> bool:
        give_up_at = time.monotonic() + self.row.get("patience")
        access = self.row.get("access")
        while self.row.get("locked"):
            if time.monotonic() > give_up_at:
                return False
            time.sleep(0.05)
        if self.row.get("access") != access:
            return True
        self.row.put("locked", True)
        try:
            return super().refresh()
        finally:
            self.row.put("locked", False)


class LocksForAWhile(Naive):
    """A lock that ends by itself, and a holder that does not check whether it still holds it.

    The case stops it when it has a response and has not stored it, as it does with the console.
    """

    def refresh(self) -> bool:
        if (self.row.get("locked_until") or 0.0) > time.time():
            return False
        self.row.put("locked_until", time.time() + LOCK_SECONDS)
        return super().refresh() or self.sign_in()

    def store(self, tokens: dict[str, Any]) -> None:
        time.sleep(self.row.get("think") or 0.0)
        super().store(tokens)
        self.row.put("locked_until", 0.0)


STRATEGIES = {
    strategy.__name__: strategy
    for strategy in (Naive, Resends, SignsInAlways, TrustsItsClock, Locks, LocksForAWhile)
}


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


def create_account(url: str, token: str, name: str) -> bool:
    """Create an account, and again if no response comes; returns whether one came in the end."""
    for _ in range(3):
        try:
            bearer = {"Authorization": f"Bearer {token}"}
            response = requests.post(
                f"{url}/accounts", json={"name": name}, headers=bearer, timeout=2
            )
        except requests.RequestException:
            continue
        if response.status_code < 500:
            return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m chaos.naive", description=__doc__)
    parser.add_argument("strategy", choices=STRATEGIES)
    parser.add_argument("row")
    parser.add_argument("url")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--calls", type=int, default=1, help="of each thread")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between them")
    arguments = parser.parse_args()
    client = STRATEGIES[arguments.strategy](Row(arguments.row), arguments.url)

    def work() -> list[bool]:
        results = []
        for _ in range(arguments.calls):
            results.append(client.call())
            time.sleep(arguments.pause)
        return results

    print(json.dumps([ok for results in in_parallel([work] * arguments.threads) for ok in results]))


if __name__ == "__main__":
    main()
