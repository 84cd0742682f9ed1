"""The records of DPaaS, field by field as they came (upstreams.md, "DPaaS")."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.upstream.field_values import FieldValue, flag_of, moment_of, number_of, text_of

DELETED_AT = "deleted_at"
DELETIONS = (DELETED_AT, "is_deleted", "deleted")  # fields that may tell it: none is documented


@dataclass(frozen=True, slots=True)
class Account:
    id: FieldValue[str]
    name: FieldValue[str]
    is_default: FieldValue[bool]
    is_active: FieldValue[bool]
    created_at: FieldValue[datetime]
    updated_at: FieldValue[datetime]
    is_deleted: bool = False  # where the instance tells it


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the organization."""

    id: FieldValue[str]
    email: FieldValue[str]
    is_active: FieldValue[bool]
    is_verified: FieldValue[bool]
    mfa_enabled: FieldValue[bool]
    created_at: FieldValue[datetime]
    last_login_at: FieldValue[datetime]  # null: never


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    id: FieldValue[str]
    name: FieldValue[str]
    description: FieldValue[str]
    account_id: FieldValue[str]
    is_active: FieldValue[bool]
    created_at: FieldValue[datetime]
    updated_at: FieldValue[datetime]
    last_used_at: FieldValue[datetime]  # null: never


@dataclass(frozen=True, slots=True)
class Group:
    id: FieldValue[str]
    name: FieldValue[str]
    description: FieldValue[str]
    member_count: FieldValue[int]
    created_at: FieldValue[datetime]
    updated_at: FieldValue[datetime]


def deletion_in(record: Mapping[str, Any]) -> str:
    """The field of DELETIONS that says that an account is deleted; empty if none does."""
    if record.get(DELETED_AT) is not None:
        return DELETED_AT
    return next((name for name in DELETIONS if record.get(name) is True), "")


def account_from(record: Mapping[str, Any]) -> Account:
    return Account(
        id=text_of(record, "id"),
        name=text_of(record, "name"),
        is_default=flag_of(record, "is_default"),
        is_active=flag_of(record, "is_active"),
        created_at=moment_of(record, "created_at"),
        updated_at=moment_of(record, "updated_at"),
        is_deleted=bool(deletion_in(record)),
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
