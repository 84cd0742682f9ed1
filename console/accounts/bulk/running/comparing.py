"""A change in doubt: its account is read, and compared with what was sent."""

import time
from typing import Any

import msgspec

from console.accounts.bulk.models import Job, JobRow, RowState
from console.accounts.bulk.running import pacing
from console.accounts.bulk.running.doubts import had_time
from console.accounts.bulk.running.sending import changes_of, settle
from console.accounts.bulk.sealed import open_values
from console.accounts.services import read_account
from console.profiles.models import CredentialProfile
from console.upstream.dpaas import Fields
from console.upstream.errors import NotFound
from console.upstream.json_text import same_value
from console.upstream.upstream_error import UpstreamError

MAX_SECONDS = 45.0  # of one look
NOT_CHANGED = "DPaaS does not show this change."
GONE = "DPaaS does not know this account any more."


def compare_changes(
    job: Job, profile: CredentialProfile, rows: list[JobRow]
) -> UpstreamError | None:
    """Settle those of `rows` that are clear. Returns why it did not go on."""
    until = time.monotonic() + MAX_SECONDS
    for row in rows:
        if time.monotonic() > until:
            break
        result = read_account(profile, row.account_id, operation="check DPaaS")
        if isinstance(result.failure, NotFound):
            settle(row, RowState.REJECTED, explanation=GONE)
        elif result.value is None:
            return result.failure
        elif _is_as_sent(row, result.value):
            settle(row, RowState.DONE, failure="", explanation="", details={})
        elif had_time(row, pacing.now_of(job)):
            settle(row, RowState.REJECTED, explanation=NOT_CHANGED)
    return None


def _is_as_sent(row: JobRow, fields: Fields) -> bool:
    values = open_values(row)
    if values is None:
        return False
    sent: dict[str, Any] = changes_of(row, values)
    return all(
        name in fields and same_value(fields[name], msgspec.json.encode(value))
        for name, value in sent.items()
    )
