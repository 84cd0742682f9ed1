"""The probes of a platform: /healthz (is it alive?) and /readyz (can it serve?).

What /readyz asks is asked at the start too (gunicorn.conf.py), and refuses it with a sentence.
"""

from concurrent.futures import Future
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse

from console.database.connection import unpooled_connection
from console.database.readiness import Problem, database_problem
from console.vault.columns import opens_nothing
from console.vault.keyset import KeysetUnusable
from console.vault.sealing import CannotUnseal, probe
from console.web.request_log import GetResponse

MAX_SECONDS = 1.5  # for an answer of /readyz
KEPT_SECONDS = 0.25  # that an answer serves further probes: hundreds at once ask the database once
BUILT = ("dist/app.css", "dist/app.js", "dist/admin.css", "dist/icons.json")

NO_ANSWER = Problem("database", "The database does not answer.")
WRONG_KEYSET = Problem(
    "keyset",
    "VAULT_KEYSET opens nothing of what is stored: it is another database's, or an old one. "
    "Deploy the right one. If that is lost: manage.py keys forget.",
)
NOT_BUILT = Problem(
    "front-end",
    "The front end is not built. Run npm ci && npm run build, then manage.py collectstatic.",
)


def answer_probes(get_response: GetResponse) -> GetResponse:
    """Middleware: answer before hosts and HTTPS are checked; a platform asks by IP address."""
    probes = {"/healthz": alive, "/readyz": ready}

    def middleware(request: HttpRequest) -> HttpResponse:
        return probes[request.path]() if request.path in probes else get_response(request)

    return middleware


def alive() -> HttpResponse:
    """200 while the process answers; uses neither the database nor the keyset."""
    return _plain("alive")


def ready() -> HttpResponse:
    """200 "ready", or 503 with one word for what is wrong; within MAX_SECONDS."""
    problem = _current_check.result()
    return _plain(problem.part, status=503) if problem else _plain("ready")


def first_problem() -> Problem | None:
    """What keeps the console from serving, the first of it; None where it can."""
    if not _is_built():
        return NOT_BUILT
    if not _keyset_works():
        return Problem("keyset", "VAULT_KEYSET does not open what it seals.")
    with unpooled_connection():
        if problem := database_problem():
            return problem
        return WRONG_KEYSET if opens_nothing() else None


class CurrentCheck:
    """One check at a time, in a thread, for all probes that come meanwhile or a moment later.

    A database that hangs holds this one thread, and neither a probe nor the end of the process.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._future: Future[Problem | None] | None = None
        self._began = 0.0

    def result(self) -> Problem | None:
        with self._lock:
            if self._future is None or (self._future.done() and self._is_old()):
                self._future, self._began = Future(), monotonic()
                Thread(target=_settle, args=(self._future,), daemon=True).start()
            future, give_up_at = self._future, self._began + MAX_SECONDS
        try:
            return future.result(max(give_up_at - monotonic(), 0.0))
        except TimeoutError:
            return NO_ANSWER

    def _is_old(self) -> bool:
        return monotonic() > self._began + KEPT_SECONDS


_current_check = CurrentCheck()


def _settle(future: "Future[Problem | None]") -> None:
    try:
        future.set_result(first_problem())
    except Exception as error:
        future.set_exception(error)


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        text + "\n",
        content_type="text/plain; charset=utf-8",
        status=status,
        headers={"Cache-Control": "no-store"},
    )


def _is_built() -> bool:
    """Whether pages find their files: the manifest names them, and they are there."""
    if settings.DEBUG:
        return True
    manifest: dict[str, str] = staticfiles_storage.hashed_files  # type: ignore[attr-defined]
    names = (manifest.get(name) for name in BUILT)
    return all(name and Path(settings.STATIC_ROOT, name).exists() for name in names)


def _keyset_works() -> bool:
    try:
        probe()
    except (KeysetUnusable, CannotUnseal):
        return False
    return True
