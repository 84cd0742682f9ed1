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
