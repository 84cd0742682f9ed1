"""The thread's connection to the database, given back while somebody else is waited for."""

from django.db import connection


def release_connection() -> None:
    """Give the connection back to the pool before an upstream, or another process, is waited for.

    An open SQLite connection holds no lock between statements, and opening one costs more.
    """
    if connection.in_atomic_block:
        raise RuntimeError("an upstream must not be waited for inside a transaction")
    if connection.vendor != "sqlite":
        connection.close()
