"""The thread's connection to the database, given back while somebody else is waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
def unpooled_connection(**options: Any) -> Iterator[None]:
    """Within the block this thread has a connection of its own, outside of the pool.

    It fails at once, with the reason, where the pool goes on trying; and it leaves nothing behind
    that a fork would share. `options`: more for its OPTIONS.
    """
    usual = connections[DEFAULT_DB_ALIAS]
    own = usual.copy()
    own.settings_dict.get("OPTIONS", {}).pop("pool", None)
    own.settings_dict.setdefault("OPTIONS", {}).update(options)
    connections[DEFAULT_DB_ALIAS] = own
    try:
        yield
    finally:
        own.close()
        connections[DEFAULT_DB_ALIAS] = usual


@contextmanager
def connection_for_large_values() -> Iterator[None]:
    """Within the block this thread writes by a connection that is closed at its end.

    SQLite's prepared statement holds the values that it was last given, for as long as the thread
    lives: of eight answers of 12.8 MB, eight copies of 3.4 MB. PostgreSQL's client never makes its
    buffers smaller; and bound by the server, bytes go out as they are, not as a text of twice their
    length. Within a transaction the block changes nothing.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        yield
        connection.close()  # the next statement opens it
    else:
        with unpooled_connection(server_side_binding=True):
            yield
