"""A quick flush: a transactional test ends with one, and must leave what the migrations left.

Django deletes all rows and then sends `post_migrate`, whose receivers make the permissions, content
types and groups again: 0.1 s each time. Here the rows that they made at first are put back. And
PostgreSQL's TRUNCATE makes new files for each table and index; to delete some rows is quicker.
"""

from typing import Any

from django.apps import apps
from django.core.management.commands import flush
from django.db import connection, transaction


def make_flush_quick() -> None:
    """From now on a flush puts back the rows that the database holds now."""
    inserts = _inserts()

    def put_back(*_: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, rows in inserts:
                cursor.executemany(statement, rows)

    flush.emit_post_migrate_signal = put_back
    if connection.vendor == "postgresql":
        tables = connection.introspection.django_table_names(only_existing=True)
        deletes = [f"DELETE FROM {connection.ops.quote_name(table)}" for table in tables]
        flush.sql_flush = lambda *_, **__: deletes


def _inserts() -> list[tuple[str, list[Any]]]:
    """A statement for each table that is not empty, and its rows."""
    found = []
    quote = connection.ops.quote_name
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        for table in sorted(tables & set(connection.introspection.table_names(cursor))):
            cursor.execute(f"SELECT * FROM {quote(table)}")
            if rows := cursor.fetchall():
                columns = ", ".join(quote(column[0]) for column in cursor.description)
                places = ", ".join(["%s"] * len(cursor.description))
                found.append((f"INSERT INTO {quote(table)} ({columns}) VALUES ({places})", rows))
    return found
