"""Many calls at once: throughput, its tail, and what a refresh costs those who wait for it."""

from bench.clients import Target, burst, closed_loop
from bench.measure import Row, ms, p50, p99
from bench.processes import SignedIn, Upstream
from bench.token_row import TokenRow

LATENCY = 0.2  # seconds of the upstream
REFRESH = 0.3


def throughput(name: str, upstream: Upstream, page: Target, *, seconds: float) -> list[Row]:
    """32 clients that call again as soon as they have their response."""
    upstream.set(api_seconds=LATENCY)
    closed_loop(page, 32, 1.0)
    rate, durations = closed_loop(page, 32, seconds)
    upstream.set(api_seconds=0.0)
    possible = 32 / LATENCY
    how = f"{rate:.0f} a second; {len(durations)} calls"
    return [
        Row(f"32 at once at 200 ms, of {possible:.0f} a second ({name})", rate / possible, 0.80,
            unit="", at_least=True, how=how),
        Row(f"their p99, against their p50 ({name})", p99(durations) / p50(durations), 2.0,
            how=f"{ms(p99(durations))}, {ms(p50(durations))}"),
    ]  # fmt: skip


def refreshes(name: str, upstream: Upstream, signed_in: SignedIn, *, bursts: int) -> list[Row]:
    """200 at once: with a fresh token, in the advisory window, and with an expired one."""
    token = TokenRow(signed_in.console.database_url)
    page = signed_in.accounts
    upstream.set(auth_seconds=REFRESH)
    burst(page, 200)
    fresh, advisory, expired = [], [], []
    before = upstream.set()["refreshes"]
    for _ in range(bursts):
        token.make_fresh()
        fresh.append(burst(page, 200))
        token.enter_advisory_window()
        advisory.append(burst(page, 200))
        token.expire()
        expired.append(burst(page, 200))
    refreshed = upstream.set(auth_seconds=0.0)["refreshes"] - before
    assert refreshed == 2 * bursts, f"{refreshed} refreshes in {2 * bursts} bursts"
    typical = [p50([p50(durations) for durations in kind]) for kind in (fresh, advisory)]
    last = [p50([max(durations) for durations in kind]) for kind in (fresh, expired)]
    count = f"{bursts} bursts of each"
    return [
        Row(f"200 at once in the advisory window, against a fresh token ({name})",
            typical[1] / typical[0], 1.3, how=f"{ms(typical[1])}, {ms(typical[0])}; {count}"),
        Row(f"200 at once on an expired token: added to the last, of the refresh's 300 ms ({name})",
            (last[1] - last[0]) / REFRESH, 1.3, how=f"{ms(last[1])}, {ms(last[0])}; {count}, "
            "one refresh each"),
    ]  # fmt: skip
