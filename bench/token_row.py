"""How far the profile's token is in its life: set in its row, as time would have done."""

import sqlite3
from urllib.parse import urlsplit

import psycopg

PAST, FUTURE = "2000-01-01 00:00:00+00:00", "2100-01-01 00:00:00+00:00"


class TokenRow:
    """The token of the one profile in a console's database."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def make_fresh(self) -> None:
        self._set(advisory_refresh_at=FUTURE, access_expires_at=FUTURE)

    def enter_advisory_window(self) -> None:
        self._set(advisory_refresh_at=PAST, access_expires_at=FUTURE)

    def expire(self) -> None:
        self._set(advisory_refresh_at=PAST, access_expires_at=PAST)

    def _set(self, **columns: str) -> None:
        assignments = ", ".join(f"{name} = '{value}'" for name, value in columns.items())
        statement = f"UPDATE profiles_credentialprofile SET {assignments}"
        parts = urlsplit(self._url)
        if parts.scheme == "sqlite":
            on_sqlite = sqlite3.connect(parts.path, timeout=20, isolation_level=None)
            on_sqlite.execute(statement.replace("+00:00", ""))
            on_sqlite.close()
        else:
            folder, _, name = parts.path.lstrip("/").rpartition("/")
            with psycopg.connect(host=f"/{folder}", user="postgres", dbname=name) as connection:
                connection.execute(statement.encode())
