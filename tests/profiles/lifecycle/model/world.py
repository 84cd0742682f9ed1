"""The console as it is, with its network, its clock and its processes in the model's hands."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import pytest
from django.conf import settings

from console.calls import services as records
from console.calls.models import Call
from console.profiles import clients, services
from console.profiles.editing import saving
from console.profiles.lifecycle import background
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle import tokens as lifecycle
from console.profiles.lifecycle.lease import Lease, LeaseLost
from console.profiles.models import CredentialProfile, SignInSlot
from console.team.models import User
from console.upstream.systems import System
from tests.factories import DpaasProfileFactory, DxtraProfileFactory
from tests.profiles.lifecycle.model import jobs
from tests.profiles.lifecycle.model.clock import ModelClock
from tests.profiles.lifecycle.model.invariants import Broken, Invariant, hold
from tests.profiles.lifecycle.model.jobs import Job
from tests.profiles.lifecycle.model.keysets import KEYSETS
from tests.profiles.lifecycle.model.ledger import DPAAS, DXTRA, GRAPHQL_URL, Ledger
from tests.profiles.lifecycle.model.processes import ALL, Process, Processes
from tests.profiles.lifecycle.model.rows import RowJudge
from tests.profiles.lifecycle.model.upstream import Fate, StrictUpstream

NAMES = "ABC"  # as many processes
ATTEMPTS = 6  # of a profile that should work by now: each must have its reason to wait


class World:
    """One run of the model: made for each example. `story` is what happened, line by line."""

    def __init__(self, owner: User, patch: pytest.MonkeyPatch) -> None:
        for model in (CredentialProfile, SignInSlot, Call):
            model._base_manager.all()._raw_delete("default")
        self.story: list[str] = []
        self.broken = False
        self.owner = owner
        self.clock = ModelClock()
        self.ledger = Ledger()
        self.rows = RowJudge(self.ledger, self.tell)
        self.processes = self.rows.processes = Processes(self.clock, self.rows.look)
        self.upstream = StrictUpstream(self.ledger, self.processes, self.tell)
        self.all = [Process(name) for name in NAMES]
        self.background: list[Process] = []  # refreshes that those have begun
        self._keyset = self._secrets = 0
        patch.setattr(settings, "VAULT_KEYSET", KEYSETS[0])
        for module in (clients, saving, services, jobs):
            patch.setattr(module, "egress", lambda: self.upstream)
        patch.setattr(lifecycle, "POLL_SECONDS", (2.0, 2.0))  # few looks are as good as many
        patch.setattr(lifecycle, "refresh_in_background", self._begin_background_refresh)
        # Threads of one process take turns; these are processes, of which each has its own turns.
        patch.setattr(records, "_sqlite_writer", nullcontext())
        # Each 500th record of a call deletes old ones; no run may depend on those before it.
        patch.setattr(records, "PRUNE_EVERY", 10**9)
        self.clock.install(patch)
        self.processes.install(patch)

    def tell(self, line: str) -> None:
        name = self.processes.running.name if self.processes.running else "·"
        self.story.append(f"{self.clock.monotonic():9.3f} {name} {line}")

    # --- what there is ---

    def create(self, kind: str) -> uuid.UUID:
        account = f"account-{len(self.ledger.accounts) + 1}"
        secret = self.new_secret(account)
        if kind == System.DPAAS:
            profile = DpaasProfileFactory(
                owner=self.owner,
                name=account,
                base_url=DPAAS[0],
                email=f"{account}@example.com",
                secret=secret,
            )
        else:
            profile = DxtraProfileFactory(
                owner=self.owner,
                name=account,
                auth_url=DXTRA[0],
                graphql_url=GRAPHQL_URL,
                secret=secret,
            )
        self.ledger.accounts[account] = secret
        self.ledger.account_of[profile.pk] = account
        self.rows.begin(CredentialProfile.objects.get(pk=profile.pk))
        return profile.pk

    def new_secret(self, account: str) -> str:
        self._secrets += 1
        return f"{account}:{self._secrets}"

    def promote_next_key(self) -> None:
        self._keyset = min(self._keyset + 1, len(KEYSETS) - 1)
        settings.VAULT_KEYSET = KEYSETS[self._keyset]

    @property
    def profiles(self) -> list[uuid.UUID]:
        return list(self.rows.seen)

    @property
    def idle(self) -> list[Process]:
        return [process for process in self.all if process.job is None]

    @property
    def busy(self) -> list[Process]:
        return [process for process in (*self.all, *self.background) if process.job is not None]

    # --- what happens ---

    def begin(self, process: Process, job: Job, *, points: int = ALL) -> Job:
        self.processes.begin(process, job)
        self.go_on(process, points=points)
        return job

    def go_on(self, process: Process, fate: Fate | None = None, *, points: int = ALL) -> None:
        """Let a process run; `fate` is its call's, if one is under way."""
        try:
            self.processes.go_on(process, fate, points=points)
        except Broken as error:
            self.broken = True
            error.add_note("\n".join(self.story))
            raise

    def finish(self, process: Process, fate: Fate = Fate.ANSWERED) -> None:
        """Let a process run to its end; every call on the way has the same fate."""
        steps = 0
        while process.job is not None:
            self.go_on(process, fate)
            steps += 1
            hold(Invariant.ENDS, steps < 60, f"{process.name} does not end")

    def do(self, job: Job, fate: Fate = Fate.ANSWERED) -> Job:
        """Let an idle process do a whole job while nobody else moves."""
        process, before, steps = self.idle[0], len(self.background), 0
        self.begin(process, job)
        # Its background refreshes go on with it: it may wait for one of them.
        while running := [each for each in (process, *self.background[before:]) if each.job]:
            steps += 1
            hold(Invariant.ENDS, steps < 120, f"{process.name} does not end")
            for each in running:
                self.go_on(each, fate)
        self.tell(f"{process.name} {job}: {job.ended} {job.status or ''}")
        return job

    def _begin_background_refresh(self, lease: Lease, egress: Any) -> None:
        """In the place of a thread: a process of its own, which may die without the other."""
        self.processes.look()  # the claim was the caller's, and now it is the refresh's
        caller = self.processes.job

        def work() -> None:
            with suppress(LeaseLost):
                background.refresh_and_record(lease, egress)

        job = Job(caller.task, lease.row.pk, work, claim=caller.claim)
        caller.claim = None
        process = Process(f"{self.processes.running.name}'")
        self.processes.begin(process, job)
        self.background.append(process)

    def kill(self, process: Process) -> None:
        self.tell(f"{process.name} is killed")
        self.processes.kill(process)

    # --- the end ---

    def heals(self) -> None:
        """All processes die, the leases run out, the upstream is well: every profile works."""
        for process in self.busy:
            self.kill(process)
        self.upstream.forgetful = False
        self.clock.pass_by(leases.LEASE_SECONDS + 1)
        for pk in self.profiles:
            self._works(pk)

    def _works(self, pk: uuid.UUID) -> None:
        for _ in range(ATTEMPTS):
            job = self.do(jobs.call(pk))
            if job.status == 200:
                return
            self._find_the_reason(pk, job)
        raise Broken(Invariant.HEALS, f"{job}: {job.ended} {job.status}")

    def _find_the_reason(self, pk: uuid.UUID, job: Job) -> None:
        """Why it did not work at once, and do what helps. Raises Broken where there is none."""
        row = CredentialProfile.objects.get(pk=pk)
        accepted = self.ledger.accounts[self.ledger.account_of[pk]]
        if job.ended == "credential_needs_owner":
            wrong = leases.open_credential(row).reveal() != accepted
            hold(Invariant.HEALS, wrong, f"{job}: the credential is right")
            self.do(jobs.edit(pk, secret=accepted, check=False))
        elif job.ended in ("sign_in_paused", "sign_ins_limited"):
            assert row.backoff_until is not None
            wait = (row.backoff_until - self.clock.now).total_seconds()
            longest = 3600 if "many sign-ins" in row.last_error else 90
            hold(Invariant.HEALS, 0 < wait <= longest, f"{job}: paused for {wait} s")
            self.clock.pass_by(wait + 1)
        else:
            turned_away = job.ended == "done" and job.status == 401
            hold(Invariant.HEALS, turned_away, f"{job}: {job.ended} {job.status}")
            self.clock.pass_by(61)  # until a refresh may be forced again


@contextmanager
def worlds(owner: User) -> Iterator[Callable[[], World]]:
    """Gives a function that makes a new World, of which there is one at a time."""
    world: World | None = None
    with pytest.MonkeyPatch.context() as patch:

        def make() -> World:
            nonlocal world
            patch.undo()
            world = World(owner, patch)
            return world

        try:
            yield make
        finally:
            for process in world.busy if world else []:
                process.die()
            patch.undo()
            ModelClock.remove()
