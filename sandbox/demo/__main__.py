"""`python -m sandbox.demo`: everything that `make demo` starts, until Ctrl-C.

`--reload` is `make run`: Django's development server instead of gunicorn, logging to the terminal.
`manage COMMAND …` runs manage.py in the demo's environment, `MODULE …` any Python module.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.demo.environment import (
    FOLDER,
    OPS,
    READER,
    ROOT,
    Ports,
    console_environment,
    passwords,
    prepare,
)
from sandbox.demo.processes import (
    DemoFailed,
    Interrupted,
    Processes,
    check_port,
    raise_on_signals,
    wait_for,
)

RELOAD_PORT = 8090
WELCOME = """
Gatehouse is running at http://localhost:{console}/

    sign in as {ops:<20} password {ops_password}   (may create accounts)
            or {reader:<20} password {reader_password}   (may not)

Both have a Dxtra and a DPaaS profile for the sandbox upstreams (ports {dxtra} and {dpaas}).
Data and logs are kept in .demo/. Press Ctrl-C to stop.
"""


@dataclass(frozen=True)
class Demo:
    """One run of the demo; `reload` selects the development server instead of gunicorn."""

    ports: Ports
    variables: dict[str, str]
    reload: bool

    def run(self, processes: Processes) -> None:
        """Start everything, print the addresses, and wait; raises DemoFailed."""
        self._check_ports()
        processes.run("-m", "sandbox.demo.seeding", *self.ports.sandbox_origins, env=self.variables)
        self._start_sandbox(processes)
        self._start_console(processes)
        log = FOLDER / "worker.log"
        processes.start("manage.py", "worker", env=self.variables, log=log)
        password_of = passwords()
        print(
            WELCOME.format(
                console=self.ports.console,
                dxtra=self.ports.dxtra,
                dpaas=self.ports.dpaas,
                ops=OPS,
                ops_password=password_of[OPS],
                reader=READER,
                reader_password=password_of[READER],
            ),
            flush=True,
        )
        processes.wait()

    def _check_ports(self) -> None:
        check_port(self.ports.console, of="the console", variable="PORT")
        check_port(self.ports.dxtra, of="the Dxtra sandbox", variable="DXTRA_PORT")
        check_port(self.ports.dpaas, of="the DPaaS sandbox", variable="DPAAS_PORT")

    def _start_sandbox(self, processes: Processes) -> None:
        ports = f"--dxtra-port={self.ports.dxtra}", f"--dpaas-port={self.ports.dpaas}"
        log = FOLDER / "sandbox.log"
        process = processes.start("-m", "sandbox", *ports, env=self.variables, log=log)
        for origin in self.ports.sandbox_origins:
            wait_for(origin, process, log=log)

    def _start_console(self, processes: Processes) -> None:
        log: Path | None = None if self.reload else FOLDER / "console.log"
        port = str(self.ports.console)
        gunicorn, django = ("-m", "gunicorn", "console.wsgi"), ("manage.py", "runserver", port)
        process = processes.start(
            *(django if self.reload else gunicorn), env=self.variables, log=log
        )
        wait_for(f"http://127.0.0.1:{port}/healthz", process, log=log)


def main() -> int:
    """Return the exit code: 0 after a signal, 1 with a message if the demo cannot run."""
    options = _parse_arguments()
    prepare()
    ports = _ports(reload=options.reload)
    variables = console_environment(ports, os.environ, debug=options.reload)
    if options.command:
        return _run_command(options.command, variables)
    raise_on_signals()
    try:
        with Processes() as processes:
            Demo(ports, variables, options.reload).run(processes)
    except DemoFailed as error:
        print(error, file=sys.stderr)
        return 1
    except Interrupted:
        print("\nStopped.")
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="the development server")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="manage COMMAND … or MODULE …")
    return parser.parse_args()


def _run_command(command: list[str], variables: dict[str, str]) -> int:
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
