"""The lists of DPaaS: how each is called, read, shown, filtered and searched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from console.accounts.lists.columns import (
    ACCOUNT_TABLE,
    GROUP_TABLE,
    MEMBER_TABLE,
    SERVICE_ACCOUNT_TABLE,
)
from console.upstream.dpaas_records import (
    account_from,
    group_from,
    member_from,
    service_account_from,
)
from console.web.templatetags.tables import Column

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, eq=False)
class ListKind(Generic[Row]):
    """One list. `screen`: its URL's name; `path`: the upstream's (upstreams.md, "more lists")."""

    screen: str
    path: str
    title: str
    noun: str
    read: Callable[[Mapping[str, Any]], Row]
    columns: tuple[Column[Row], ...]
    searched: tuple[str, ...] = ("name", "id")
    has_status: bool = True  # rows are active or inactive
    hides_inactive: bool = False  # unless it is asked for them too (`include_inactive`)
    flags: tuple[tuple[str, str], ...] = ()  # filters of DPaaS that are on or off, and their labels
    may_be_missing: bool = False  # an instance may not know it
    has_page: bool = False  # each row has a page of its own
    of_account: bool = False  # DPaaS filters it by `account_id`

    @property
    def plural(self) -> str:
        return f"{self.noun}s"


ACCOUNTS = ListKind(
    "accounts",
    "/accounts",
    "Accounts",
    "account",
    account_from,
    ACCOUNT_TABLE,
    flags=(("include_deleted", "Include deleted"),),
    has_page=True,
)
USERS = ListKind(
    "users",
    "/users",
    "Users",
    "user",
    member_from,
    MEMBER_TABLE,
    searched=("email", "name", "id"),
    of_account=True,
)
SERVICE_ACCOUNTS = ListKind(
    "service_accounts",
    "/service-accounts",
    "Service accounts",
    "service account",
    service_account_from,
    SERVICE_ACCOUNT_TABLE,
    hides_inactive=True,
    may_be_missing=True,
    of_account=True,
)
GROUPS = ListKind(
    "groups",
    "/groups",
    "Groups",
    "group",
    group_from,
    GROUP_TABLE,
    has_status=False,
    may_be_missing=True,
)
KINDS: tuple[ListKind[Any], ...] = (ACCOUNTS, USERS, SERVICE_ACCOUNTS, GROUPS)
KIND_OF_SCREEN = {kind.screen: kind for kind in KINDS}
