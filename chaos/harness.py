"""What a case runs with: a folder, sandboxes, consoles and databases, all ended with the case."""

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from chaos.clients import Client, shows_data, wait_until
from chaos.control import Control, add_clients, control_process
from chaos.proxy import Proxy
from chaos.upstreams import Upstream, Upstreams, run_upstreams
from tests.services.console import Console, StartConsole, consoles
from tests.services.postgres import Cluster

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass(frozen=True)
class Site:
    """A console over one database, its teammates' clients, and its control process."""

    database: str  # SQLITE or POSTGRESQL
    console: Console
    control: Control
    clients: list[Client]
    fail_points: Path

    def arm(self, point: str, action: str) -> None:
        """Have the next process that reaches this point of a refresh die, or stop."""
        unfinished = self.fail_points / f".{point}"
        unfinished.write_text(action)
        unfinished.rename(self.fail_points / point)

    def is_armed(self, point: str) -> bool:
        return (self.fail_points / point).exists()

    def make_refresh_due(self, profile: str, *, is_beside: bool) -> None:
        """Have the next call refresh the token; `is_beside`: one that lives, in a thread."""
        self.control("enter_advisory_window" if is_beside else "expire_token", profile=profile)

    def workers(self) -> set[int]:
        """The ids of the console's worker processes (proc(5))."""
        assert self.console.process
        parent = self.console.process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
        return set(map(int, children.split()))

    def settle(self, client: Client, upstream: Upstream) -> None:
        """Undo what an earlier round left behind, and wait until the profile works."""

        def works() -> bool:
            self.control("forget_sign_ins")
            self.control("end_backoff")
            return shows_data(client.call(upstream.name), upstream.name)

        assert wait_until(works, interval=0.2), f"{upstream.name} does not work to begin with"


@dataclass
class Harness:
    """Counts and durations are those of a default run, times `size`."""

    folder: Path
    stack: ExitStack
    start: StartConsole
    size: float
    databases: Sequence[str]
    title: str = ""
    cluster: Cluster | None = None
    _began: float = field(default_factory=time.monotonic)
    _paths: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def short(self) -> bool:
        """Whether this is the short form, as tests run it."""
        return self.size < 1

    def scaled(self, count: int) -> int:
        return max(1, round(count * self.size))

    def scaled_seconds(self, seconds: float) -> float:
        return seconds * self.size

    def log(self, message: str) -> None:
        """One line of progress."""
        print(f"[{time.monotonic() - self._began:4.0f} s] {self.title}: {message}", flush=True)

    def start_upstreams(self, *options: str) -> Upstreams:
        return self.stack.enter_context(run_upstreams(self.folder, *options))

    def start_proxy(self, upstream: Upstream) -> Proxy:
        return self.stack.enter_context(Proxy(*upstream.address))

    def database_url(self, database: str) -> str:
        """An empty database. The first one of PostgreSQL starts a server for this case."""
        if database == SQLITE:
            return f"sqlite:///{self._new_path('console')}.sqlite3"
        if self.cluster is None:
            self.cluster = Cluster()
            self.stack.callback(self.cluster.stop)
            self.cluster.start()
        return self.cluster.create()

    def start_site(
        self,
        database: str,
        upstreams: Upstreams,
        *,
        teammates: int = 1,
        dpaas: str = "",
        dxtra: str = "",
        workers: int = 2,
        threads: int = 4,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Site:
        """A console, and teammates with profiles at both upstreams; `dpaas` and `dxtra` are other
        URLs for them, such as those of a proxy."""
        dpaas, dxtra = dpaas or upstreams.dpaas.url, dxtra or upstreams.dxtra.url
        fail_points = self._new_path("fail-points")
        fail_points.mkdir()
        console = self.start_console(
            self.database_url(database),
            [dpaas, dxtra],
            workers=workers,
            threads=threads,
            environment={"FAIL_POINTS": str(fail_points), **environment},
        )
        control = self.stack.enter_context(control_process(console))
        clients = add_clients(control, console, teammates, dpaas=dpaas, dxtra=dxtra)
        return Site(database, console, control, clients, fail_points)

    def start_console(
        self,
        database_url: str,
        origins: Sequence[str],
        *,
        workers: int = 1,
        threads: int = 4,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Console:
        """A console; killed with the case, because a graceful stop would only take time."""
        console = self.start(
            database_url,
            workers=workers,
            threads=threads,
            upstream_origins=origins,
            **environment,
        )
        self.stack.callback(console.kill)
        return console

    def add_teammates(self, site: Site, *, dpaas: str, dxtra: str, count: int = 1) -> list[Client]:
        """More teammates, whose profiles are at these URLs."""
        return add_clients(site.control, site.console, count, dpaas=dpaas, dxtra=dxtra)

    def _new_path(self, name: str) -> Path:
        with self._lock:
            self._paths += 1
            return self.folder / f"{name}-{self._paths}"


@contextmanager
def open_harness(
    title: str = "",
    *,
    size: float = 1.0,
    databases: Sequence[str] = (SQLITE, POSTGRESQL),
    cluster: Cluster | None = None,
) -> Iterator[Harness]:
    """`cluster`: a PostgreSQL server that runs already."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-chaos-"))
        start = stack.enter_context(consoles(Path(folder)))
        yield Harness(Path(folder), stack, start, size, databases, title, cluster)
