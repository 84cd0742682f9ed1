"""Sessions and their rotating tokens, shared by both upstreams."""

import threading
import time
import uuid
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Literal, Protocol, TypeVar


class Person(Protocol):
    """A user of an upstream, identified by e-mail address."""

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
    """The tokens of one response, which tells the client that they live ``access_seconds``."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    session_id: str
    person: P
    access_seconds: int


@dataclass
class Session(Generic[P]):
    """One sign-in. Expiry times are on the monotonic clock."""

    id: str
    person: P
    refresh: str = field(repr=False, default="")
    refresh_expires_at: float = 0.0
    access_expires_at: dict[str, float] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Access(Generic[P]):
    """A known access token: its owner, and whether it is still valid."""

    person: P
    is_valid: bool


class RefreshRefused(Exception):
    """The refresh token is unknown, expired or spent.

    ``replay``: it was spent. ``revoked``: its session was ended because of that.
    """

    def __init__(self, *, replay: bool = False, revoked: bool = False) -> None:
        super().__init__("refresh token refused")
        self.replay = replay
        self.revoked = revoked


class Sessions(ABC, Generic[P]):
    """All sessions of one upstream. Each refresh token works once; there is no grace period."""

    # Whether replaying a spent refresh token ends its session; otherwise it is only refused.
    revoke_on_replay: ClassVar[bool]

    def __init__(self, lifetimes: Lifetimes) -> None:
        self.lifetimes = lifetimes
        self._lock = threading.Lock()
        self.clear()

    @abstractmethod
    def make_access(self, person: P, seconds: float) -> str:
        """A new access token that lives ``seconds``."""

    @abstractmethod
    def make_refresh(self) -> str:
        """A new refresh token."""

    def clear(self) -> None:
        """Forget every session and token."""
        with self._lock:
            self._by_refresh: dict[str, Session[P]] = {}
            self._by_access: dict[str, Session[P]] = {}
            self._spent: dict[str, Session[P]] = {}
            self._refresh_of_access: dict[str, str] = {}

    def __len__(self) -> int:
        """How many sessions can still be refreshed."""
        now = time.monotonic()
        with self._lock:
            return sum(session.refresh_expires_at > now for session in self._by_refresh.values())

    def open(self, person: P) -> Tokens[P]:
        """Start a session; every sign-in starts a new one."""
        with self._lock:
            return self._issue(Session(str(uuid.uuid4()), person))

    def rotate(self, refresh: str) -> Tokens[P]:
        """Exchange a refresh token for a new pair; raises RefreshRefused."""
        with self._lock:
            session = self._by_refresh.pop(refresh, None)
            if session is None:
                raise self._refusal(refresh)
            if session.refresh_expires_at <= time.monotonic():
                raise RefreshRefused
            self._spent[refresh] = session
            return self._issue(session)

    def find(self, access: str) -> Access[P] | None:
        """The owner and validity of an access token; None if it was never issued here."""
        with self._lock:
            session = self._by_access.get(access)
            if session is None:
                return None
            return Access(session.person, session.access_expires_at[access] > time.monotonic())

    def issued_together(self, access: str, refresh: str) -> bool:
        """Whether one response brought both tokens; False for unknown ones."""
        with self._lock:
            return self._refresh_of_access.get(access) == refresh

    def close(self, refresh: str) -> None:
        """Sign out one session; its access tokens stay valid until they expire."""
        with self._lock:
            self._by_refresh.pop(refresh, None)

    def close_all(self, person: P) -> None:
        """Sign out every session of one person."""
        with self._lock:
            for session in self._sessions_of(person.email):
                self._by_refresh.pop(session.refresh, None)

    def expire(self, what: What, email: str | None = None) -> None:
        """Expire access tokens, refresh tokens or both, of one person or of everybody."""
        with self._lock:
            for session in self._sessions_of(email):
                if what != "refresh":
                    session.access_expires_at = dict.fromkeys(session.access_expires_at, 0.0)
                if what != "access":
                    session.refresh_expires_at = 0.0

    def _sessions_of(self, email: str | None) -> list[Session[P]]:
        sessions = {session.id: session for session in self._by_access.values()}.values()
        return [session for session in sessions if email in (None, session.person.email)]

    def _issue(self, session: Session[P]) -> Tokens[P]:
        now = time.monotonic()
        access = self.make_access(session.person, self.lifetimes.access_seconds)
        session.refresh = self.make_refresh()
        session.refresh_expires_at = now + self.lifetimes.refresh_seconds
        session.access_expires_at[access] = now + self.lifetimes.access_seconds
        self._by_refresh[session.refresh] = session
        self._by_access[access] = session
        self._refresh_of_access[access] = session.refresh
        access_seconds = max(1, round(self.lifetimes.access_seconds))
        return Tokens(access, session.refresh, session.id, session.person, access_seconds)

    def _refusal(self, refresh: str) -> RefreshRefused:
        session = self._spent.get(refresh)
        if session is None or not self.revoke_on_replay:
            return RefreshRefused(replay=session is not None)
        revoked = self._by_refresh.pop(session.refresh, None) is not None
        session.access_expires_at = dict.fromkeys(session.access_expires_at, 0.0)
        return RefreshRefused(replay=True, revoked=revoked)
