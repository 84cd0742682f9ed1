"""What tests and the admin API see and change of an upstream while it runs."""

import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Generic

from sandbox.faults import Faults
from sandbox.sessions import P, Sessions, What
from sandbox.stats import Stats

MAX_RESET_SECONDS = 2.0


@dataclass
class Options:
    """Switches of an upstream; a subclass adds its own."""


class Controls(Generic[P]):
    """People, sessions, lifetimes, options, faults and counters of one upstream."""

    make_options: ClassVar[type[Options]] = Options

    def __init__(self, *, people: Sequence[P], sessions: Sessions[P], seed: int) -> None:
        self.people = tuple(people)
        self.sessions = sessions
        self.seed = seed
        self.stats = Stats()
        self.faults = Faults(seed)
        self.refused_emails: set[str] = set()
        self.options = self.make_options()
        self.interrupted = threading.Event()
        self._initial_lifetimes = asdict(sessions.lifetimes)

    def snapshot(self) -> dict[str, Any]:
        """All counters, the number of sessions that can be refreshed, and the log."""
        return {**self.stats.snapshot(), "sessions": len(self.sessions)}

    def reset(self) -> None:
        """Restore the seeded state: data, sessions, options, lifetimes, faults, counters."""
        self.faults.clear()
        self._end_calls_in_flight()
        self.sessions.clear()
        self.refused_emails.clear()
        self.options = self.make_options()
        self.set_lifetime(**self._initial_lifetimes)
        self.stats.reset()

    def expire(self, what: What = "access", email: str | None = None) -> None:
        """Expire tokens now: ``access``, ``refresh``, or both (``session``, ``all``)."""
        if what not in ("access", "refresh", "session", "all"):
            raise ValueError("what must be access, refresh, session or all")
        self.sessions.expire(what, email)

    def set_lifetime(
        self, access_seconds: float | None = None, refresh_seconds: float | None = None
    ) -> dict[str, float]:
        """Change how long new tokens live; those already issued keep their expiry time."""
        lifetimes = self.sessions.lifetimes
        if access_seconds is not None:
            lifetimes.access_seconds = float(access_seconds)
        if refresh_seconds is not None:
            lifetimes.refresh_seconds = float(refresh_seconds)
        return asdict(lifetimes)

    def set_credential(self, email: str, accepted: bool) -> None:
        """Refuse a person's credential, or accept it again; open sessions are not affected."""
        if email not in {person.email for person in self.people}:
            raise ValueError("nobody has that email")
        (self.refused_emails.discard if accepted else self.refused_emails.add)(email)

    def set_options(self, **values: bool) -> dict[str, Any]:
        """Change switches by name; raises ValueError for one that does not exist."""
        known = {field.name for field in fields(self.options)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        for name, value in values.items():
            setattr(self.options, name, value)
        return asdict(self.options)

    def _end_calls_in_flight(self) -> None:
        """Wake calls that a fault delays, so that they are not counted after a reset."""
        self.interrupted.set()
        self.stats.wait_until_idle(MAX_RESET_SECONDS)
        self.interrupted = threading.Event()
