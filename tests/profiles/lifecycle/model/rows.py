"""The judge of the rows: sees what each statement changed in a profile's row, and who made it."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from console.profiles.lifecycle import lease as leases
from console.profiles.models import CredentialProfile, TokenState
from tests.profiles.lifecycle.model.invariants import Invariant, hold
from tests.profiles.lifecycle.model.jobs import Claim, Job, Task
from tests.profiles.lifecycle.model.ledger import Issue, Ledger
from tests.profiles.lifecycle.model.processes import Processes

HOUR = timedelta(hours=1) - timedelta(milliseconds=1)  # the row counts in floats
MINUTE = timedelta(minutes=1)
PLACES = ("auth_url", "graphql_url", "base_url", "email", "organization_slug")
JUDGED = (
    *PLACES,
    "generation",
    "state",
    "lease_owner",
    "lease_epoch",
    "backoff_until",
    "forced_at",
)


class RowJudge:
    """Remembers every row as it was last seen. `look` compares, after each statement."""

    processes: Processes  # which call `look`

    def __init__(self, ledger: Ledger, tell: Callable[[str], None]) -> None:
        self.ledger = ledger
        self.tell = tell
        self.seen: dict[uuid.UUID, CredentialProfile] = {}
        self.sign_ins: dict[uuid.UUID, list[datetime]] = {}  # by ourselves
        self.forced: dict[uuid.UUID, datetime] = {}
        self._changes = -1

    def begin(self, row: CredentialProfile) -> None:
        self.seen[row.pk] = row

    def look(self) -> None:
        """Judge what the running process has changed since the last look."""
        if connection.vendor == "sqlite":  # which counts its changes: most statements make none
            connection.ensure_connection()
            changes, self._changes = self._changes, connection.connection.total_changes
            if changes == self._changes:
                return
        job = self.processes.job
        now = {row.pk: row for row in CredentialProfile.objects.order_by()}
        for pk, before in list(self.seen.items()):
            if pk not in now:
                hold(Invariant.OVERTAKEN, job.task is Task.DELETE, f"{job} deleted a row")
                del self.seen[pk]
            elif _differs(before, now[pk]):
                self._judge(job, before, now[pk])
                self.seen[pk] = now[pk]

    # --- one change of one row ---

    def _judge(self, job: Job, before: CredentialProfile, row: CredentialProfile) -> None:
        self.tell(f"{job}: {_told(before)} → {_told(row)}")
        self._judge_credential(job, before, row)
        grown = row.generation >= before.generation and row.lease_epoch >= before.lease_epoch
        hold(Invariant.GENERATION, grown, f"{job}: {_told(before)} → {_told(row)}")
        if job.by_owner:
            self._judge_owner(job, before, row)
            return
        if before.state == TokenState.NEEDS_USER:
            hold(Invariant.NEEDS_USER, row.state == before.state, f"{job}: now {row.state}")
        if row.generation != before.generation:
            self._judge_store(job, before, row)
        elif row.lease_epoch != before.lease_epoch or row.lease_owner not in (
            None,
            before.lease_owner,
        ):
            self._judge_claim(job, before, row)
        elif row.state != before.state or row.lease_owner != before.lease_owner:
            self._judge_end(job, before, row)
        elif job.task is Task.RESEAL:
            same = _tokens(before) == _tokens(row)
            hold(Invariant.ONE_ANSWER, same, "other tokens after sealing anew")
        else:
            known = row.forced_at is None and before.forced_at is not None
            hold(Invariant.OVERTAKEN, known, f"{job} wrote what it may not")
            hold(Invariant.FORCED, job.proved == row.generation, f"{job} took it for proved")
            self.forced.pop(row.pk, None)

    def _judge_credential(
        self, job: Job, before: CredentialProfile, row: CredentialProfile
    ) -> None:
        if _bytes(row.sealed_credential) == _bytes(before.sealed_credential):
            return
        text = leases.open_credential(row).reveal()
        expected = job.secret
        if job.task is Task.RESEAL:
            expected = leases.open_credential(before).reveal()
        hold(Invariant.CREDENTIAL, text == expected, f"{job} changed it")

    def _judge_owner(self, job: Job, before: CredentialProfile, row: CredentialProfile) -> None:
        """An edit, a sign-out, or what a delete begins with."""
        renewed = _bytes(row.sealed_credential) != _bytes(before.sealed_credential)
        moved = any(getattr(row, name) != getattr(before, name) for name in PLACES)
        if row.generation == before.generation and not renewed and not moved:
            plain = row.state == before.state and row.lease_epoch == before.lease_epoch
            plain = plain and _tokens(row) == _tokens(before)
            hold(Invariant.GENERATION, plain, f"{job}: new tokens, the old generation")
            return
        newer = row.generation > before.generation and row.lease_epoch > before.lease_epoch
        hold(Invariant.GENERATION, newer, f"{job}: the old generation or epoch goes on")
        if before.state == TokenState.NEEDS_USER and row.state != TokenState.NEEDS_USER:
            hold(Invariant.NEEDS_USER, job.task is Task.EDIT, f"{job}: now {row.state}")
        if row.sealed_tokens is not None:
            self._stored(job, row)
        assert job.last_statement is not None
        self.ledger.voids.setdefault(row.pk, []).append(job.last_statement)
        self.sign_ins.pop(row.pk, None)
        self.forced.pop(row.pk, None)

    def _judge_claim(self, job: Job, before: CredentialProfile, row: CredentialProfile) -> None:
        now = self.processes.clock.now
        over = before.lease_until is None or before.lease_until < now
        hold(Invariant.ONE_AT_A_TIME, over, f"{job} claimed a lease until {before.lease_until}")
        fetches = job.task in (Task.CALL, Task.BY_HAND) and row.state == TokenState.REFRESHING
        hold(Invariant.OVERTAKEN, fetches, f"{job}: {_told(before)} → {_told(row)}")
        hold(Invariant.NEEDS_USER, before.state != TokenState.NEEDS_USER, f"{job} claimed it")
        assert row.lease_owner is not None
        prior = before.state if before.lease_owner is None else TokenState.UNKNOWN
        job.claim = Claim(row.lease_owner, row.lease_epoch, prior)
        if not job.automatic:
            return
        paused = before.backoff_until is not None and now < before.backoff_until
        hold(Invariant.LEFT_ALONE, not paused, f"{job} before {before.backoff_until}")
        asked = job.refused == before.generation
        due = before.advisory_refresh_at is None or now >= before.advisory_refresh_at
        hold(Invariant.NOT_NEEDED, due or asked, f"{job} before {before.advisory_refresh_at}")

    def _judge_store(self, job: Job, before: CredentialProfile, row: CredentialProfile) -> None:
        self._held(job, before)
        hold(
            Invariant.GENERATION,
            (row.generation, row.state) == (before.generation + 1, TokenState.VALID),
            f"{job}: {_told(before)} → {_told(row)}",
        )
        issue = self._stored(job, row)
        given_at = issue.given_at
        if job.automatic and job.refused == before.generation:
            last = self.forced.get(row.pk)
            seldom = last is None or given_at - last >= MINUTE
            hold(Invariant.FORCED, seldom, f"{job}: {given_at} after {last}")
            self.forced[row.pk] = given_at
        if job.automatic and issue.signed_in:
            times = self.sign_ins.setdefault(row.pk, [])
            times.append(given_at)
            few = len(times) <= 5 or times[-1] - times[-6] >= HOUR
            hold(Invariant.FIVE_AN_HOUR, few, f"{job} for the sixth time")

    def _judge_end(self, job: Job, before: CredentialProfile, row: CredentialProfile) -> None:
        """A lease that was given back without tokens."""
        claim = self._held(job, before)
        tokens = _tokens(row)
        if row.state == TokenState.VALID:
            unspent = tokens and not self.ledger.arrived[tokens[1]]
            hold(Invariant.SPENT_IS_STICKY, unspent, f"{job} made {tokens} valid again")
        if claim.unsent:
            hold(Invariant.UNSENT_IS_UNSPENT, row.state == claim.prior_state, f"now {row.state}")
        needs_user = row.state == TokenState.NEEDS_USER
        hold(Invariant.NEEDS_USER, needs_user == claim.refused, f"{job}: {row.state}")

    def _held(self, job: Job, before: CredentialProfile) -> Claim:
        claim, job.claim = job.claim, None
        held = claim and (claim.owner, claim.epoch) == (before.lease_owner, before.lease_epoch)
        hold(Invariant.OVERTAKEN, held, f"{job} wrote, the lease was another's")
        assert claim is not None
        return claim

    def _stored(self, job: Job, row: CredentialProfile) -> Issue:
        """Fresh tokens: one answer's, given to this job, to this credential, at this address."""
        access, refresh = _tokens(row)
        issue = self.ledger.by_access[access]
        whole = issue.refresh == refresh and issue.job is job
        hold(Invariant.ONE_ANSWER, whole, f"{access} and {refresh}")
        session = issue.session
        place = row.auth_url or row.base_url
        fitting = (session.place, session.secret) == (place, leases.open_credential(row).reveal())
        hold(Invariant.OWN_TOKEN, fitting, f"{job} stored a token of {session.place}")
        in_time = row.access_expires_at is not None and row.access_expires_at <= issue.expires_at
        hold(Invariant.LIFE, in_time, f"{row.access_expires_at} > {issue.expires_at}")
        issue.stored_at, issue.generation = job.last_statement, row.generation
        return issue


def _differs(before: CredentialProfile, row: CredentialProfile) -> bool:
    if any(getattr(before, name) != getattr(row, name) for name in JUDGED):
        return True
    sealed = ("sealed_credential", "sealed_tokens")
    return any(_bytes(getattr(before, name)) != _bytes(getattr(row, name)) for name in sealed)


def _bytes(value: Any) -> bytes:
    return bytes(value or b"")


def _tokens(row: CredentialProfile) -> tuple[str, str]:
    """(access token, refresh token); empty texts where there are none."""
    if row.sealed_tokens is None:
        return "", ""
    access, refresh = leases.open_tokens(row)
    return access.reveal(), refresh.reveal() if refresh else ""


def _told(row: CredentialProfile) -> str:
    return f"{row.state} {row.generation} ({row.lease_epoch})"
