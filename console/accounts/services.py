"""The calls to DPaaS, each recorded. None takes a request, and none raises an UpstreamError."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from console.calls.services import record_call
from console.profiles.clients import dpaas
from console.profiles.models import CredentialProfile
from console.upstream.dpaas import Account, Dpaas, Member, Page
from console.upstream.errors import UpstreamError
from console.upstream.timeline import Timeline

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """What came of one call: a value, or why there is none. Either way with its timeline."""

    timeline: Timeline
    value: T | None = None
    failure: UpstreamError | None = None


def list_accounts(
    profile: CredentialProfile,
    *,
    page: int = 1,
    quantity: int = 20,
    order_by: str = "-created_at",
    operation: str = "list accounts",
) -> Reply[Page[Account]]:
    """One page of the organization's accounts. `operation` is what the call record says."""
    return _call(
        profile,
        operation,
        "GET /accounts",
        lambda upstream: upstream.accounts(page=page, quantity=quantity, order_by=order_by),
    )


def list_users(
    profile: CredentialProfile, *, page: int = 1, quantity: int = 20, order_by: str = "-created_at"
) -> Reply[Page[Member]]:
    """One page of the organization's users."""
    return _call(
        profile,
        "list users",
        "GET /users",
        lambda upstream: upstream.users(page=page, quantity=quantity, order_by=order_by),
    )


def create_account(profile: CredentialProfile, *, name: str, is_default: bool) -> Reply[Account]:
    """Send one create, whatever else was sent before: for a form's, see submissions.submit()."""
    return _call(
        profile,
        "create account",
        "POST /accounts",
        lambda upstream: upstream.create_account(name=name, is_default=is_default),
    )


def _call(
    profile: CredentialProfile, operation: str, what: str, ask: Callable[[Dpaas], T]
) -> Reply[T]:
    method, _, path = what.partition(" ")
    try:
        with record_call(profile, operation=operation, method=method, path=path) as timeline:
            return Reply(timeline, value=ask(dpaas(profile, timeline)))
    except UpstreamError as error:
        return Reply(timeline, failure=error)
