"""The forms of bulk jobs: the rows that are brought, how they are read, how they are sent."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings

from console.accounts.bulk.bringing import NotATable, names_table, table_of_file, table_of_text
from console.accounts.bulk.models import Job
from console.accounts.bulk.preparing.operations import BULK_OPERATIONS, BulkOperation
from console.accounts.bulk.preparing.tables import Table
from console.profiles.typed_name import TypedNameForm

NOTHING = "Enter at least one name, or bring rows below."
ONE_WAY = "You filled in more than one of these. Keep the one to use, and empty the others."
CHOOSE_AGAIN = "Choose the file again: browsers send no file twice."
NO_FIELD = "Choose a column for this."
TWICE = "Another field is read from this column. Choose a different one."
NOT_MAPPED = "Not in the file"
MAX_PREVIEW = 40  # characters of a column's first cell, beside its heading

TEXT = {"spellcheck": "false", "autocapitalize": "off", "dir": "auto"}


class RowsForm(forms.Form):
    """Names, pasted rows or a file: exactly one of them. Valid, it gives an `operation`, a `table`
    and a `source`."""

    names = forms.CharField(
        required=False,
        strip=False,
        label="Names, one per line",
        widget=forms.Textarea(attrs={"rows": 9, **TEXT}),
    )
    operation = forms.ChoiceField(
        required=False,
        label="What to do with the rows",
        widget=forms.Select,
    )
    rows = forms.CharField(
        required=False,
        strip=False,
        label="Rows from a spreadsheet",
        help_text="Copy the cells with their headings, and paste them here.",
        widget=forms.Textarea(attrs={"rows": 7, "class": "mono", "wrap": "off", **TEXT}),
    )
    upload = forms.FileField(
        required=False,
        allow_empty_file=True,
        label="File",
        help_text="CSV, TSV or XLSX.",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
    )
    replaces = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, each.label) for key, each in BULK_OPERATIONS.items()]
        field = self.fields["operation"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.initial = choices[0][0]

    @property
    def operation(self) -> str:
        """The key of the operation: names are created."""
        if self.cleaned_data.get("names"):
            return "create"
        return self.cleaned_data.get("operation") or "create"

    @property
    def source(self) -> str:
        """The name of the file; empty for what was typed."""
        upload = self.cleaned_data.get("upload")
        return upload.name if upload else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        brought = [name for name in ("names", "rows", "upload") if self._is_filled(cleaned, name)]
        if not brought:
            self.add_error("names", NOTHING)
        for name in brought[1:]:
            self.add_error(name, ONE_WAY)
        if len(brought) == 1 and not self.errors:
            try:
                self.table = self._read(brought[0], cleaned)
            except NotATable as error:
                self.add_error(brought[0], str(error))
        if self.errors and self._is_filled(cleaned, "upload") and "upload" not in self.errors:
            self.add_error("upload", CHOOSE_AGAIN)
        return cleaned

    @staticmethod
    def _is_filled(cleaned: Mapping[str, Any], name: str) -> bool:
        value = cleaned.get(name)
        return bool(value.strip()) if isinstance(value, str) else value is not None

    @staticmethod
    def _read(name: str, cleaned: Mapping[str, Any]) -> Table:
        if name == "names":
            return names_table(cleaned["names"])
        if name == "rows":
            return table_of_text(cleaned["rows"])
        return table_of_file(cleaned["upload"].read(), name=cleaned["upload"].name)


class ReadingForm(forms.Form):
    """How a draft's table is read: the column of each field, and whether existing names are sent.

    `mapping` is what is chosen; a field without a column is not in it.
    """

    sends_existing = forms.BooleanField(
        required=False,
        label="Also create those whose name exists",
        help_text="DPaaS allows several accounts of one name.",
    )

    def __init__(
        self, data: Any, *, job: Job, operation: BulkOperation, table: Table, **kwargs: Any
    ) -> None:
        super().__init__(data, **kwargs)
        self._operation = operation
        self.initial["sends_existing"] = job.sends_existing
        if operation.key != "create":
            del self.fields["sends_existing"]
        columns = column_labels(table)
        if len(columns) < 2:
            return
        choices = [("", NOT_MAPPED), *((str(at), label) for at, label in enumerate(columns))]
        for field in operation.fields:
            self.fields[f"column_{field.name}"] = forms.ChoiceField(
                label=field.label,
                required=field.required,
                choices=choices,
                error_messages={"required": NO_FIELD},
            )
            self.initial[f"column_{field.name}"] = str(job.mapping.get(field.name, ""))
        self.order_fields([*(f"column_{field.name}" for field in operation.fields)])

    @property
    def maps(self) -> bool:
        """Whether there is anything to choose: a table of one column is read as it is."""
        return any(name.startswith("column_") for name in self.fields)

    def columns(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("column_")]

    @property
    def mapping(self) -> dict[str, int]:
        chosen = {
            name.removeprefix("column_"): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column_")
        }
        return {name: int(value) for name, value in chosen.items() if value != ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen: set[str] = set()
        for name, value in cleaned.items():
            if name.startswith("column_") and value != "":
                if value in seen:
                    self.add_error(name, TWICE)
                seen.add(value)
        return cleaned


class StartForm(TypedNameForm):
    """How fast a job is sent and, in production, the target's name."""

    rows_per_second = forms.FloatField(
        label="Rows per second, at most",
        min_value=0.1,
        max_value=100,
        initial=settings.BULK_ROWS_PER_SECOND,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )

    field_order = ("rows_per_second",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The name that is typed confirms the whole job, however long it runs.
        self.fields.pop("unlock", None)


def column_labels(table: Table) -> list[str]:
    """Each column as people tell it from others: its heading, or its number, and a first cell."""
    width = max(len(table.columns), *(len(row) for row in table.rows[:20]), 0)
    return [_label(table, at) for at in range(width)]


def _label(table: Table, at: int) -> str:
    heading = table.columns[at].strip() if at < len(table.columns) else ""
    cells = (row[at].strip() for row in table.rows[:20] if at < len(row))
    sample = next((cell for cell in cells if cell), "")[:MAX_PREVIEW]
    name = heading[:MAX_PREVIEW] or f"Column {at + 1}"
    return f"{name} ({sample}, …)" if sample else name
