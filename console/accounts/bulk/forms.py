"""The forms of bulk jobs: the rows that are brought, how they are read, how they are sent."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings

from console.accounts.bulk.models import Job
from console.accounts.bulk.preparing.mapping import headed
from console.accounts.bulk.preparing.operations import BULK_OPERATIONS, CREATE, BulkOperation
from console.profiles.typed_name import TypedNameForm
from console.spreadsheets.reading import read_file, read_lines, read_text
from console.spreadsheets.tables import NotATable, Table

NOTHING = "Enter at least one name, or add rows below."
NO_ROWS = "Paste rows, or choose a file."
ONE_WAY = "You filled in more than one of these. Keep the one to use, and empty the others."
CHOOSE_AGAIN = "Choose the file again: browsers send no file twice."
NO_FIELD = "Choose the column that holds it."
TWICE = "Another field is read from this column. Choose a different one."
NO_COLUMN = "No column"
COLUMN = "column_"  # and the key of a field
MAX_SAMPLE = 40  # characters of a heading, and of a cell beside it

TEXT = {"spellcheck": "false", "autocapitalize": "off", "dir": "auto"}


class BroughtText(forms.CharField):
    """One of several ways to bring rows: which of them is used is the form's to check, and none is
    shown as optional."""

    def validate(self, value: Any) -> None:
        pass


class BroughtFile(forms.FileField):
    """As BroughtText, for a file."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        return super().clean(data, initial) if data else None


class RowsForm(forms.Form):
    """Names, pasted rows or a file: exactly one of them. Valid, it gives a `chosen_operation`, a
    `table` and a `source`."""

    use_required_attribute = False

    names = BroughtText(
        strip=False,
        label="Names, one per line",
        widget=forms.Textarea(attrs={"rows": 9, **TEXT}),
    )
    operation = forms.ChoiceField(
        label="What to do with the rows",
        widget=forms.Select,
    )
    rows = BroughtText(
        strip=False,
        label="Rows from a spreadsheet",
        help_text="Copy the cells with their headings, and paste them here.",
        widget=forms.Textarea(attrs={"rows": 7, "class": "mono", "wrap": "off", **TEXT}),
    )
    upload = BroughtFile(
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
    def chosen_operation(self) -> str:
        """The key of the operation: names are created."""
        if self._is_filled(self.cleaned_data, "names"):
            return CREATE
        return str(self.cleaned_data["operation"])

    @property
    def source(self) -> str:
        """The name of the file; empty for what was typed."""
        upload = self.cleaned_data.get("upload")
        return upload.name if upload else ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        brought = [name for name in ("names", "rows", "upload") if self._is_filled(cleaned, name)]
        if not brought:
            is_create = cleaned.get("operation", CREATE) == CREATE
            self.add_error(*("names", NOTHING) if is_create else ("rows", NO_ROWS))
        for name in brought[1:]:
            self.add_error(name, ONE_WAY)
        if len(brought) == 1 and not self.errors:
            try:
                self.table = self._read(brought[0], cleaned)
            except NotATable as error:
                self.add_error(brought[0], error.sentence)
        if self.errors and self._is_filled(cleaned, "upload") and "upload" not in self.errors:
            self.add_error("upload", CHOOSE_AGAIN)
        return cleaned

    @staticmethod
    def _is_filled(cleaned: Mapping[str, Any], name: str) -> bool:
        value = cleaned.get(name)
        return bool(value.strip()) if isinstance(value, str) else value is not None

    @staticmethod
    def _read(name: str, cleaned: Mapping[str, Any]) -> Table:
        """Raises NotATable."""
        if name == "names" and "\t" not in cleaned["names"]:
            return names_table(cleaned["names"])
        if name == "upload":
            return headed(read_file(cleaned["upload"].read(), name=cleaned["upload"].name))
        return headed(read_text(cleaned[name]))


class ReadingForm(forms.Form):
    """How a draft's table is read: whether it has a heading, the column of each field, and whether
    names that exist are sent too.

    `mapping` is what is chosen; a field without a column is not in it.
    """

    has_heading = forms.BooleanField(required=False, label="The first row holds headings")
    sends_existing = forms.BooleanField(
        required=False,
        label="Also create those whose name exists",
        help_text="DPaaS then has several accounts with the same name.",
    )

    def __init__(self, data: Any, *, job: Job, operation: BulkOperation, table: Table) -> None:
        super().__init__(data)
        self.initial = {"has_heading": bool(table.columns), "sends_existing": job.sends_existing}
        heading = table.first_number - bool(table.columns)
        if heading > 1:
            self.fields["has_heading"].label = f"Row {heading:,} holds headings"
        if not operation.creates:
            del self.fields["sends_existing"]
        if table.width < 2 and not table.columns:
            del self.fields["has_heading"]
        if table.width < 2 and set(job.mapping) >= {field.key for field in operation.required}:
            return
        choices = [("", NO_COLUMN), *((str(at), label_of(table, at)) for at in range(table.width))]
        for field in operation.fields:
            name = f"{COLUMN}{field.key}"
            self.fields[name] = forms.ChoiceField(
                label=field.label,
                help_text=field.help_text,
                required=field.is_required,
                choices=choices,
                error_messages={"required": NO_FIELD},
            )
            self.initial[name] = str(job.mapping.get(field.key, ""))

    @property
    def columns(self) -> list[Any]:
        """The choices of columns: none where a table of one column is read as it is."""
        return [self[name] for name in self.fields if name.startswith(COLUMN)]

    @property
    def mapping(self) -> dict[str, int]:
        chosen = {
            name.removeprefix(COLUMN): value
            for name, value in self.cleaned_data.items()
            if name.startswith(COLUMN)
        }
        return {key: int(value) for key, value in chosen.items() if value != ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        taken: set[str] = set()
        for name, value in list(cleaned.items()):
            if name.startswith(COLUMN) and value != "":
                if value in taken:
                    self.add_error(name, TWICE)
                taken.add(value)
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


def names_table(text: str) -> Table:
    """Each line is a row; the first may be a heading, that was copied along with its column."""
    table = read_lines(text)
    return headed(table.with_heading()) if table.count > 1 else table


def label_of(table: Table, column: int) -> str:
    """A column as people tell it from others: its heading, and a cell of it."""
    cells = (row[column].strip() for row in table.rows[:20] if column < len(row))
    sample = next((cell for cell in cells if cell), "")[:MAX_SAMPLE]
    label = table.label(column)[:MAX_SAMPLE]
    return f"{label} ({sample}, …)" if sample else label
