"""What can happen, as the rules of a hypothesis state machine."""

import uuid
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from console.upstream.systems import System
from tests.profiles.lifecycle.model import jobs
from tests.profiles.lifecycle.model.jobs import Job
from tests.profiles.lifecycle.model.ledger import DPAAS, DXTRA
from tests.profiles.lifecycle.model.processes import ALL, Process
from tests.profiles.lifecycle.model.upstream import Fate
from tests.profiles.lifecycle.model.world import World

LINEUPS = (
    [System.DPAAS],
    [System.DXTRA],
    [System.DPAAS, System.DXTRA],
    [System.DXTRA, System.DXTRA],
)
number = st.integers(0, 5)  # the number of a process or a profile, counted round
# Where a process stops: at its next call, sleep or end, mostly; else after so many points.
halt = st.sampled_from([ALL, ALL, 0, 0, 1, 2, 3])
a_while = st.sampled_from([0, 0, 0, 1, 12, 31, 61, 301, 3601])  # seconds
# Until when time passes first: not at all, until the next moment that stands in the row, or this.
moment = st.sampled_from(
    ["", "next", "next", "advisory_refresh_at", "access_expires_at", "lease_until"]
)
MOMENTS = (
    "advisory_refresh_at",
    "access_expires_at",
    "lease_until",
    "backoff_until",
)
fault = st.sampled_from([fate for fate in Fate if fate is not Fate.ANSWERED])
times = st.sampled_from([1, 1, 1, 2, 7])
typed = st.sampled_from(["right secret"] * 3 + ["no secret", "elsewhere", "wrong secret", "late"])

some_idle = precondition(lambda self: self.world.idle)
some_busy = precondition(lambda self: self.world.busy)


class TokenModel(RuleBasedStateMachine):
    """`world`: makes a World."""

    def __init__(self, make_world: Callable[[], World]) -> None:
        super().__init__()
        self.world = make_world()
        self.kind = ""

    @initialize(
        kinds=st.sampled_from(LINEUPS),
        life=st.sampled_from([900.0, 60.0]),
        forgetful=st.sampled_from([False, False, True]),
    )
    def there_are(self, kinds: list[str], life: float, forgetful: bool) -> None:
        self.world.upstream.life = life
        self.world.upstream.forgetful = forgetful
        for self.kind in kinds:
            self.world.create(self.kind)

    @invariant()
    def there_is_always_one(self) -> None:
        if self.kind and not self.world.profiles:
            self.world.create(self.kind)

    # --- the console's processes ---

    @some_idle
    @rule(who=number, which=number, when=moment, stop=halt)
    def calls(self, who: int, which: int, when: str, stop: int) -> None:
        self._time_comes(which, when)
        self._begin(who, jobs.call(self._profile(which)), stop)

    @some_idle
    @rule(which=number, when=moment, times=times)
    def calls_alone(self, which: int, when: str, times: int) -> None:
        self._call(which, when, times, Fate.ANSWERED)

    @some_idle
    @rule(which=number, when=moment, times=times, fate=fault)
    def calls_alone_in_trouble(self, which: int, when: str, times: int, fate: Fate) -> None:
        self._call(which, when, times, fate)

    @some_busy
    @rule(who=number, wait=a_while, stop=halt)
    def goes_on(self, who: int, wait: int, stop: int) -> None:
        self.world.clock.pass_by(wait)
        self.world.go_on(self._busy(who), points=stop)

    @some_busy
    @rule(who=number, wait=a_while, fate=fault, stop=halt)
    def meets_a_fault(self, who: int, wait: int, fate: Fate, stop: int) -> None:
        self.world.clock.pass_by(wait)
        self.world.go_on(self._busy(who), fate, points=stop)

    @some_busy
    @rule(who=number, wait=a_while)
    def goes_on_to_the_end(self, who: int, wait: int) -> None:
        self.world.clock.pass_by(wait)
        self.world.finish(self._busy(who))

    @some_busy
    @rule(who=number)
    def is_killed(self, who: int) -> None:
        self.world.kill(self._busy(who))

    # --- what else is done with a profile ---

    @some_idle
    @rule(who=number, which=number, what=typed, check=st.booleans(), stop=halt)
    def is_edited(self, who: int, which: int, what: str, check: bool, stop: int) -> None:
        pk = self._profile(which)
        account = self.world.ledger.account_of[pk]
        secret, address = None, ""
        if what == "late":  # the upstream has changed it meanwhile
            self.world.ledger.accounts[account] = self.world.new_secret(account)
        elif what == "right secret":
            secret = self.world.ledger.accounts[account]
        elif what == "wrong secret":
            secret = self.world.new_secret(account)
        elif what == "elsewhere":  # where the secret is asked for again
            secret = self.world.ledger.accounts[account]
            row = self.world.rows.seen[pk]
            address = _other(row.base_url, DPAAS) if row.base_url else _other(row.auth_url, DXTRA)
        self._begin(who, jobs.edit(pk, secret=secret, check=check, address=address), stop)

    @some_idle
    @rule(
        who=number,
        which=number,
        job=st.sampled_from([jobs.refresh_by_hand, jobs.sign_out, jobs.reseal, jobs.delete]),
        stop=halt,
    )
    def is_treated(self, who: int, which: int, job: Callable[[uuid.UUID], Job], stop: int) -> None:
        if job is jobs.reseal:
            self.world.promote_next_key()
        self._begin(who, job(self._profile(which)), stop)

    def teardown(self) -> None:
        if not self.world.broken:
            self.world.heals()

    # --- who and which ---

    def _begin(self, who: int, job: Any, stop: int) -> None:
        idle = self.world.idle
        self.world.begin(idle[who % len(idle)], job, points=stop)

    def _call(self, which: int, when: str, times: int, fate: Fate) -> None:
        for _ in range(times):
            self._time_comes(which, when)
            self.world.do(jobs.call(self._profile(which)), fate)

    def _busy(self, who: int) -> Process:
        busy = self.world.busy
        return busy[who % len(busy)]

    def _profile(self, which: int) -> Any:
        return self.world.profiles[which % len(self.world.profiles)]

    def _time_comes(self, which: int, when: str) -> None:
        """Let time pass until a moment that stands in a row, if that is to come."""
        row, clock = self.world.rows.seen[self._profile(which)], self.world.clock
        names = {"": (), "next": MOMENTS}.get(when, (when,))
        moments = [moment for name in names if (moment := getattr(row, name))]
        if to_come := [moment for moment in moments if moment > clock.now]:
            clock.now = min(to_come)
            clock.tick()


def _other(address: str, addresses: tuple[str, str]) -> str:
    return addresses[1 - addresses.index(address)]
