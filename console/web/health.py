"""What a platform asks: is it alive, and can it serve?"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from console.vault.keyset import KeysetUnusable
from console.vault.sealing import CannotUnseal, probe

Respond = Callable[[HttpRequest], HttpResponse]


def probes(get_response: Respond) -> Respond:
    """Answer the probes before the host's name is looked at: a platform asks by address."""
    views = {"/healthz": alive, "/readyz": ready}

    def middleware(request: HttpRequest) -> HttpResponse:
        return views.get(request.path, get_response)(request)

    return middleware


@login_not_required
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of anybody."""
    return _plain("alive")


@login_not_required
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """200 "ready", or 503 with one word for each part that fails. Why is in the log."""
    failing = [
        word
        for word, works in (("database", _database_answers), ("keyset", _keyset_opens))
        if not works()
    ]
    return _plain("ready") if not failing else _plain(" ".join(failing), status=503)


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text + "\n", content_type="text/plain; charset=utf-8", status=status)


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
