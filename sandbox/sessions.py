"""Sessions and their rotating tokens, shared by both upstreams."""

import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Literal, Protocol, TypeVar


class Person(Protocol):
    """Whoever signs in; both upstreams know people by e-mail address."""

    @property
    def email(self) -> str: ...


P = TypeVar("P", bound=Person)
What = Literal["access", "refresh", "session", "all"]


@dataclass
class Lifetimes:
    """How long new tokens live, in seconds. May be changed while the server runs."""

    access_seconds: float
    refresh_seconds: float


@dataclass(frozen=True)
class Tokens(Generic[P]):
    """One answer's pair. ``access_seconds`` is what the answer tells the client."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    session_id: str
    person: P
    access_seconds: int


@dataclass
class Session(Generic[P]):
    id: str
    person: P
    refresh: str = field(repr=False)
    refresh_until: float
    access_until: dict[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Access(Generic[P]):
    """A known access token: whose, and whether it is still good."""

    person: P
    live: bool


class RefreshRefused(Exception):
    """Unknown, expired or spent. ``revoked`` tells whether a session died for it."""

    def __init__(self, *, replay: bool = False, revoked: bool = False) -> None:
        super().__init__("refresh token refused")
        self.replay = replay
        self.revoked = revoked


class Sessions(Generic[P]):
    """All sessions of one upstream. Each refresh token works once; there is no grace.

    ``revoke_on_replay``: a spent token that comes again ends its session (DPaaS, the
    strictest reading of its guide); otherwise it is refused and harms nothing (Nhost Auth).
    """

    def __init__(
        self,
        lifetimes: Lifetimes,
        *,
        make_access: Callable[[P, float], str],
        make_refresh: Callable[[], str],
        revoke_on_replay: bool,
    ) -> None:
        self.lifetimes = lifetimes
        self._make_access = make_access
        self._make_refresh = make_refresh
        self._revoke_on_replay = revoke_on_replay
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget every session and token."""
        with self._lock:
            self._by_refresh: dict[str, Session[P]] = {}
            self._by_access: dict[str, Session[P]] = {}
            self._spent: dict[str, Session[P]] = {}
            self._refresh_beside: dict[str, str] = {}

    def __len__(self) -> int:
        """How many sessions can still be refreshed."""
        now = time.monotonic()
        with self._lock:
            return sum(session.refresh_until > now for session in self._by_refresh.values())

    def seconds_left(self, session_id: str) -> float:
        """How long the session can still be refreshed, in seconds; 0 if it is over."""
        now = time.monotonic()
        with self._lock:
            ends = [one.refresh_until for one in self._by_refresh.values() if one.id == session_id]
            return max([end - now for end in ends], default=0.0)

    def open(self, person: P) -> Tokens[P]:
        """Begin a session: a new one for every sign-in."""
        with self._lock:
            session = Session(str(uuid.uuid4()), person, "", 0.0)
            return self._issue(session)

    def rotate(self, refresh: str) -> Tokens[P]:
        """Spend a refresh token for a new pair; raises RefreshRefused."""
        with self._lock:
            session = self._by_refresh.pop(refresh, None)
            if session is None:
                raise self._refusal(refresh)
            if session.refresh_until <= time.monotonic():
                raise RefreshRefused
            self._spent[refresh] = session
            return self._issue(session)

    def find(self, access: str) -> Access[P] | None:
        """Who holds this access token; None if it was never issued here."""
        with self._lock:
            session = self._by_access.get(access)
            if session is None:
                return None
            return Access(session.person, session.access_until[access] > time.monotonic())

    def are_of_one_answer(self, access: str, refresh: str) -> bool:
        """Whether one answer brought both tokens; False for a torn pair, or unknown ones."""
        with self._lock:
            return self._refresh_beside.get(access) == refresh

    def close(self, refresh: str) -> bool:
        """Sign out one session; access tokens already issued live on. False if unknown."""
        with self._lock:
            return self._by_refresh.pop(refresh, None) is not None

    def close_all(self, person: P) -> None:
        """Sign out every session of one person."""
        with self._lock:
            for session in self._of(person.email):
                self._by_refresh.pop(session.refresh, None)

    def expire(self, what: What, email: str | None = None) -> None:
        """End access tokens, refresh tokens or both, of one person or of everybody."""
        with self._lock:
            for session in self._of(email):
                if what != "refresh":
                    session.access_until = dict.fromkeys(session.access_until, 0.0)
                if what != "access":
                    session.refresh_until = 0.0

    def _of(self, email: str | None) -> list[Session[P]]:
        every = {session.id: session for session in self._by_access.values()}
        return [one for one in every.values() if email in (None, one.person.email)]

    def _issue(self, session: Session[P]) -> Tokens[P]:
        now = time.monotonic()
        access = self._make_access(session.person, self.lifetimes.access_seconds)
        session.refresh = self._make_refresh()
        session.refresh_until = now + self.lifetimes.refresh_seconds
        session.access_until[access] = now + self.lifetimes.access_seconds
        self._by_refresh[session.refresh] = session
        self._by_access[access] = session
        self._refresh_beside[access] = session.refresh
        told = max(1, round(self.lifetimes.access_seconds))
        return Tokens(access, session.refresh, session.id, session.person, told)

    def _refusal(self, refresh: str) -> RefreshRefused:
        session = self._spent.get(refresh)
        if session is None or not self._revoke_on_replay:
            return RefreshRefused(replay=session is not None)
        revoked = self._by_refresh.pop(session.refresh, None) is not None
        session.access_until = dict.fromkeys(session.access_until, 0.0)
        return RefreshRefused(replay=True, revoked=revoked)


def random_hex(length: int) -> str:
    """``length`` random bytes as hexadecimal digits."""
    return secrets.token_hex(length)
