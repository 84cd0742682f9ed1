"""Read a whole list, page by page, and keep its rows sealed for a minute.

DPaaS has no search of its own. So a search, a filter it does not know and an export read all pages,
100 rows at a time, up to a number of rows; what is typed next is looked for in the same rows.

A request reads for a few seconds at most, and the next one goes on: a page that shows progress asks
for it. Nothing runs in between, so to go away is to stop.

While pages are read, rows may move. The newest come first: a new row moves others to a later page,
where they come again and are dropped; a deleted one moves others to an earlier page, which shows in
the total, and then that page is read again.
"""

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from console.accounts import services
from console.accounts.lists.kinds import ListKind
from console.accounts.lists.models import Walk
from console.accounts.lists.state import DEFAULT_ORDER, as_key
from console.calls.send_once import is_first
from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state
from console.upstream.json_text import Number, one_line, value_in
from console.upstream.pages import MAX_QUANTITY, Page, UnreadableRow
from console.upstream.timeline import Timeline
from console.upstream.upstream_error import UpstreamError
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

STEP_SECONDS = 2.0  # of reading within one request
KEPT = timedelta(seconds=settings.LISTS_KEPT_SECONDS)
# One that is not read to its end, so that a DPaaS which lets few calls through in a minute is not
# read from the beginning again and again.
KEPT_UNFINISHED = max(KEPT, timedelta(minutes=3))
KEPT_WHILE_WRITING = timedelta(seconds=5)
TOO_DEEP = "(nested too deeply)"
SPARE_CALLS = 2  # times the calls that the list needs: for what is read again

Record = dict[str, Any] | UnreadableRow
_decoder = msgspec.json.Decoder(float_hook=Number)


@dataclass(slots=True)
class Walked:
    """The rows of a list, as far as they were read. `failure`: why it did not go on."""

    walk: Walk
    records: list[Record] = field(default_factory=list)
    failure: UpstreamError | None = None
    timeline: Timeline = field(default_factory=Timeline)  # of the last call

    @property
    def is_over(self) -> bool:
        return self.walk.is_over

    @property
    def is_reading(self) -> bool:
        """Whether there is more to read."""
        return not self.is_over and self.failure is None

    @property
    def has_moved(self) -> bool:
        """Whether rows may be missing or gone, as the list changed while it was read."""
        walk = self.walk
        return self.is_over and not self.is_cut and walk.total_moved and walk.total != walk.rows

    @property
    def is_short(self) -> bool:
        """Whether DPaaS counts rows that it did not send though nothing changed meanwhile, or sent
        others twice in their place, as where many were created in one second."""
        is_read = self.is_over and not self.is_cut and not self.has_moved
        return is_read and (self.walk.total or 0) > self.walk.rows

    @property
    def is_cut(self) -> bool:
        """Whether the list is longer than what is read of one."""
        return self.walk.is_over and self.walk.rows >= settings.LISTS_MAX_ROWS

    @property
    def total(self) -> int | None:
        """The rows of the whole list by DPaaS's count, or as many as came."""
        if self.walk.total is None:
            return self.walk.rows if self.is_over and not self.is_cut else None
        return max(self.walk.total, self.walk.rows)


def walk_list(
    profile: CredentialProfile,
    kind: ListKind[Any],
    filters: Mapping[str, str],
    *,
    seconds: float | None = None,
) -> Walked:
    """Go on reading the list for a while, unless it was read within the last minute.

    `seconds`: how long at most, and one call; STEP_SECONDS by default.
    """
    prune()
    walked = _open(profile, kind, filters)
    if walked.is_over:
        return walked
    until = time.monotonic() + (STEP_SECONDS if seconds is None else seconds)
    known = {_key(record) for record in walked.records}
    while not walked.is_over and walked.failure is None and time.monotonic() < until:
        result = services.list_page(
            profile,
            kind.path,
            dict,  # as it came
            page=walked.walk.next_page,
            quantity=walked.walk.quantity,
            order_by=DEFAULT_ORDER,
            filters=filters,
            operation=f"read {kind.plural}",
        )
        walked.failure, walked.timeline = result.failure, result.timeline
        if result.value is not None:
            _add(walked, known, result.value)
    return _save(walked)


def kept_rows(
    profile: CredentialProfile, kind: ListKind[Any], filters: Mapping[str, str]
) -> list[Record]:
    """The rows that were read within the last minute; none is asked for."""
    prune()
    return _open(profile, kind, filters).records


def forget(profile: CredentialProfile, kind: ListKind[Any]) -> None:
    """Delete the rows of a list that is not as it was read: one of them was written."""
    Walk.objects.filter(owner_id=profile.owner_id, screen=kind.screen).delete()


