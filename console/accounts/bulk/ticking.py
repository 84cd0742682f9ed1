"""Accounts that were ticked in their list, as a table."""

import json

from console.accounts.bulk.preparing.operations import ACCOUNT_ID, METADATA, NAME, SET_METADATA
from console.spreadsheets.tables import Table

TICKED_COLUMNS = [ACCOUNT_ID, NAME]


def read_ticked(values: list[str]) -> list[list[str]]:
    """The id and name of each ticked account; what is malformed is none."""
    ticked = []
    for value in values:
        try:
            pair = json.loads(value)
        except ValueError:
            continue
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(p, str) for p in pair):
            ticked.append(pair)
    return ticked


def table_of_ticked(ticked: list[list[str]], key: str) -> Table:
    if key == SET_METADATA:
        return Table([*TICKED_COLUMNS, METADATA], [[*pair, ""] for pair in ticked], 2)
    return Table(TICKED_COLUMNS, ticked, 2)
