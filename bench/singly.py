"""One call after the other: what the console adds to a call, against those who do without it."""

from bench.clients import Target, as_the_seeds_do, with_requests
from bench.measure import Row, in_turn, ms, p50
from bench.scene import Upstream


def against_scripts(
    upstream: Upstream, page: Target, proxied: Target | None, *, rounds: int
) -> list[Row]:
    """The page, the upstream answering in 50 ms, against scripts and, if it is there, nginx."""
    upstream.set(api_seconds=0.05, auth_seconds=0.05)
    calls = [
        with_requests(page),
        with_requests(upstream.target()),
        as_the_seeds_do(upstream.url),
        *([with_requests(proxied)] if proxied else []),
    ]
    taken = in_turn(calls, rounds=rounds, each=5)
    upstream.set(api_seconds=0.0, auth_seconds=0.0)
    console, ready, seeds, *rest = map(p50, taken)
    count = f"{rounds * 5} calls of each"
    rows = [
        Row(
            "page at 50 ms, against `requests.Session` with a ready token",
            console / ready,
            1.10,
            how=f"{ms(console)}, {ms(ready)}; {count}",
        ),
        Row(
            "the same, against the seeds' script",
            console / seeds,
            0.60,
            how=f"{ms(console)}, {ms(seeds)}; {count}",
        ),
    ]
    for nginx in rest:
        rows.append(
            Row(
                "the same, against nginx that adds the header",
                console / nginx,
                None,
                how=f"{ms(console)}, {ms(nginx)}; {count}",
            )
        )
    return rows


def own_cost(name: str, page: Target, forwarder: Target, *, bar: float, rounds: int) -> Row:
    """The page at 0 ms, against a WSGI app that only forwards."""
    taken = in_turn([with_requests(page), with_requests(forwarder)], rounds=rounds, each=20)
    console, bare = map(p50, taken)
    return Row(
        f"own cost at 0 ms, against a bare forwarder ({name})",
        console / bare,
        bar,
        how=f"{ms(console)}, {ms(bare)}; {rounds * 20} calls of each",
    )
