"""The records of DPaaS, field by field as they came (upstreams.md, "DPaaS")."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.upstream.told import Told, flag_of, moment_of, number_of, text_of


@dataclass(frozen=True, slots=True)
class Account:
    id: Told[str]
    name: Told[str]
    is_default: Told[bool]
    is_active: Told[bool]
    created_at: Told[datetime]
    updated_at: Told[datetime]


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the organization."""

    id: Told[str]
    email: Told[str]
    is_active: Told[bool]
    is_verified: Told[bool]
    mfa_enabled: Told[bool]
    created_at: Told[datetime]
    last_login_at: Told[datetime]  # null: never


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    id: Told[str]
    name: Told[str]
    description: Told[str]
    account_id: Told[str]
    is_active: Told[bool]
    created_at: Told[datetime]
    updated_at: Told[datetime]
    last_used_at: Told[datetime]  # null: never


@dataclass(frozen=True, slots=True)
class Group:
    id: Told[str]
    name: Told[str]
    description: Told[str]
    member_count: Told[int]
    created_at: Told[datetime]
    updated_at: Told[datetime]


def account_from(record: Mapping[str, Any]) -> Account:
    return Account(
        id=text_of(record, "id"),
        name=text_of(record, "name"),
        is_default=flag_of(record, "is_default"),
        is_active=flag_of(record, "is_active"),
        created_at=moment_of(record, "created_at"),
        updated_at=moment_of(record, "updated_at"),
    )


def member_from(record: Mapping[str, Any]) -> Member:
    return Member(
        id=text_of(record, "id"),
        email=text_of(record, "email"),
        is_active=flag_of(record, "is_active"),
        is_verified=flag_of(record, "is_verified"),
        mfa_enabled=flag_of(record, "mfa_enabled"),
        created_at=moment_of(record, "created_at"),
        last_login_at=moment_of(record, "last_login_at"),
    )


def service_account_from(record: Mapping[str, Any]) -> ServiceAccount:
    return ServiceAccount(
        id=text_of(record, "id"),
        name=text_of(record, "name"),
        description=text_of(record, "description"),
        account_id=text_of(record, "account_id"),
        is_active=flag_of(record, "is_active"),
        created_at=moment_of(record, "created_at"),
        updated_at=moment_of(record, "updated_at"),
        last_used_at=moment_of(record, "last_used_at"),
    )


def group_from(record: Mapping[str, Any]) -> Group:
    return Group(
        id=text_of(record, "id"),
        name=text_of(record, "name"),
        description=text_of(record, "description"),
        member_count=number_of(record, "member_count"),
        created_at=moment_of(record, "created_at"),
        updated_at=moment_of(record, "updated_at"),
    )
