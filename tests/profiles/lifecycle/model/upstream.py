"""Both upstreams in one, plugged into the console's network seam: as strict as the sandbox."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from console.upstream.errors import ConnectFailed, ConnectionCut
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.systems import System
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from tests.profiles.lifecycle.model.jobs import Job
from tests.profiles.lifecycle.model.ledger import API_OF, Issue, Ledger, Session
from tests.profiles.lifecycle.model.processes import Place, Processes
from tests.profiles.lifecycle.model.wire import WireJudge

StatusAndBody = tuple[int, dict[str, Any]]  # status and body


class Fate(Enum):
    """What becomes of one call."""

    ANSWERED = "is answered"
    FAILS = "is answered 503, nothing done"
    FAILS_AFTER_WORK = "is done and answered 502"
    LIMITED = "is answered 429"
    LOST_BEFORE_WORK = "is lost"
    LOST_AFTER_WORK = "is done, the answer lost"
    NOT_SENT = "is not sent"
    GATEWAY = "is answered 403 by a gateway, nothing done"
    TURNED_AWAY = "is answered 401 in spite of a good token"  # an API's; other calls are answered
    REVOKED = "finds its session ended"  # at a refresh, or at a job's first call of the API


LOST = (Fate.LOST_BEFORE_WORK, Fate.LOST_AFTER_WORK)
NOTHING_DONE = (
    Fate.FAILS,
    Fate.LIMITED,
    Fate.GATEWAY,
    Fate.LOST_BEFORE_WORK,
    Fate.TURNED_AWAY,
)
OWN_WORDS = {
    System.DPAAS: {"error": "Unauthorized", "message": "Invalid credentials"},
    System.DXTRA: {"error": "invalid-request", "message": "The request payload is incorrect"},
}
STATUS = {
    Fate.FAILS: 503,
    Fate.FAILS_AFTER_WORK: 502,
    Fate.LIMITED: 429,
    Fate.GATEWAY: 403,
    Fate.TURNED_AWAY: 401,
}


class StrictUpstream:
    """In the place of `Egress`. Hands over twice in each call: before its work, and after it."""

    def __init__(self, ledger: Ledger, processes: Processes, tell: Callable[[str], None]) -> None:
        self.ledger = ledger
        self.processes = processes
        self.judge = WireJudge(ledger, processes)
        self.tell = tell
        self.life = 900.0  # seconds, of an access token
        self.forgetful = False  # no refresh token is known to it any more

    def acquire(self, url: str, **_: Any) -> AbstractContextManager[None]:
        """There is always one: no call is ever UpstreamBusy here."""
        return nullcontext()

    def send(
        self, request: Request, *, deadline: float, timeline: Timeline, cancellation: Any = None
    ) -> Response:
        job, url = self.processes.job, urlsplit(request.url)
        access = request.authorization.reveal() if request.authorization else None
        self.judge.begins(job, request.url, access)
        self.tell(f"{job}: asks {url.path}")
        fate = self.processes.hand_over(Place.ASKING) or Fate.ANSWERED
        self.tell(f"{job}: {url.path} {fate.value}")
        told = self._call(job, access, fate) if access else self._authenticate(job, request, fate)
        self.processes.hand_over(Place.ANSWERED)
        if fate is Fate.NOT_SENT:
            raise ConnectFailed(request.system, host=url.netloc)
        if fate in LOST:
            raise ConnectionCut(request.system, host=url.netloc, reason="before its answer")
        headers = {"retry-after": "20"} if told[0] == 429 else {}
        return Response(told[0], headers, json.dumps(told[1]).encode())

    # --- the API ---

    def _call(self, job: Job, access: str, fate: Fate) -> StatusAndBody:
        issue = self.ledger.by_access[access]
        if fate is Fate.REVOKED and job.refused is None:
            issue.session.ended = True
        good = self.processes.clock.now < issue.expires_at and not issue.session.ended
        status = STATUS.get(fate, 200 if good else 401)
        if fate is Fate.NOT_SENT or fate in LOST:
            pass
        elif status == 401:
            job.refused = issue.generation
        elif job.refused is not None:
            job.proved = issue.generation
        return status, {}

    # --- the auth servers ---

    def _authenticate(self, job: Job, request: Request, fate: Fate) -> StatusAndBody:
        place = next(place for place in API_OF if request.url.startswith(place))
        body: Any = request.json
        texts = {key: one.reveal() if isinstance(one, Secret) else one for key, one in body.items()}
        route = request.url.rpartition("/")[2]
        if route in ("login", "pat"):
            return self._sign_in(job, place, texts, fate)
        (refresh,) = texts.values()
        return (self._sign_out if route == "signout" else self._refresh)(job, place, refresh, fate)

    def _sign_in(self, job: Job, place: str, texts: dict[str, str], fate: Fate) -> StatusAndBody:
        fate = Fate.ANSWERED if fate in (Fate.TURNED_AWAY, Fate.REVOKED) else fate
        if fate is Fate.NOT_SENT or fate in NOTHING_DONE:
            return STATUS.get(fate, 0), {}
        pat = texts.get("personalAccessToken")
        secret = pat or texts["password"]
        account = secret.partition(":")[0] if pat else texts["email"].partition("@")[0]
        if self.ledger.accounts.get(account) != secret:
            if job.claim and fate is Fate.ANSWERED:
                job.claim.refused = True
            return self._refused(pat is not None, fate)
        session = Session(System.DXTRA if pat else System.DPAAS, place, account, secret)
        tokens = self._issue(session, job, signed_in=True)
        return STATUS.get(fate, 200), {} if fate in STATUS else tokens

    def _refresh(self, job: Job, place: str, refresh: str, fate: Fate) -> StatusAndBody:
        if fate is Fate.NOT_SENT:
            if job.claim:
                job.claim.unsent = True
            return 0, {}
        self.judge.arrives(job, refresh)
        fate = Fate.ANSWERED if fate is Fate.TURNED_AWAY else fate
        if fate in NOTHING_DONE:
            return STATUS.get(fate, 0), {}
        issue = self.ledger.by_refresh[refresh]
        session = issue.session
        session.ended = session.ended or self.forgetful or fate is Fate.REVOKED
        if issue.spent or session.ended or session.place != place:
            return self._refused(session.kind == System.DXTRA, fate)
        issue.spent = True
        tokens = self._issue(session, job, signed_in=False)
        return STATUS.get(fate, 200), {} if fate in STATUS else tokens

    def _refused(self, dxtra: bool, fate: Fate) -> StatusAndBody:
        if fate in STATUS:
            return STATUS[fate], {}
        return 401, OWN_WORDS[System.DXTRA if dxtra else System.DPAAS]

    def _sign_out(self, job: Job, place: str, refresh: str, fate: Fate) -> StatusAndBody:
        if fate is not Fate.NOT_SENT and fate not in NOTHING_DONE:
            self.ledger.by_refresh[refresh].session.ended = True
        return STATUS.get(fate, 200), {}

    def _issue(self, session: Session, job: Job, *, signed_in: bool) -> dict[str, Any]:
        number, now = len(self.ledger.by_access) + 1, self.processes.clock.now
        access, refresh = f"access-{number}", f"refresh-{number}"
        expires_at = now + timedelta(seconds=self.life)
        self.ledger.enter(Issue(session, access, refresh, now, expires_at, job, signed_in))
        if session.kind == System.DPAAS:
            return {"access_token": access, "refresh_token": refresh, "expires_in": self.life}
        tokens = {"accessToken": access, "refreshToken": refresh}
        return {"session": {**tokens, "accessTokenExpiresIn": self.life}}
