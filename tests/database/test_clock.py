"""The database's clock, as SQLite writes it."""

import sqlite3
from datetime import datetime

import pytest

from console.database.clock import DatabaseNow


@pytest.mark.parametrize("second", ["15", "15.454000"])
def test_a_time_of_the_database_equals_the_same_time_in_a_parameter(second: str):
    """SQLite compares texts, and Django writes str() of a time: where rows in doubt were to be
    looked for in a whole second, a worker tried to begin without an end."""
    moment = f"2026-11-30 12:30:{second}"
    sql, _ = DatabaseNow().as_sqlite(None, None)
    query = f"SELECT {sql % ()}".replace("'now'", f"'{moment}'")
    assert sqlite3.connect(":memory:").execute(query).fetchone() == (
        str(datetime.fromisoformat(moment)),
    )
