"""Why the database cannot be used, in one sentence for its operator."""

import re
import sqlite3
from dataclasses import dataclass

from django.conf import settings
from django.db import (
    DatabaseError,
    Error,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    transaction,
)
from django.db.migrations.executor import MigrationExecutor

# What the drivers and servers say, and what it means. Their own words may name hosts and users.
MEANINGS = (
    (r"password|authentication failed", "its server refuses the user or the password"),
    (r"role .* does not exist", "its server does not know the user"),
    (r"database .* does not exist", "its server has no database of this name"),
    (r"resolve host|translate host|not known", "its host is unknown"),
    (r"connection option", "PostgreSQL does not know one of its options"),
    (r"too many clients|connection slots", "its server takes no more connections"),
    (r"starting up|shutting down", "its server is starting or stopping"),
    (r"pg_hba|SSL|certificate", "its server refuses the connection: look at sslmode"),
    (r"refused|no route|unreachable|timeout|timed out|socket", "no server answers at its address"),
    (r"readonly|read-only", "it is read-only"),
    (r"permission denied", "its user may not write to it"),
    (r"disk is full|no space left|could not extend|disk I/O", "its disk is full, or broken"),
    (r"not a database|malformed", "its file is not a SQLite database, or it is damaged"),
    (r"unable to open", "its file cannot be opened: its folder must exist and be writable"),
    (r"locked", "another process keeps it locked"),
)
WRITE_ONE_ROW = (  # always the same one, under a key that no cache uses
    "INSERT INTO {table} (cache_key, value, expires) VALUES ('probe', '', '2100-01-01 00:00:00') "
    "ON CONFLICT (cache_key) DO UPDATE SET value = excluded.value"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """`part`: one word for a probe. `sentence`: what is wrong and what to do; holds no secret."""

    part: str
    sentence: str


POOLER = Problem(
    "database",
    "DATABASE_URL leads to a pooler. Set DATABASE_PREPARED_STATEMENTS to true if it keeps the "
    "prepared statements of its clients, as PgBouncer does from 1.21 on; otherwise to false.",
)


def database_problem(*, migrated: bool = True) -> Problem | None:
    """Connect, read and write: the first thing that fails, if any.

    `migrated`: whether its tables must be there, as they are after manage.py migrate.
    """
    try:
        _check_it_can_be_written()
        if settings.DATABASE_PREPARED_STATEMENTS is None and _is_behind_a_pooler():
            return POOLER
        if not migrated:
            return None
        if pending := pending_migrations():
            what = "1 migration is" if pending == 1 else f"{pending} migrations are"
            return Problem("migrations", f"{what} pending. Run manage.py migrate.")
        _write()
    except Error as error:
        return Problem("database", f"DATABASE_URL cannot be used: {meaning(error)}.")
    return None


def can_write() -> bool:
    """Whether a row can be committed now."""
    try:
        _write()
    except Error:
        return False
    return True


def pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def is_unavailable(error: BaseException | None) -> bool:
    """Whether a query failed because of the database, and not because of what was asked."""
    cause = error.__cause__ if error else None
    if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
        return False  # SQLite's word for wrong SQL, a missing table included
    if isinstance(error, OperationalError | InterfaceError | InternalError):
        return True
    return type(error) is DatabaseError  # SQLite's own for a damaged file


def meaning(error: Error) -> str:
    for pattern, words in MEANINGS:
        if re.search(pattern, str(error), re.IGNORECASE):
            return words
    return f"it answered with {type(error.__cause__ or error).__name__}"


def _check_it_can_be_written() -> None:
    """Begin a transaction that may write. (On SQLite that takes the lock of writers.)"""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_is_in_recovery(), current_setting('transaction_read_only')")
            if cursor.fetchone() != (False, "off"):
                raise OperationalError("read-only")
        else:
            cursor.execute("SELECT 1")


def _is_behind_a_pooler() -> bool:
    """Whether another process of the server answers than the one that the connection was told of.

    A pooler names one of its own, because a client cancels its query by that number.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (answers,) = cursor.fetchone()
    return bool(answers != connection.connection.info.backend_pid)


def _write() -> None:
    """Commit a row: only that shows that a disk has room."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(WRITE_ONE_ROW.format(table=table))
