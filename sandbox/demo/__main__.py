"""`python -m sandbox.demo`: everything that `make demo` starts, until Ctrl-C.

`--reload` is `make run`: Django's development server in place of gunicorn, its log on the screen.
`manage COMMAND …` runs manage.py in the demo's environment, `MODULE …` any Python module.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.place import FOLDER, OPS, READER, ROOT, Ports, environment, passwords, prepare
from sandbox.demo.processes import (
    CannotRun,
    Ended,
    Processes,
    check_port,
    end_on_signals,
    wait_for,
)

RELOAD_PORT = 8090
WELCOME = """
Gatehouse answers at http://localhost:{console}/

    sign in as {ops:<20} password {ops_password}   (may create accounts)
            or {reader:<20} password {reader_password}   (may not)

Both have a Dxtra and a DPaaS profile for the sandbox upstreams (ports {dxtra} and {dpaas}).
Data and logs are kept in .demo/. Ctrl-C ends it all.
"""


@dataclass(frozen=True)
class Demo:
    """One run: its ports, the console's environment, gunicorn or the development server."""

    ports: Ports
    variables: dict[str, str]
    reload: bool

    def run(self, running: Processes) -> None:
        """Start everything, say where it is, and stay; raises CannotRun."""
        self._check_ports()
        running.run("-m", "sandbox.demo.seeding", *self.ports.sandbox_origins, env=self.variables)
        self._start_sandbox(running)
        self._start_console(running)
        known = passwords()
        print(
            WELCOME.format(
                console=self.ports.console,
                dxtra=self.ports.dxtra,
                dpaas=self.ports.dpaas,
                ops=OPS,
                ops_password=known[OPS],
                reader=READER,
                reader_password=known[READER],
            ),
            flush=True,
        )
        running.wait()

    def _check_ports(self) -> None:
        check_port(self.ports.console, of="the console", variable="PORT")
        check_port(self.ports.dxtra, of="the Dxtra sandbox", variable="DXTRA_PORT")
        check_port(self.ports.dpaas, of="the DPaaS sandbox", variable="DPAAS_PORT")

    def _start_sandbox(self, running: Processes) -> None:
        ports = f"--dxtra-port={self.ports.dxtra}", f"--dpaas-port={self.ports.dpaas}"
        log = FOLDER / "sandbox.log"
        process = running.start("-m", "sandbox", *ports, env=self.variables, log=log)
        for origin in self.ports.sandbox_origins:
            wait_for(origin, process, log=log)

    def _start_console(self, running: Processes) -> None:
        log: Path | None = None if self.reload else FOLDER / "console.log"
        port = str(self.ports.console)
        gunicorn, django = ("-m", "gunicorn", "console.wsgi"), ("manage.py", "runserver", port)
        process = running.start(*(django if self.reload else gunicorn), env=self.variables, log=log)
        wait_for(f"http://127.0.0.1:{port}/healthz", process, log=log)


def main() -> int:
    """Return the exit code: 0 when it was asked to end, 1 with a sentence when it cannot run."""
    wanted = _arguments()
    prepare()
    ports = _ports(reload=wanted.reload)
    variables = environment(ports, os.environ, debug=wanted.reload)
    if wanted.command:
        return _in_the_environment(wanted.command, variables)
    end_on_signals()
    try:
        with Processes() as running:
            Demo(ports, variables, wanted.reload).run(running)
    except CannotRun as reason:
        print(reason, file=sys.stderr)
        return 1
    except Ended:
        print("\nEnded.")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="the development server")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="manage COMMAND … or MODULE …")
    return parser.parse_args()


def _in_the_environment(command: list[str], variables: dict[str, str]) -> int:
    program = ["manage.py"] if command[0] == "manage" else ["-m", command[0]]
    return subprocess.call([sys.executable, *program, *command[1:]], cwd=ROOT, env=variables)


def _ports(*, reload: bool) -> Ports:
    try:
        return Ports(
            console=int(os.environ.get("PORT") or (RELOAD_PORT if reload else Ports.console)),
            dxtra=int(os.environ.get("DXTRA_PORT") or Ports.dxtra),
            dpaas=int(os.environ.get("DPAAS_PORT") or Ports.dpaas),
        )
    except ValueError:
        sys.exit("PORT, DXTRA_PORT and DPAAS_PORT must be numbers.")


if __name__ == "__main__":
    sys.exit(main())
