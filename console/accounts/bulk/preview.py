"""What the check of a draft shows: how many rows are ready, and what is wrong with the others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from console.accounts.bulk.models import Job
from console.accounts.bulk.preparing.checking import prepared_rows
from console.accounts.bulk.preparing.existing import Existing
from console.accounts.bulk.preparing.operations import BULK_OPERATIONS, IS_DEFAULT, BulkField
from console.accounts.bulk.preparing.tables import PreparedRow
from console.accounts.bulk.wording import counted
from console.spreadsheets.tables import Table

SHOWN_ROWS = 5
PAGE_SIZE = 50  # problems
EXISTS = "DPaaS has an account with this name already."
NO_SUCH = "DPaaS lists no account with this ID."
ALIKE = "DPaaS has “{name}”, which differs only in case, accents or spaces."


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a row. `is_sent`: whether the row is sent all the same."""

    number: int
    shown: str  # the row's name or id
    column: str
    sentence: str
    is_sent: bool = False


@dataclass(slots=True)
class Preview:
    """`total` rows are `ready`, `existing` or `wrong`; of the findings one page."""

    total: int = 0
    ready: int = 0
    existing: int = 0  # names that DPaaS has, which are not sent again
    missing: int = 0  # ids that DPaaS did not show; they are sent, and counted as ready, too
    wrong: int = 0
    first_wrong: int = 0  # its number
    labels: list[str] = field(default_factory=list)
    rows: list[tuple[int, list[tuple[str, str]]]] = field(default_factory=list)  # the first ready
    findings: list[Finding] = field(default_factory=list)
    count: int = 0  # of findings
    page: int = 1

    @property
    def summary(self) -> str:
        """ "97 ready, 2 exist, 1 error at row 14"."""
        parts = [f"{self.ready:,} ready"]
        if self.missing:
            parts.append(f"{self.missing:,} of them not in DPaaS")
        if self.existing:
            parts.append(f"{self.existing:,} exist{'s' if self.existing == 1 else ''}")
        if self.wrong == 1:
            parts.append(f"1 error at row {self.first_wrong:,}")
        elif self.wrong:
            parts.append(f"{counted(self.wrong, 'error')}, the first at row {self.first_wrong:,}")
        return ", ".join(parts)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.findings) - 1

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.last < self.count else None


def preview_of(job: Job, table: Table, existing: Existing | None, *, page: int) -> Preview:
    """Check all rows of a draft. `existing`: as far as DPaaS was read; `page`: of the findings."""
    operation = BULK_OPERATIONS[job.operation]
    mapped = [each for each in operation.fields if each.is_required or each.key in job.mapping]
    names = bool(existing) and not operation.creates
    labels = [*(["Account"] if names else []), *(each.label for each in mapped)]
    preview = Preview(page=page, labels=labels)
    begin = (page - 1) * PAGE_SIZE
    for row, findings, state in _judged(job, table, existing):
        preview.total += 1
        setattr(preview, state, getattr(preview, state) + 1)
        preview.missing += any(each.sentence == NO_SUCH and each.is_sent for each in findings)
        if state == "wrong":
            preview.first_wrong = preview.first_wrong or row.number
        for each in findings:
            if begin <= preview.count < begin + PAGE_SIZE:
                preview.findings.append(each)
            preview.count += 1
        if state == "ready" and len(preview.rows) < SHOWN_ROWS:
            name = [existing.name_of(row.account_id) or "–"] if existing and names else []
            cells = [*name, *(_cell(row, each) for each in mapped)]
            preview.rows.append((row.number, list(zip(labels, cells, strict=True))))
    return preview


def _judged(
    job: Job, table: Table, existing: Existing | None
) -> Iterator[tuple[PreparedRow, list[Finding], str]]:
    """Each row, what was found about it, and which number of the Preview counts it."""
    operation = BULK_OPERATIONS[job.operation]
    key = operation.fields[0].key
    column = table.label(job.mapping.get(key, 0))
    rows = list(prepared_rows(table, job.mapping, job.operation))
    found, alike, missing = _compared(rows, existing, creates=operation.creates)
    for row in rows:
        shown = row.name or row.account_id
        findings = [Finding(row.number, shown, *each) for each in row.problems]
        state = "wrong" if findings else "ready"
        if row.name in found:
            is_sent = job.sends_existing
            findings.append(Finding(row.number, shown, column, EXISTS, is_sent))
            state = state if is_sent or state == "wrong" else "existing"
        elif row.name in alike:
            sentence = ALIKE.format(name=alike[row.name])
            findings.append(Finding(row.number, shown, column, sentence, is_sent=True))
        if row.account_id in missing:
            findings.append(Finding(row.number, shown, column, NO_SUCH, is_sent=state == "ready"))
        findings += [Finding(row.number, shown, *each, is_sent=True) for each in row.notes]
        yield row, findings, state


def _compared(
    rows: Iterable[PreparedRow], existing: Existing | None, *, creates: bool
) -> tuple[dict[str, str], dict[str, str], set[str]]:
    """The names that DPaaS has, those that it has in another spelling, and the ids it has not."""
    if existing is None:
        return {}, {}, set()
    if not creates:
        return {}, {}, existing.missing(row.account_id for row in rows if row.account_id)
    names = [row.name for row in rows]
    return existing.found(names), existing.alike(names), set()


def _cell(row: PreparedRow, each: BulkField) -> str:
    if each.key == IS_DEFAULT:
        return "Yes" if row.values.get(IS_DEFAULT) else "No"
    if each.key in ("name", "account_id"):
        return str(getattr(row, each.key)) or "–"
    return str(row.values.get(each.key, "")) or "–"
