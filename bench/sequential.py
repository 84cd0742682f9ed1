"""One call after the other: what the console adds to a call, beside those that do without it."""

from bench.clients import Target, seeds_script, with_requests
from bench.measure import Row, interleaved, ms, p50
from bench.processes import SignedIn, Upstream


def against_scripts(
    upstream: Upstream, page: Target, proxied: Target | None, *, rounds: int
) -> list[Row]:
    """The page, the upstream answering in 50 ms, against scripts and, if it is there, nginx."""
    upstream.set(api_seconds=0.05, auth_seconds=0.05)
    calls = [
        with_requests(page),
        with_requests(upstream.target()),
        seeds_script(upstream.url),
        *([with_requests(proxied)] if proxied else []),
    ]
    console, ready, seeds, *rest = map(p50, interleaved(calls, rounds=rounds, each=5))
    upstream.set(api_seconds=0.0, auth_seconds=0.0)
    count = f"{rounds * 5} calls of each"
    rows = [
        Row(
            "page at 50 ms, against `requests.Session` with a ready token",
            console / ready,
            1.20,
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
    calls = [with_requests(page), with_requests(forwarder)]
    console, bare = map(p50, interleaved(calls, rounds=rounds, each=20))
    return Row(
        f"own cost at 0 ms, against a bare forwarder ({name})",
        console / bare,
        bar,
        how=f"{ms(console)}, {ms(bare)}; {rounds * 20} calls of each",
    )


def own_pages(name: str, upstream: Upstream, signed_in: SignedIn, *, rounds: int) -> list[Row]:
    """The pages that call no upstream, against `/accounts/` without its upstream.

    Without: less what the same call costs a `requests.Session`, all four measured by turns.
    """
    paths = ("/profiles/", "/calls/")
    calls = [with_requests(signed_in.accounts), *(with_requests(signed_in.page(p)) for p in paths)]
    calls.append(with_requests(upstream.target()))
    accounts, *pages, bare = map(p50, interleaved(calls, rounds=rounds, each=20))
    own = accounts - bare
    return [
        Row(
            f"`{path}`, against `/accounts/` without its upstream ({name})",
            page / own,
            1.5,
            how=f"{ms(page)}, {ms(accounts)} - {ms(bare)}; {rounds * 20} calls of each",
        )
        for path, page in zip(paths, pages, strict=True)
    ]
