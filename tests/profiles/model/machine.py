"""What can happen, as the rules of a hypothesis state machine."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from console.profiles.models import Kind
from tests.profiles.model import jobs
from tests.profiles.model.processes import ALL, Process
from tests.profiles.model.upstream import DPAAS, DXTRA, Fate
from tests.profiles.model.world import World

LINEUPS = (
    [Kind.DPAAS],
    [Kind.DXTRA],
    [Kind.DPAAS, Kind.DXTRA],
    [Kind.DXTRA, Kind.DXTRA],
)
number = st.integers(0, 5)  # the number of a process or a profile, counted round
# Where a process stops: at its next call, sleep or end, mostly; else after so many statements.
halt = st.sampled_from([ALL, ALL, ALL, 0, 1, 2, 3])
fault = st.sampled_from([fate for fate in Fate if fate is not Fate.ANSWERED])
a_while = st.sampled_from([1, 4, 12, 31, 61, 301, 901, 3601])  # seconds
moment = st.sampled_from(
    ["refresh_after", "wait_after", "access_expires_at", "lease_until", "not_before"]
)
edits = st.sampled_from(["same secret", "right secret", "wrong secret", "no secret", "elsewhere"])

some_idle = precondition(lambda self: self.world.idle and self.world.profiles)
some_busy = precondition(lambda self: self.world.busy)


class TokenModel(RuleBasedStateMachine):
    """`world`: makes a World."""

    def __init__(self, make_world: Callable[[], World]) -> None:
        super().__init__()
        self.world = make_world()

    @initialize(kinds=st.sampled_from(LINEUPS), life=st.sampled_from([900.0, 60.0]))
    def there_are(self, kinds: list[str], life: float) -> None:
        self.world.upstream.life = life
        for kind in kinds:
            self.world.create(kind)

    # --- the console's processes ---

    @some_idle
    @rule(who=number, which=number, stop=halt)
    def calls(self, who: int, which: int, stop: int) -> None:
        self._begin(who, jobs.call(self._profile(which)), stop)

    @some_idle
    @rule(which=number)
    def calls_alone(self, which: int) -> None:
        self.world.do(jobs.call(self._profile(which)))

    @some_idle
    @rule(which=number, fate=fault)
    def calls_alone_in_vain(self, which: int, fate: Fate) -> None:
        self.world.do(jobs.call(self._profile(which)), fate)

    @some_idle
    @rule(who=number, which=number, stop=halt)
    def refreshes_by_hand(self, who: int, which: int, stop: int) -> None:
        self._begin(who, jobs.refresh_by_hand(self._profile(which)), stop)

    @some_busy
    @rule(who=number, stop=halt)
    def goes_on(self, who: int, stop: int) -> None:
        self.world.go_on(self._busy(who), Fate.ANSWERED, statements=stop)

    @some_busy
    @rule(who=number)
    def goes_on_to_the_end(self, who: int) -> None:
        self.world.finish(self._busy(who))

    @some_busy
    @rule(who=number, fate=fault, stop=halt)
    def meets_a_fault(self, who: int, fate: Fate, stop: int) -> None:
        self.world.go_on(self._busy(who), fate, statements=stop)

    @some_busy
    @rule(who=number)
    def is_killed(self, who: int) -> None:
        self.world.kill(self._busy(who))

    # --- their owner ---

    @some_idle
    @rule(who=number, which=number, what=edits, check=st.booleans(), stop=halt)
    def edits(self, who: int, which: int, what: str, check: bool, stop: int) -> None:
        pk = self._profile(which)
        account = self.world.upstream.account_of[pk]
        accepted = self.world.upstream.accounts[account]
        secret, address = None, ""
        if what in ("same secret", "right secret"):
            secret = accepted
        elif what == "wrong secret":
            secret = self.world.new_secret(account)
        elif what == "elsewhere":
            row = self.world.judge.rows[pk]
            address = _other(row.base_url, DPAAS) if row.base_url else _other(row.auth_url, DXTRA)
        self._begin(who, jobs.edit(pk, secret=secret, check=check, address=address), stop)

    @some_idle
    @rule(who=number, which=number, stop=halt)
    def signs_out(self, who: int, which: int, stop: int) -> None:
        self._begin(who, jobs.sign_out(self._profile(which)), stop)

    @some_idle
    @rule(who=number, which=number, stop=halt)
    def deletes_and_makes_another(self, who: int, which: int, stop: int) -> None:
        pk = self._profile(which)
        kind = self.world.judge.rows[pk].kind
        self._begin(who, jobs.delete(pk), stop)
        if len(self.world.profiles) < 2:
            self.world.create(kind)

    # --- whoever runs it ---

    @rule()
    def promotes_a_new_key(self) -> None:
        self.world.rotate()

    @some_idle
    @rule(who=number, which=number, stop=halt)
    def seals_anew(self, who: int, which: int, stop: int) -> None:
        self._begin(who, jobs.reseal(self._profile(which)), stop)

    # --- time, and the upstream by itself ---

    @rule(seconds=a_while)
    def time_passes(self, seconds: int) -> None:
        self.world.clock.pass_by(seconds)

    @precondition(lambda self: self.world.profiles)
    @rule(which=number, name=moment)
    def time_comes(self, which: int, name: str) -> None:
        comes_at = getattr(self._row(which), name)
        if comes_at is not None and comes_at > self.world.clock.now:
            self.world.clock.now = comes_at
            self.world.clock.tick()

    @precondition(lambda self: self.world.profiles)
    @rule(which=number)
    def the_secret_is_changed_upstream(self, which: int) -> None:
        account = self.world.upstream.account_of[self._profile(which)]
        self.world.upstream.accounts[account] = self.world.new_secret(account)

    @precondition(lambda self: self.world.profiles)
    @rule(which=number)
    def the_session_is_ended_upstream(self, which: int) -> None:
        self.world.upstream.end_sessions(self._profile(which))

    def teardown(self) -> None:
        if not self.world.broken:
            self.world.heals()

    # --- who and which ---

    def _begin(self, who: int, job: Any, stop: int) -> None:
        idle = self.world.idle
        self.world.begin(idle[who % len(idle)], job, statements=stop)

    def _busy(self, who: int) -> Process:
        busy = self.world.busy
        return busy[who % len(busy)]

    def _profile(self, which: int) -> Any:
        return self.world.profiles[which % len(self.world.profiles)]

    def _row(self, which: int) -> Any:
        return self.world.judge.rows[self._profile(which)]


def _other(address: str, addresses: tuple[str, str]) -> str:
    return addresses[1 - addresses.index(address)]
