"""`manage.py worker`: carries out bulk jobs, until SIGTERM. Any number may run, on any machines."""

import logging
import time
from threading import Thread
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from console.accounts.bulk.running.reviving import revive

REVIVE_EVERY_SECONDS = 5.0
RESTART_AFTER_SECONDS = 1.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Carry out bulk jobs in the background, until SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--interval", type=float, default=0.5, help="seconds between two looks for a task"
        )

    def handle(self, *args: Any, interval: float, **options: Any) -> None:
        Thread(target=_revive_again_and_again, name="revive", daemon=True).start()
        while True:
            try:
                call_command("db_worker", interval=interval, startup_delay=False, reload=False)
                return
            except DatabaseError:
                log.exception("The worker has lost its database, and starts again")
            connections.close_all()
            time.sleep(RESTART_AFTER_SECONDS)


def _revive_again_and_again() -> None:
    while True:
        try:
            if count := revive():
                log.warning("%s jobs that no worker went on with were given to one", count)
        except DatabaseError:
            log.exception("Jobs could not be looked after")
        connections.close_all()  # it would be missing elsewhere while this thread sleeps
        time.sleep(REVIVE_EVERY_SECONDS)
