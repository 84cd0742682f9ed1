"""``python -m sandbox``: both upstreams until a signal stops them."""

import argparse
import json
import signal
import sys
import threading
from contextlib import ExitStack

from sandbox import dpaas, dxtra


def main() -> int:
    """Start both, print their addresses as one line of JSON, wait for a signal."""
    options = _parse_arguments()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with ExitStack() as stack:
        urls = {}
        for upstream in _upstreams(options):
            try:
                stack.enter_context(upstream)
                urls[upstream.name] = upstream.url
            except OSError as error:
                port = getattr(options, f"{upstream.name}_port")
                sys.stderr.write(f"Port {port} cannot be used: {error.strerror}.\n")
                return 1
        sys.stdout.write(json.dumps(urls) + "\n")
        sys.stdout.flush()
        stopped.wait()
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--dxtra-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--dpaas-port", type=int, default=0, help="0 takes any free port")
    parser.add_argument("--seed", type=int, default=1, help="selects the generated data")
    parser.add_argument("--access-seconds-dxtra", type=float, default=dxtra.ACCESS_SECONDS)
    parser.add_argument("--access-seconds-dpaas", type=float, default=dpaas.ACCESS_SECONDS)
    parser.add_argument("--refresh-seconds-dxtra", type=float, default=dxtra.REFRESH_SECONDS)
    parser.add_argument("--refresh-seconds-dpaas", type=float, default=dpaas.REFRESH_SECONDS)
    parser.add_argument("--access-log", action="store_true", help="one line per call on stderr")
    return parser.parse_args()


def _upstreams(
    options: argparse.Namespace,
) -> tuple[dxtra.DxtraUpstream, dpaas.DpaasUpstream]:
    return (
        dxtra.DxtraUpstream(
            port=options.dxtra_port,
            seed=options.seed,
            access_seconds=options.access_seconds_dxtra,
            refresh_seconds=options.refresh_seconds_dxtra,
            access_log=options.access_log,
        ),
        dpaas.DpaasUpstream(
            port=options.dpaas_port,
            seed=options.seed,
            access_seconds=options.access_seconds_dpaas,
            refresh_seconds=options.refresh_seconds_dpaas,
            access_log=options.access_log,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
