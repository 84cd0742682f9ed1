"""``python -m sandbox``: both upstreams until a signal ends them."""

import argparse
import json
import signal
import sys
import threading
from contextlib import ExitStack

from sandbox import dpaas, dxtra


def main() -> int:
    """Start both, print their addresses as one line of JSON, wait for a signal."""
    wanted = _arguments()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with ExitStack() as running:
        urls = {}
        for upstream in _upstreams(wanted):
            try:
                running.enter_context(upstream)
                urls[upstream.name] = upstream.url
            except OSError as error:
                port = getattr(wanted, f"{upstream.name}_port")
                sys.stderr.write(f"Port {port} cannot be used: {error.strerror}.\n")
                return 1
        sys.stdout.write(json.dumps(urls) + "\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--dxtra-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--dpaas-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", type=int, default=1, help="which made-up data")
    parser.add_argument("--access-seconds-dxtra", type=float, default=dxtra.ACCESS_SECONDS)
    parser.add_argument("--access-seconds-dpaas", type=float, default=dpaas.ACCESS_SECONDS)
    parser.add_argument("--refresh-seconds-dxtra", type=float, default=dxtra.REFRESH_SECONDS)
    parser.add_argument("--refresh-seconds-dpaas", type=float, default=dpaas.REFRESH_SECONDS)
    parser.add_argument("--access-log", action="store_true", help="one line a call on stderr")
    return parser.parse_args()


def _upstreams(
    wanted: argparse.Namespace,
) -> tuple[dxtra.DxtraUpstream, dpaas.DpaasUpstream]:
    return (
        dxtra.DxtraUpstream(
            port=wanted.dxtra_port,
            seed=wanted.seed,
            access_seconds=wanted.access_seconds_dxtra,
            refresh_seconds=wanted.refresh_seconds_dxtra,
            access_log=wanted.access_log,
        ),
        dpaas.DpaasUpstream(
            port=wanted.dpaas_port,
            seed=wanted.seed,
            access_seconds=wanted.access_seconds_dpaas,
            refresh_seconds=wanted.refresh_seconds_dpaas,
            access_log=wanted.access_log,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
