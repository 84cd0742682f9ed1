"""The rows of a table as an operation sends them, with every problem at its row and column."""

from collections.abc import Iterator, Mapping

from console.accounts.bulk.preparing.tables import PreparedRow, Table


def prepared_rows(
    table: Table, mapping: Mapping[str, int], operation: str
) -> Iterator[PreparedRow]:
    """Each row of `table` that is not blank, in its order.

    `mapping`: the operation's fields and the numbers of their columns, from 0. `operation`: a key
    of BULK_OPERATIONS. Deterministic: the same table gives the same rows.
    """
    column = mapping.get("name", 0)
    for number, row in enumerate(table.rows, table.first_number):
        name = row[column].strip() if column < len(row) else ""
        if any(cell.strip() for cell in row):
            yield PreparedRow(number, name=name)
