"""Whether accounts of a name exist already, to say so before another one is created.

DPaaS has no search, so the list is read as for a search, and its rows are kept for a minute.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from console.accounts.lists.finding import alike_name
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import Record, Walked, kept_rows, walk_list
from console.profiles.models import CredentialProfile
from console.upstream.dpaas_records import Account, account_from
from console.upstream.pages import UnreadableRow
from console.web.templatetags.tables import Column

MAX_SHOWN = 3
SHOWN = ("name", "is_active", "created_at")  # columns
LOOK_SECONDS = 1.0  # of reading within one request


@dataclass(frozen=True, slots=True)
class SameName:
    """`accounts`: the first few of the name. `walked`: the list, if it was read for this."""

    name: str
    accounts: tuple[Account, ...]
    walked: Walked | None = None

    @property
    def columns(self) -> list[Column[Account]]:
        """Those that tell one account of the name from another."""
        return [column for column in ACCOUNTS.columns if column.field in SHOWN]

    @property
    def is_reading(self) -> bool:
        """Whether they may be in what was not read yet."""
        return not self.accounts and self.walked is not None and self.walked.is_reading


def look_for(profile: CredentialProfile, name: str) -> SameName:
    """Go on reading the list for a moment. A failure counts as nothing found."""
    walked = walk_list(profile, ACCOUNTS, {}, seconds=LOOK_SECONDS)
    return SameName(name, _named(walked.records, name), walked)


def look_among_kept(profile: CredentialProfile, name: str) -> SameName:
    """As look_for(), without a call: in the rows that were read within the last minute."""
    return SameName(name, _named(kept_rows(profile, ACCOUNTS, {}), name))


def _named(records: Iterable[Record], name: str) -> tuple[Account, ...]:
    """Those whose name differs in case, accents and blanks at most."""
    wanted = alike_name(name)
    found = [
        record
        for record in records
        if not isinstance(record, UnreadableRow)
        and isinstance(record.get("name"), str)
        and alike_name(record["name"]) == wanted
    ]
    return tuple(account_from(record) for record in found[:MAX_SHOWN])
