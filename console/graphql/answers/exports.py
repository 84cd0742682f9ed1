"""The table of an answer as CSV or XLSX, its rows read one by one."""

from collections.abc import Iterator
from typing import Any

from console.graphql.answers.nodes import value_of
from console.graphql.answers.reading import Table
from console.graphql.answers.tables import Missing, value_at
from console.spreadsheets import writing
from console.spreadsheets.writing import MAX_XLSX_ROWS, File, TooManyRows


def csv_file(table: Table, *, with_bom: bool) -> File:
    """UTF-8; Excel reads it as such `with_bom` alone."""
    return writing.csv_file(_heads(table), _rows(table), with_bom=with_bom)


def xlsx_file(table: Table) -> File:
    """One sheet. Raises TooManyRows, before any row is read."""
    if len(table.numbers) > MAX_XLSX_ROWS:
        raise TooManyRows
    return writing.xlsx_file(_heads(table), _rows(table))


def _heads(table: Table) -> list[str]:
    return [column.name for column in table.shown_columns]


def _rows(table: Table) -> Iterator[list[Any]]:
    columns = [column.steps for column in table.shown_columns]
    for number in table.numbers:
        row = value_of(table.raws[number])
        cells = (value_at(row, steps) for steps in columns)
        yield [None if isinstance(cell, Missing) else cell for cell in cells]
