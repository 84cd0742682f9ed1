"""The one clock of the model: the database's and every process's, moved by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.profiles import models
from console.profiles.editing import saving
from console.profiles.lifecycle import background, lease, refresh, tokens

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)  # what a statement takes, so that nobody meets a clock that stands
# The modules of console/profiles that ask `time`.
READERS = (background, refresh, lease, models, saving, tokens)
# PostgreSQL looks for functions along its search path: ours comes before its own.
OUR_CLOCK = """
CREATE SCHEMA IF NOT EXISTS model;
CREATE OR REPLACE FUNCTION model.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
AS $$ SELECT current_setting('model.now')::timestamptz $$;
"""
SEARCH_PATH = "SET search_path = model, public, pg_catalog"


class ModelClock:
    """In the place of the module `time`, and of the database's clock.

    SQLite takes our STRFTIME for its own, and it asks the clock; PostgreSQL is told what time it is
    before each statement.
    """

    asleep: Callable[[], object]  # what a process does that sleeps, until somebody wakes it

    def __init__(self) -> None:
        self.now = BEGINNING

    def monotonic(self) -> float:
        return (self.now - BEGINNING) / timedelta(seconds=1)

    def sleep(self, seconds: float) -> None:
        wakes_at = self.now + timedelta(seconds=seconds)
        self.asleep()
        self.now = max(self.now, wakes_at)

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=round(seconds, 3))

    def tick(self) -> None:
        """A statement is made."""
        self.now += TICK
        if connection.vendor == "postgresql":
            connection.ensure_connection()
            connection.connection.execute(f"SET model.now = '{self.now.isoformat()}'")
            connection.connection.execute(SEARCH_PATH)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for module in READERS:
            patch.setattr(module, "time", self)
        connection.ensure_connection()
        if connection.vendor == "postgresql":
            connection.connection.execute(OUR_CLOCK)
        else:
            connection.connection.create_function("STRFTIME", 2, self._strftime)

    @staticmethod
    def remove() -> None:
        """Give up the connections that know the clock."""
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()

    def _strftime(self, form: str, when: str) -> str:
        assert (form, when) == ("%Y-%m-%d %H:%M:%f000", "now")
        return self.now.strftime("%Y-%m-%d %H:%M:%S.%f")
