"""Both upstreams in one, plugged into the console's network seam: as strict as the sandbox.

It holds a ledger of every token that it gave, and whose, and it is one of the two judges: it sees
what is sent. (The other one sees the rows: tests/profiles/model/rows.py.)
"""

import json
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from console.profiles.models import Kind
from console.upstream.egress import Answer, OutgoingRequest
from console.upstream.errors import ConnectFailed, ConnectionCut
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from tests.profiles.model.invariants import Invariant, hold
from tests.profiles.model.jobs import Job
from tests.profiles.model.processes import Place, Processes

SIX_WITHIN = timedelta(seconds=300)


class Fate(Enum):
    """What becomes of one call."""

    ANSWERED = "is answered"
    FAILS = "is answered 503, nothing done"
    FAILS_AFTER_WORK = "is done and answered 502"
    LIMITED = "is answered 429"
    LOST_BEFORE_WORK = "is lost"
    LOST_AFTER_WORK = "is done, the answer lost"
    NOT_SENT = "is not sent"
    TURNED_AWAY = "is answered 401 in spite of a good token"  # an API's; other calls are answered
    REVOKED = "finds its session ended"  # at a refresh, or at a job's first call of the API


LOST = (Fate.LOST_BEFORE_WORK, Fate.LOST_AFTER_WORK)
WORKED = (Fate.ANSWERED, Fate.FAILS_AFTER_WORK, Fate.LOST_AFTER_WORK)
STATUS = {
    Fate.FAILS: 503,
    Fate.FAILS_AFTER_WORK: 502,
    Fate.LIMITED: 429,
    Fate.TURNED_AWAY: 401,
}


@dataclass(eq=False)
class Session:
    kind: str
    place: str  # the address of its auth server
    account: str
    secret: str  # what it was begun with
    ended: bool = False


@dataclass(eq=False)
class Issue:
    """One answer's pair."""

    session: Session
    access: str
    refresh: str
    given_at: datetime
    expires_at: datetime
    job: Job
    signed_in: bool  # not refreshed
    spent: bool = False
    stored_at: datetime | None = None  # the database's time
    generation: int = 0  # once it is stored


