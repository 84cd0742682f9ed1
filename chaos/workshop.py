"""Where one case works: a folder, sandboxes, consoles and databases, all ended when it is left."""

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from chaos.callers import Caller
from chaos.desk import Ask, callers, desk
from chaos.proxy import Proxy
from chaos.upstreams import Upstream, Upstreams, upstreams
from tests.services.console import Console, StartConsole, consoles
from tests.services.postgres import Cluster

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@dataclass(frozen=True)
class Site:
    """A console over one database, the people in it, and its desk."""

    database: str  # SQLITE or POSTGRESQL
    console: Console
    ask: Ask
    callers: list[Caller]
    fail_points: Path

    def arm(self, point: str, action: str) -> None:
        """Have the next process that comes to this point of a refresh die, or stop."""
        unfinished = self.fail_points / f".{point}"
        unfinished.write_text(action)
        unfinished.rename(self.fail_points / point)

    def is_armed(self, point: str) -> bool:
        return (self.fail_points / point).exists()


@dataclass
class Workshop:
    """Counts and durations are those of a default run, times `size`."""

    folder: Path
    stack: ExitStack
    start: StartConsole
    size: float
    databases: Sequence[str]
    title: str = ""
    cluster: Cluster | None = None
    _began: float = field(default_factory=time.monotonic)
    _made: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def short(self) -> bool:
        """Is it the short form, as tests run it?"""
        return self.size < 1

    def times(self, count: int) -> int:
        return max(1, round(count * self.size))

    def seconds(self, seconds: float) -> float:
        return seconds * self.size

    def say(self, words: str) -> None:
        """One line of progress."""
        print(f"[{time.monotonic() - self._began:4.0f} s] {self.title}: {words}", flush=True)

    def upstreams(self, *options: str) -> Upstreams:
        return self.stack.enter_context(upstreams(self.folder, *options))

    def proxy(self, upstream: Upstream) -> Proxy:
        return self.stack.enter_context(Proxy(*upstream.address))

    def database_url(self, database: str) -> str:
        """An empty database. The first of PostgreSQL starts a server of this case's own."""
        if database == SQLITE:
            return f"sqlite:///{self._new('console')}.sqlite3"
        if self.cluster is None:
            self.cluster = Cluster()
            self.stack.callback(self.cluster.stop)
            self.cluster.start()
        return self.cluster.create()

    def site(
        self,
        database: str,
        judges: Upstreams,
        *,
        teammates: int = 1,
        dpaas: str = "",
        dxtra: str = "",
        workers: int = 2,
        threads: int = 4,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> Site:
        """A console, and teammates with profiles; `dpaas` and `dxtra` where not straight to the
        sandbox, as through a proxy."""
        dpaas, dxtra = dpaas or judges.dpaas.url, dxtra or judges.dxtra.url
        fail_points = self._new("fail-points")
        fail_points.mkdir()
        console = self.console(
            self.database_url(database),
            [dpaas, dxtra],
            workers=workers,
            threads=threads,
            environment={"FAIL_POINTS": str(fail_points), **environment},
        )
        ask = self.stack.enter_context(desk(console))
        people = callers(ask, console, teammates, dpaas=dpaas, dxtra=dxtra)
        return Site(database, console, ask, people, fail_points)

    def console(
        self,
        database_url: str,
        origins: Sequence[str],
        *,
        workers: int = 1,
        threads: int = 4,
        environment: Mapping[str, str],
    ) -> Console:
        """A console, killed at the end: there is nothing left to be graceful about."""
        console = self.start(
            database_url,
            workers=workers,
            threads=threads,
            upstream_origins=origins,
            **environment,
        )
        self.stack.callback(console.kill)
        return console

    def teammates(self, site: Site, *, dpaas: str, dxtra: str, count: int = 1) -> list[Caller]:
        """More people in a site, whose profiles are at these addresses."""
        return callers(site.ask, site.console, count, dpaas=dpaas, dxtra=dxtra)

    def _new(self, name: str) -> Path:
        with self._lock:
            self._made += 1
            return self.folder / f"{name}-{self._made}"


@contextmanager
def workshop(
    title: str = "",
    *,
    size: float = 1.0,
    databases: Sequence[str] = (SQLITE, POSTGRESQL),
    cluster: Cluster | None = None,
) -> Iterator[Workshop]:
    """`cluster`: a PostgreSQL server that is running already."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-chaos-"))
        start = stack.enter_context(consoles(Path(folder)))
        yield Workshop(Path(folder), stack, start, size, databases, title, cluster)
