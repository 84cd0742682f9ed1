"""The probes of a platform: /healthz (is it alive?) and /readyz (can it serve?)."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from console.vault.keyset import KeysetUnusable
from console.vault.sealing import CannotUnseal, probe
from console.web.request_log import GetResponse


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
    """200 "ready", or 503 with one word for each part that fails."""
    parts = {"database": _database_answers, "keyset": _keyset_opens}
    failing = [word for word, works in parts.items() if not works()]
    return _plain(" ".join(failing), status=503) if failing else _plain("ready")


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(
        text + "\n",
        content_type="text/plain; charset=utf-8",
        status=status,
        headers={"Cache-Control": "no-store"},
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _keyset_opens() -> bool:
    try:
        probe()
    except (KeysetUnusable, CannotUnseal):
        return False
    return True