class StrictUpstream:
    """In place of `Egress`. `accounts`: the secret that is accepted, by account."""

    def __init__(self, processes: Processes, tell: Callable[[str], None]) -> None:
        self.processes = processes
        self.clock = processes.clock
        self.tell = tell
        self.life = 900.0  # seconds, of an access token
        self.forgetful = False  # no refresh token is known to it any more
        self.accounts: dict[str, str] = {}
        self.account_of: dict[uuid.UUID, str] = {}
        self.issues: dict[str, Issue] = {}  # by access token
        self.by_refresh: dict[str, Issue] = {}
        self.arrived: Counter[str] = Counter()  # refresh tokens
        self.exchanges: dict[str, list[datetime]] = {}
        self.voids: dict[uuid.UUID, list[datetime]] = {}  # when an owner's deed emptied a row

    def send(self, request: OutgoingRequest, *, deadline: float, timeline: Timeline) -> Answer:
        job = self.processes.job
        parts = urlsplit(request.url)
        self._nothing_is_held()
        self.processes.look()
        self._let_go()
        body: Any = request.json or {}
        texts = {key: one.reveal() if isinstance(one, Secret) else one for key, one in body.items()}
        self.tell(f"{job}: asks {parts.path}")
        if request.authorization:
            self._judge_token(job, request.authorization.reveal(), request.url)
        elif job.claim or not job.by_owner:
            self._judge_fetch(job, request.url)
        fate = self.processes.hand_over(Place.ASKING) or Fate.ANSWERED
        self.tell(f"{job}: {parts.path} {fate.value}")
        answer = self._outcome(job, request, texts, fate)
        self.processes.hand_over(Place.ANSWERED)
        if answer is None:
            raise ConnectionCut(request.system, host=parts.netloc, reason="before its answer")
        return answer

    # --- what is judged when a request begins ---

    def _nothing_is_held(self) -> None:
        held = connection.in_atomic_block
        if connection.vendor == "postgresql":
            held = held or connection.connection is not None
        hold(Invariant.NOTHING_HELD, not held, "a connection or a transaction is held")

    def _let_go(self) -> None:
        if connection.vendor == "postgresql":  # it was closed before the model looked at the rows
            connection.close()

    def _judge_token(self, job: Job, access: str, url: str) -> None:
        issue = self.issues[access]
        now, stored_at = self.clock.now, issue.stored_at
        hold(Invariant.OWN_TOKEN, stored_at, f"{job} with a token that was never stored")
        assert stored_at is not None
        assert job.last_statement is not None
        voids = self.voids.get(job.pk, [])
        replaced = any(stored_at < moment <= job.last_statement for moment in voids)
        hold(Invariant.OWN_TOKEN, not replaced, f"{job} with a token of before an edit")
        hold(
            Invariant.OWN_TOKEN,
            issue.session.account == self.account_of[job.pk] and API_OF[issue.session.place] in url,
            f"{job} with a token of {issue.session.account} of {issue.session.place} for {url}",
        )
        hold(
            Invariant.LIFE,
            now < issue.expires_at or issue.job is job,
            f"{job} with a token that ran out at {issue.expires_at}",
        )

    def _judge_fetch(self, job: Job, url: str) -> None:
        """A refresh or a sign-in under a lease."""
        claim = job.claim
        hold(Invariant.ONE_AT_A_TIME, claim, f"{job} without a lease")
        assert claim is not None
        hold(Invariant.UNSENT_IS_UNSPENT, not claim.unsent, f"{job} after a refresh not sent")
        hold(Invariant.NEEDS_USER, not claim.refused, f"{job} after a refusal")
        if job.automatic and url.endswith("/signin/pat"):
            times = self.exchanges.setdefault(url, [])
            times.append(self.clock.now)
            few = len(times) <= 6 or times[-1] - times[-7] > SIX_WITHIN
            hold(Invariant.SIX_EXCHANGES, few, f"{job} for the seventh time")

    # --- what becomes of it ---

    def _outcome(
        self, job: Job, request: OutgoingRequest, texts: dict[str, str], fate: Fate
    ) -> Answer | None:
        """The answer, or None where it is lost. Raises ConnectFailed."""
        refreshes = request.url.endswith(("/authentication/refresh", "/token"))
        if fate is Fate.NOT_SENT:
            if job.claim and refreshes:
                job.claim.unsent = True
            raise ConnectFailed(request.system, host=urlsplit(request.url).netloc)
        if refreshes:
            self._arrives(job, *texts.values())
        if fate is Fate.REVOKED:
            self._end_session(job, request, texts)
        if fate is Fate.REVOKED or (fate is Fate.TURNED_AWAY and not request.authorization):
            fate = Fate.ANSWERED
        done = self._work(job, request, texts) if fate in WORKED else (0, {})
        if fate in LOST:
            return None
        if fate in STATUS:
            done = STATUS[fate], {}
        if request.authorization:
            self._note_api(job, request.authorization.reveal(), done[0])
        elif done[0] == 401 and not refreshes and job.claim:
            job.claim.refused = True
        headers = {"retry-after": "20"} if done[0] == 429 else {}
        return Answer(done[0], headers, json.dumps(done[1]).encode())

    def _arrives(self, job: Job, refresh: str) -> None:
        self.arrived[refresh] += 1
        dpaas = self.by_refresh[refresh].session.kind == Kind.DPAAS
        hold(
            Invariant.NEVER_TWICE,
            self.arrived[refresh] == 1 or not dpaas,
            f"{job} sends {refresh} again",
        )

    def _end_session(self, job: Job, request: OutgoingRequest, texts: dict[str, str]) -> None:
        """The upstream has ended the session that this request is about."""
        if request.authorization:
            issue = self.issues[request.authorization.reveal()] if job.refused is None else None
        else:
            issue = next(
                (self.by_refresh[one] for one in texts.values() if one in self.by_refresh), None
            )
        if issue:
            issue.session.ended = True

    def _note_api(self, job: Job, access: str, status: int) -> None:
        generation = self.issues[access].generation
        if status == 401:
            job.refused = generation
        elif job.refused is not None:
            job.proved = generation

    def _work(
        self, job: Job, request: OutgoingRequest, texts: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Do what is asked for. Returns the status and the body."""
        if request.authorization:
            issue = self.issues[request.authorization.reveal()]
            good = self.clock.now < issue.expires_at and not issue.session.ended
            return (200, {}) if good else (401, {})
        place, route = _parted(request.url)
        if route in ("login", "pat"):
            return self._sign_in(job, place, texts)
        (refresh,) = texts.values()
        old = self.by_refresh[refresh]
        if route == "signout":
            old.session.ended = True
            return 200, {}
        if self.forgetful or old.spent or old.session.ended or old.session.place != place:
            return 401, {}
        old.spent = True
        return 200, self._issue(old.session, job, signed_in=False)

    def _sign_in(self, job: Job, place: str, texts: dict[str, str]) -> tuple[int, dict[str, Any]]:
        pat = texts.get("personalAccessToken")
        secret = pat or texts["password"]
        account = secret.partition(":")[0] if pat else texts["email"].partition("@")[0]
        if self.accounts.get(account) != secret:
            return 401, {}
        kind = Kind.DXTRA if pat else Kind.DPAAS
        return 200, self._issue(Session(kind, place, account, secret), job, signed_in=True)

    def _issue(self, session: Session, job: Job, *, signed_in: bool) -> dict[str, Any]:
        number = len(self.issues) + 1
        now = self.clock.now
        expires_at = now + timedelta(seconds=self.life)
        access, refresh = f"access-{number}", f"refresh-{number}"
        issue = Issue(session, access, refresh, now, expires_at, job, signed_in)
        self.issues[access] = self.by_refresh[refresh] = issue
        if session.kind == Kind.DXTRA:
            body = {"accessToken": access, "refreshToken": refresh}
            return {"session": {**body, "accessTokenExpiresIn": self.life}}
        return {"access_token": access, "refresh_token": refresh, "expires_in": self.life}


DPAAS = ("http://dpaas-1.example", "http://dpaas-2.example")
DXTRA = ("https://auth-1.example/v1", "https://auth-2.example/v1")
GRAPHQL_URL = "https://graphql.example/v1/graphql"
API_OF = {**{place: place for place in DPAAS}, **dict.fromkeys(DXTRA, GRAPHQL_URL)}


def _parted(url: str) -> tuple[str, str]:
    """The auth server's address, and the last part of the route."""
    place = next(place for place in API_OF if url.startswith(place))
    return place, url.rpartition("/")[2]
