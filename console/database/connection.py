"""The thread's connection to the database, given back while somebody else is waited for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, connection, connections


def release_connection() -> None:
    """Give the connection back to the pool before an upstream, or another process, is waited for.

    An open SQLite connection holds no lock between statements, and opening one costs more.
    """
    if connection.in_atomic_block:
        raise RuntimeError("an upstream must not be waited for inside a transaction")
    if connection.vendor != "sqlite":
        connection.close()


def forget_written() -> None:
    """Close an SQLite connection after a large value was written; the next statement opens it.

    A prepared statement holds the values that it was last given, for as long as the thread lives:
    of eight answers of 12.8 MB, eight copies of 3.4 MB.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        connection.close()


@contextmanager
def unpooled_connection() -> Iterator[None]:
    """Within the block this thread has a connection of its own, outside of the pool.

    It fails at once, with the reason, where the pool goes on trying; and it leaves nothing behind
    that a fork would share.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    own = usual.copy()
    own.settings_dict.get("OPTIONS", {}).pop("pool", None)
    connections[DEFAULT_DB_ALIAS] = own
    try:
        yield
    finally:
        own.close()
        connections[DEFAULT_DB_ALIAS] = usual