def forget_while_writing(owner_id: UUID, kind: ListKind[Any]) -> None:
    """As forget(), for a job that writes row after row. What is being read, or has just been, is
    kept: a search would read the whole list again for each row."""
    before = timezone.now() - KEPT_WHILE_WRITING
    read = Walk.objects.filter(owner_id=owner_id, screen=kind.screen, is_over=True)
    read = read.filter(read_at__lt=before)
    if read.exists():  # a DELETE locks SQLite though there is nothing to delete
        read.delete()


def prune() -> None:
    """Delete the rows of all lists that are past their time."""
    now = timezone.now()
    old = Q(is_over=True, read_at__lt=now - KEPT) | Q(read_at__lt=now - KEPT_UNFINISHED)
    Walk.objects.filter(old).delete()


def context_of(walk: Walk) -> Context:
    return Context(walk._meta.db_table, str(walk.pk), "sealed", str(walk.owner_id))


def _open(profile: CredentialProfile, kind: ListKind[Any], filters: Mapping[str, str]) -> Walked:
    key = {
        "owner_id": profile.owner_id,
        "profile_id": profile.pk,
        "screen": kind.screen,
        "filters": as_key(dict(filters)),
    }
    kept = Walk.objects.filter(**key).first()
    if kept is not None:
        if kept.credential == credential_state(profile):
            try:
                return Walked(kept, _unpacked(kept))
            except CannotUnseal:
                pass
        kept.delete()
    walk = Walk(**key, credential=credential_state(profile), quantity=MAX_QUANTITY)
    return Walked(walk)


def _save(walked: Walked) -> Walked:
    """Store what was read, unless another request has gone on with the same rows meanwhile."""
    walk = walked.walk
    read, walk.version = walk.version, walk.version + 1
    walk.read_at = timezone.now()
    walk.sealed = seal_bytes(_packed(walked.records), context=context_of(walk))
    if read == 0:
        is_first(walk)
        return walked
    columns = ("sealed", "rows", "total", "next_page", "quantity", "total_moved", "is_over",
               "calls", "version", "read_at")  # fmt: skip
    values = {name: getattr(walk, name) for name in columns}
    Walk.objects.filter(pk=walk.pk, version=read).update(**values)
    return walked


def _add(walked: Walked, known: set[str], page: Page[dict[str, Any]]) -> None:
    walk, before = walked.walk, len(walked.records)
    for item in page.items:
        record = _kept(item)
        if (key := _key(record)) not in known:
            known.add(key)
            walked.records.append(record)
    del walked.records[settings.LISTS_MAX_ROWS :]
    walk.rows, walk.calls = len(walked.records), walk.calls + 1
    lost = (walk.total or 0) - (page.total or 0) if page.total is not None else 0
    walk.total_moved |= walk.total is not None and page.total != walk.total
    walk.total = page.total
    walk.quantity = page.next_quantity
    if lost > 0:
        walk.next_page = max(1, page.page - -(-lost // walk.quantity))
    else:
        walk.next_page = page.page + 1
    is_stuck = len(walked.records) == before and not walk.total_moved
    most = SPARE_CALLS * -(-settings.LISTS_MAX_ROWS // walk.quantity)
    is_last = not page.has_next and lost <= 0
    is_full = walk.rows >= settings.LISTS_MAX_ROWS
    walk.is_over = is_last or is_stuck or is_full or walk.calls >= most


def _kept(record: Record) -> Record:
    """`record`, unless it is nested too deeply to be written down."""
    try:
        one_line(record if isinstance(record, dict) else record.text)
    except RecursionError:
        return UnreadableRow(TOO_DEEP)
    return record


def _key(record: Record) -> str:
    """What tells one row from another: its id, else all of it."""
    if isinstance(record, UnreadableRow):
        return record.text
    found = record.get("id")
    return f"id {found}" if isinstance(found, str | int) and found != "" else one_line(record)


def _packed(records: list[Record]) -> bytes:
    rows = (
        one_line(record.text if isinstance(record, UnreadableRow) else record) for record in records
    )
    return zlib.compress(f"[{','.join(rows)}]".encode(), 1)


def _unpacked(walk: Walk) -> list[Record]:
    packed = unseal_bytes(bytes(walk.sealed), context=context_of(walk))
    rows = _rows_in(zlib.decompress(packed))
    return [UnreadableRow(row) if isinstance(row, str) else row for row in rows]


def _rows_in(body: bytes) -> list[Any]:
    try:
        rows: list[Any] = _decoder.decode(body)
    except msgspec.ValidationError:  # a whole number of so many digits, which takes longer
        rows = value_in(body)
    return rows
