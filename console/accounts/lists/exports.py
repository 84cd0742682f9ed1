"""A list as a file: the columns that are shown, or every field that came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from console.accounts.lists.kinds import ListKind
from console.accounts.lists.walks import Record
from console.spreadsheets.writing import File, Row, csv_file, xlsx_file
from console.upstream.pages import UnreadableRow
from console.web.templatetags.tables import Column

MAX_COLUMNS = 500
UNREADABLE = "Unreadable row"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file. `label`: of its button."""

    label: str
    extension: str
    content_type: str


FORMS = {
    "csv": Form("CSV", "csv", "text/csv; charset=utf-8"),
    "csv-excel": Form("CSV for Excel", "csv", "text/csv; charset=utf-8"),
    "xlsx": Form(
        "XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
}


def make_file(
    form: str,
    records: Sequence[Record],
    kind: ListKind[Any],
    columns: Sequence[Column[Any]] | None,
) -> File:
    """`columns`: None for every field, those that the console does not know too."""
    fields = [column.field for column in columns or kind.columns]
    labels = {column.field: column.label for column in kind.columns}
    if columns is None:
        fields += _other_fields(records, set(fields))
    heads = [labels.get(field, field) if columns is not None else field for field in fields]
    if any(isinstance(record, UnreadableRow) for record in records):
        heads.append(UNREADABLE)
    return write_file(form, heads, (_cells(record, fields) for record in records))


def write_file(form: str, heads: Sequence[str], rows: Iterable[Row]) -> File:
    """`form`: a key of FORMS."""
    if form == "xlsx":
        return xlsx_file(heads, rows)
    return csv_file(heads, rows, with_bom=form == "csv-excel")


def _cells(record: Record, fields: Sequence[str]) -> list[Any]:
    if isinstance(record, UnreadableRow):
        return [None] * len(fields) + [record.text]
    return [record.get(field) for field in fields]


def _other_fields(records: Sequence[Record], known: set[str]) -> list[str]:
    """The names that the console does not know, in the order in which they came."""
    found: dict[str, None] = {}
    for record in records:
        if isinstance(record, dict) and len(found) < MAX_COLUMNS:
            found.update(dict.fromkeys(name for name in record if name not in known))
    return list(found)[:MAX_COLUMNS]
