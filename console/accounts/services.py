"""The calls to DPaaS, each recorded. None takes a request, and none raises an UpstreamError."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from console.calls.services import record_call
from console.profiles.clients import dpaas
from console.profiles.guard import check_write
from console.profiles.models import CredentialProfile
from console.profiles.targets import Target
from console.upstream.dpaas import Dpaas, Fields, path_of_account
from console.upstream.dpaas_records import Account
from console.upstream.errors import UpstreamError, WriteRefused
from console.upstream.pages import Page
from console.upstream.timeline import Timeline

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallResult(Generic[T]):
    """The value that a call returned, or why it failed. Either way with its timeline."""

    timeline: Timeline
    value: T | None = None
    failure: UpstreamError | None = None


def list_page(
    profile: CredentialProfile,
    path: str,
    read: Callable[[Mapping[str, Any]], T],
    *,
    page: int,
    quantity: int,
    order_by: str,
    filters: Mapping[str, str] | None = None,
    operation: str,
) -> CallResult[Page[T]]:
    """One page of the organization's list at `path`. `operation` names the call in its record."""
    return _call(
        profile,
        operation,
        "GET",
        path,
        lambda upstream: upstream.page(path, read, page, quantity, order_by, filters),
    )


def create_account(
    profile: CredentialProfile, *, name: str, is_default: bool, typed_name: str = ""
) -> CallResult[Account]:
    """Send one create, even if one like it was sent before: submissions.submit() prevents that.

    It leaves only if the profile's guard lets it. `typed_name`: of the target (guard.py).
    """
    return _write(
        profile,
        "create account",
        "POST",
        "/accounts",
        lambda upstream: upstream.create_account(name=name, is_default=is_default),
        typed_name=typed_name,
    )


def read_account(
    profile: CredentialProfile,
    account_id: str,
    *,
    filters: Mapping[str, str] | None = None,
    operation: str = "read account",
) -> CallResult[Fields]:
    """All that DPaaS tells about one account."""
    path = path_of_account(account_id)
    return _call(
        profile, operation, "GET", path, lambda upstream: upstream.account(account_id, filters)
    )


def change_account(
    profile: CredentialProfile,
    account_id: str,
    changes: msgspec.Raw,
    *,
    typed_name: str = "",
    operation: str = "change account",
) -> CallResult[Fields]:
    """Send one change, if the profile's guard lets it: detail/changing.py sends each once."""
    return _write(
        profile,
        operation,
        "PATCH",
        path_of_account(account_id),
        lambda upstream: upstream.change_account(account_id, changes),
        typed_name=typed_name,
        account_id=account_id,
    )


def delete_account(
    profile: CredentialProfile, account_id: str, *, typed_name: str = ""
) -> CallResult[bool]:
    """Send one deletion, if the profile's guard lets it: detail/changing.py sends each once."""

    def delete(upstream: Dpaas) -> bool:
        upstream.delete_account(account_id)
        return True

    path = path_of_account(account_id)
    return _write(
        profile,
        "delete account",
        "DELETE",
        path,
        delete,
        typed_name=typed_name,
        account_id=account_id,
    )


def subject_of(target: Target, account_id: object) -> str:
    """What the record of calls names a write to this account by."""
    return f"{target.slug}/accounts/{account_id}"


def _write(
    profile: CredentialProfile,
    operation: str,
    method: str,
    path: str,
    ask: Callable[[Dpaas], T],
    *,
    typed_name: str,
    account_id: str = "",
) -> CallResult[T]:
    """As _call(), where the profile's guard lets a write leave. `account_id`: "" for a new one."""
    try:
        check_write(profile, typed_name=typed_name)
    except WriteRefused as refusal:
        return CallResult(Timeline(), failure=refusal)
    return _call(profile, operation, method, path, ask, account_id=account_id)


def _call(
    profile: CredentialProfile,
    operation: str,
    method: str,
    path: str,
    ask: Callable[[Dpaas], T],
    *,
    account_id: str = "",
) -> CallResult[T]:
    try:
        with record_call(profile, operation=operation, method=method, path=path) as timeline:
            if account_id:
                timeline.subject = subject_of(profile.target, account_id)
            value = ask(dpaas(profile, timeline))
            if isinstance(value, Account):  # which DPaaS has just created
                timeline.subject = subject_of(profile.target, value.id)
            return CallResult(timeline, value=value)
    except UpstreamError as error:
        return CallResult(timeline, failure=error)
