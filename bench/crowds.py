"""Many at once: throughput, its tail, and what a refresh costs those who wait for it."""

from bench.clients import Target, at_once, steadily
from bench.measure import Row, ms, p50, p99
from bench.scene import Signed, Upstream
from bench.tokens import Life

LATENCY = 0.2  # seconds of the upstream
REFRESH = 0.3


def throughput(name: str, upstream: Upstream, page: Target, *, seconds: float) -> list[Row]:
    """32 clients that call again as soon as they are answered."""
    upstream.set(api_seconds=LATENCY)
    steadily(page, 32, 1.0)
    rate, taken = steadily(page, 32, seconds)
    upstream.set(api_seconds=0.0)
    possible = 32 / LATENCY
    how = f"{rate:.0f} a second; {len(taken)} calls"
    return [
        Row(f"32 at once at 200 ms, of {possible:.0f} a second ({name})", rate / possible, 0.80,
            unit="", least=True, how=how),
        Row(f"their p99, against their p50 ({name})", p99(taken) / p50(taken), 2.0,
            how=f"{ms(p99(taken))}, {ms(p50(taken))}"),
    ]  # fmt: skip


def refreshes(name: str, upstream: Upstream, signed: Signed, *, bursts: int) -> list[Row]:
    """200 at once: with a fresh token, in the advisory window, and with an expired one."""
    life = Life(signed.console.database_url)
    upstream.set(auth_seconds=REFRESH)
    at_once(signed.page, 200)
    fresh, advisory, expired = [], [], []
    before = upstream.set()["refreshes"]
    for _ in range(bursts):
        life.is_fresh()
        fresh.append(at_once(signed.page, 200))
        life.is_in_its_advisory_window()
        advisory.append(at_once(signed.page, 200))
        life.has_run_out()
        expired.append(at_once(signed.page, 200))
    done = upstream.set(auth_seconds=0.0)["refreshes"] - before
    assert done == 2 * bursts, f"{done} refreshes in {2 * bursts} bursts"
    typical = [p50([p50(burst) for burst in kind]) for kind in (fresh, advisory)]
    last = [p50([max(burst) for burst in kind]) for kind in (fresh, expired)]
    count = f"{bursts} bursts of each"
    return [
        Row(f"200 at once in the advisory window, against a fresh token ({name})",
            typical[1] / typical[0], 1.15, how=f"{ms(typical[1])}, {ms(typical[0])}; {count}"),
        Row(f"200 at once on an expired token: added to the last, of the refresh's 300 ms ({name})",
            (last[1] - last[0]) / REFRESH, 1.3, how=f"{ms(last[1])}, {ms(last[0])}; {count}, "
            "one refresh each"),
    ]  # fmt: skip
