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
class CallResult(Generic[T]):
    """The value that a call returned, or why it failed. Either way with its timeline."""

    timeline: Timeline
    value: T | None = None
    failure: UpstreamError | None = None


def list_accounts(
    profile: CredentialProfile,
    *,
    page: int,
    quantity: int,
    order_by: str = "-created_at",
    operation: str = "list accounts",
) -> CallResult[Page[Account]]:
    """One page of the organization's accounts. `operation` names the call in its record."""
    return _call(
        profile,
        operation,
        "GET",
        "/accounts",
        lambda upstream: upstream.accounts(page=page, quantity=quantity, order_by=order_by),
    )


def list_users(
    profile: CredentialProfile, *, page: int, quantity: int, order_by: str
) -> CallResult[Page[Member]]:
    """One page of the organization's users."""
    return _call(
        profile,
        "list users",
        "GET",
        "/users",
        lambda upstream: upstream.users(page=page, quantity=quantity, order_by=order_by),
    )


def create_account(
    profile: CredentialProfile, *, name: str, is_default: bool
) -> CallResult[Account]:
    """Send one create, even if one like it was sent before: submissions.submit() prevents that."""
    return _call(
        profile,
        "create account",
        "POST",
        "/accounts",
        lambda upstream: upstream.create_account(name=name, is_default=is_default),
    )


def _call(
    profile: CredentialProfile, operation: str, method: str, path: str, ask: Callable[[Dpaas], T]
) -> CallResult[T]:
    try:
        with record_call(profile, operation=operation, method=method, path=path) as timeline:
            return CallResult(timeline, value=ask(dpaas(profile, timeline)))
    except UpstreamError as error:
        return CallResult(timeline, failure=error)
