"""The judge of what is sent: sees each request when it begins, and each refresh that arrives."""

from datetime import timedelta

from django.db import connection

from console.upstream.systems import System
from tests.profiles.lifecycle.model.invariants import Invariant, hold
from tests.profiles.lifecycle.model.jobs import Job
from tests.profiles.lifecycle.model.ledger import API_OF, Ledger
from tests.profiles.lifecycle.model.processes import Processes

FIVE_MINUTES = timedelta(minutes=5)


class WireJudge:
    def __init__(self, ledger: Ledger, processes: Processes) -> None:
        self.ledger = ledger
        self.processes = processes

    def begins(self, job: Job, url: str, access: str | None) -> None:
        """`job` sends a request to `url`, with an access token or to an auth server."""
        self._nothing_is_held()
        if access:
            self._token(job, url, access)
        elif not job.by_owner:
            self._fetch(job, url)

    def arrives(self, job: Job, refresh: str) -> None:
        """A refresh token reaches its upstream, whatever becomes of it there."""
        self.ledger.arrived[refresh] += 1
        once = self.ledger.arrived[refresh] == 1
        dpaas = self.ledger.by_refresh[refresh].session.kind == System.DPAAS
        hold(Invariant.NEVER_TWICE, once or not dpaas, f"{job} sends {refresh} again")

    def _nothing_is_held(self) -> None:
        on_postgres = connection.vendor == "postgresql"
        held = connection.connection is not None
        if held and not on_postgres:  # an open SQLite connection holds nothing between statements
            held = connection.connection.in_transaction
        hold(Invariant.NOTHING_HELD, not held, "a connection or a transaction is held")
        self.processes.look()
        if on_postgres:
            connection.close()

    def _token(self, job: Job, url: str, access: str) -> None:
        issue = self.ledger.by_access[access]
        stored_at, looked_at = issue.stored_at, job.last_statement
        hold(Invariant.OWN_TOKEN, stored_at, f"{job} with a token that was never stored")
        assert stored_at is not None
        assert looked_at is not None
        voids = self.ledger.voids.get(job.pk, [])
        replaced = any(stored_at < moment <= looked_at for moment in voids)
        hold(Invariant.OWN_TOKEN, not replaced, f"{job} with a token of before an edit")
        session = issue.session
        own = session.account == self.ledger.account_of[job.pk] and API_OF[session.place] in url
        hold(Invariant.OWN_TOKEN, own, f"{job} with a token of {session.place} for {url}")
        lives = self.processes.clock.now < issue.expires_at or issue.job is job
        hold(Invariant.LIFE, lives, f"{job} with a token that ran out at {issue.expires_at}")

    def _fetch(self, job: Job, url: str) -> None:
        """A refresh or a sign-in under a lease."""
        claim = job.claim
        hold(Invariant.ONE_AT_A_TIME, claim, f"{job} without a lease")
        assert claim is not None
        hold(Invariant.UNSENT_IS_UNSPENT, not claim.unsent, f"{job} after a refresh not sent")
        hold(Invariant.NEEDS_USER, not claim.refused, f"{job} after a refusal")
        if job.automatic and url.endswith("/signin/pat"):
            times = self.ledger.exchanges.setdefault(url, [])
            times.append(self.processes.clock.now)
            few = len(times) <= 6 or times[-1] - times[-7] > FIVE_MINUTES
            hold(Invariant.SIX_EXCHANGES, few, f"{job} for the seventh time")
