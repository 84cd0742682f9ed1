"""Which names and ids DPaaS has already: its list of accounts is walked, a while in each request.

existing = look(profile)
while existing.is_reading: ...        the next request goes on
existing.found(["Acme", "Beta"])      {"Acme": "0190…"}
"""

from collections.abc import Iterable
from functools import cached_property

from console.accounts.bulk.preparing.names import same_name
from console.accounts.lists.finding import alike_name
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import Walked, walk_list
from console.profiles.models import CredentialProfile
from console.upstream.errors import UpstreamError
from console.upstream.pages import UnreadableRow


class Existing:
    """The accounts of an organization, as far as they were read."""

    def __init__(self, walked: Walked) -> None:
        self.walked = walked

    @property
    def is_reading(self) -> bool:
        """Whether there is more to read."""
        return self.walked.is_reading

    @property
    def is_complete(self) -> bool:
        """Whether all accounts were read: what is not found then does not exist."""
        walked = self.walked
        is_partial = walked.is_cut or walked.has_moved or walked.is_short
        return walked.is_over and not (is_partial or walked.failure)

    @property
    def failure(self) -> UpstreamError | None:
        return self.walked.failure

    @property
    def read(self) -> int:
        """How many accounts were read."""
        return self.walked.walk.rows

    @property
    def total(self) -> int | None:
        """How many there are by DPaaS's count; None where it gives none."""
        return self.walked.total

    def found(self, names: Iterable[str]) -> dict[str, str]:
        """The ids of the accounts that have just these names, by the name as it was given."""
        pairs = ((name, self._ids_by_name.get(same_name(name))) for name in names)
        return {name: account_id for name, account_id in pairs if account_id is not None}

    def alike(self, names: Iterable[str]) -> dict[str, str]:
        """The names of accounts that differ only in case, accents or spaces."""
        pairs = ((name, self._alike.get(alike_name(name))) for name in names)
        return {
            name: other
            for name, other in pairs
            if other is not None and same_name(other) != same_name(name)
        }

    def missing(self, account_ids: Iterable[str]) -> set[str]:
        """Those that DPaaS does not have. None, where not all accounts were read."""
        if not self.is_complete:
            return set()
        return set(account_ids) - set(self._names_by_id)

    def name_of(self, account_id: str) -> str:
        """Empty where the account was not read."""
        return self._names_by_id.get(account_id, "")

    @cached_property
    def _accounts(self) -> list[tuple[str, str]]:
        """The id and name of each that has both."""
        accounts = []
        for record in self.walked.records:
            if isinstance(record, UnreadableRow):
                continue
            account_id, name = record.get("id"), record.get("name")
            if isinstance(account_id, str | int) and isinstance(name, str):
                accounts.append((str(account_id), name))
        return accounts

    @cached_property
    def _ids_by_name(self) -> dict[str, str]:
        return {same_name(name): account_id for account_id, name in self._accounts}

    @cached_property
    def _alike(self) -> dict[str, str]:
        return {alike_name(name): name for _, name in self._accounts}

    @cached_property
    def _names_by_id(self) -> dict[str, str]:
        return dict(self._accounts)


def look(profile: CredentialProfile) -> Existing:
    """Go on reading the accounts for a while, unless they were read within the last minute."""
    return Existing(walk_list(profile, ACCOUNTS, {}))
