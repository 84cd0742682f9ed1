"""A rotation while teammates work: no call fails, and a reseal that was killed is resumed."""

import dataclasses
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from requests.cookies import RequestsCookieJar

from console.vault import rotation
from console.vault.keyset import read_handle, write_keyset
from sandbox.people import DPAAS_PEOPLE
from tests.services.console import ROOT, Console, StartConsole, free_port, sign_in
from tests.services.teammate import PASSPHRASE
from tests.vault.traffic import Balancer, Traffic

PROFILES = 600  # beside those in use, so that a reseal takes its time
PREPARE = f"""
from sandbox.people import DPAAS_PEOPLE
from tests.factories import DpaasProfileFactory, UserFactory
for person in DPAAS_PEOPLE[:3]:
    user = UserFactory(email=person.email, password="{PASSPHRASE}")
    DpaasProfileFactory(owner=user, base_url="{{url}}", person=person)
for number in range({PROFILES}):
    DpaasProfileFactory(owner=user, name=str(number))
"""


def key_ids(keyset: str) -> list[int]:
    return [key.id for key in rotation.keys_of(read_handle(keyset))]


def signed_in(one: Console, email: str) -> RequestsCookieJar:
    """A teammate's cookies. The connection is closed: a console that stops would wait for it."""
    with sign_in(one.url, email, PASSPHRASE) as session:
        return session.cookies


class Deployment:
    """Two consoles on one database behind a balancer, and the keyset that is deployed to them."""

    def __init__(self, folder: Path, first: Console) -> None:
        self.folder, self.keyset = folder, first.environment["VAULT_KEYSET"]
        self.consoles = [first, self.started(first, self.keyset)]
        self.balancer = Balancer(*self.consoles)

    def started(self, like: Console, keyset: str) -> Console:
        port = free_port()
        environment = like.environment | {"VAULT_KEYSET": keyset, "PORT": str(port)}
        log = self.folder / f"{port}.log"
        return Console(like.database_url, environment, port, log).start()

    def deploy(self, keyset: str, traffic: Traffic) -> None:
        """One console after the other; in between both keysets serve, side by side."""
        with ThreadPoolExecutor() as pool:
            successors = list(pool.map(lambda old: self.started(old, keyset), self.consoles))
        for old, new in zip(self.consoles, successors, strict=True):
            self.balancer.exchange(old, new)
            traffic.for_calls(10)
        self.consoles, self.keyset = successors, keyset

    def keys(self, *arguments: str) -> str:
        """Run `manage.py keys` with the keyset that is deployed."""
        return self._here.manage("keys", *arguments).strip()

    def sealed_by(self, key_id: int) -> list[int]:
        """How many values of each column the key has sealed, as `keys status` says."""
        rows = [line.split() for line in self.keys("status").splitlines()]
        return [int(count) for row in rows if row[0] == str(key_id) for count in row[2:]]

    def killed_reseal(self) -> None:
        """Begin to reseal, and kill -9 the process when it first tells how far it is."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", "keys", "reseal"],
            cwd=ROOT,
            env=self._here.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        assert process.stderr
        assert process.stderr.readline().startswith(b"credentials: 50 of ")
        process.kill()
        assert process.wait() == -signal.SIGKILL
        process.stderr.close()

    @property
    def _here(self) -> Console:
        one = self.consoles[0]
        environment = one.environment | {"VAULT_KEYSET": self.keyset}
        return dataclasses.replace(one, environment=environment, process=None)

    def stop(self) -> None:
        for one in self.consoles:
            one.stop()


def test_keys_are_rotated_under_load_without_a_failed_call(
    console: StartConsole, database_url: str, dpaas: Any, tmp_path: Path
):
    dpaas.set_lifetime(access_seconds=2.0)  # so that tokens are sealed all the time
    first = console(database_url, workers=2, upstream_origins=[dpaas.url])
    first.manage("shell", "-v0", "-c", PREPARE.format(url=dpaas.url))
    cookies = [signed_in(first, person.email) for person in DPAAS_PEOPLE[:3]]
    deployment = Deployment(tmp_path, first)
    old = key_ids(deployment.keyset)[0]
    try:
        with Traffic(deployment.balancer, cookies) as traffic:
            deployment.deploy(deployment.keys("add"), traffic)
            new = key_ids(deployment.keyset)[1]
            deployment.deploy(deployment.keys("promote", str(new)), traffic)
            deployment.killed_reseal()
            assert 0 < deployment.sealed_by(old)[0] < PROFILES + 3
            deployment.keys("reseal")
            assert set(deployment.sealed_by(old)) == {0}
            deployment.deploy(deployment.keys("disable", str(old)), traffic)
            refreshes = dpaas.stats.counts.refreshes
            traffic.until(lambda: dpaas.stats.counts.refreshes > refreshes)
            assert traffic.failures == []
            assert traffic.calls > 6 * 10
            assert dpaas.stats.counts.replays == 0
            _a_key_that_seals_before_all_can_open_makes_calls_fail(deployment, traffic)
    finally:
        deployment.stop()


def _a_key_that_seals_before_all_can_open_makes_calls_fail(
    deployment: Deployment, traffic: Traffic
) -> None:
    """The negative control: promoted without having been deployed first."""
    handle, newest = rotation.add_key(read_handle(deployment.keyset))
    old = deployment.consoles[0]
    ahead = deployment.started(old, write_keyset(rotation.promote_key(handle, newest)))
    deployment.consoles[0] = ahead
    deployment.balancer.exchange(old, ahead)
    traffic.until(lambda: traffic.failures != [])
