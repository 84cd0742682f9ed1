"""The one clock of the model: the database's and every process's, moved by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from console.profiles import fetching, lease, models, services, tokens

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)  # what a statement takes; so nothing can wait for a still clock
TELLERS = (fetching, lease, models, services, tokens)  # whoever asks `time` in console/profiles


class ModelClock:
    """Stands in for the module `time`, and for the clock of the database.

    SQLite takes our STRFTIME for its own. PostgreSQL finds our CLOCK_TIMESTAMP() first, by the
    search path; it reads a setting of the connection, which is set before each statement.
    """

    def __init__(self) -> None:
        self.now = BEGINNING
        self.asleep: Any = None  # what a process does that sleeps, until somebody wakes it

    def monotonic(self) -> float:
        return (self.now - BEGINNING) / timedelta(seconds=1)

    def sleep(self, seconds: float) -> None:
        wakes_at = self.now + timedelta(seconds=seconds)
        self.asleep()
        self.now = max(self.now, wakes_at)

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=round(seconds, 3))

    def tick(self) -> None:
        self.now += TICK

    # --- the database's ---

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in TELLERS:
            monkeypatch.setattr(module, "time", self)
        connection.close()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "CREATE SCHEMA IF NOT EXISTS model;"
                    "CREATE OR REPLACE FUNCTION model.clock_timestamp() RETURNS timestamptz AS"
                    " 'SELECT current_setting(''model.now'')::timestamptz' LANGUAGE sql VOLATILE"
                )
            connection.close()
        connection_created.connect(self._teach)
        connection.ensure_connection()

    def remove(self) -> None:
        connection_created.disconnect(self._teach)
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()

    def tell(self) -> None:
        """Tell PostgreSQL what time it is; SQLite asks by itself."""
        if connection.vendor == "postgresql":
            connection.ensure_connection()
            connection.connection.execute(f"SET model.now = '{self.now.isoformat()}'")

    def _teach(self, connection: Any, **_: Any) -> None:
        if connection.vendor == "postgresql":
            connection.connection.execute("SET search_path = model, public, pg_catalog")
        else:
            connection.connection.create_function("STRFTIME", 2, self._strftime)

    def _strftime(self, form: str, when: str) -> str:
        assert (form, when) == ("%Y-%m-%d %H:%M:%f000", "now")
        return self.now.strftime("%Y-%m-%d %H:%M:%S.%f")
