"""The cells of DPaaS's lists: how each field of a record is shown."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.utils.html import format_html
from django.utils.safestring import mark_safe

from console.upstream.dpaas_records import Account, Group, Member, ServiceAccount
from console.upstream.field_values import ABSENT, FieldValue, Odd
from console.web.templatetags.tables import Column
from console.web.templatetags.ui import badge, full_text, identifier, moment

T = TypeVar("T")

NULL = mark_safe('<span class="soft">null</span>')
NOT_GIVEN = mark_safe(
    '<span class="soft" title="Not given">–<span class="unseen"> Not given</span></span>'
)
NEVER = "Never"
NONE = mark_safe('<span class="soft">None</span>')


def told(value: FieldValue[T], show: Callable[[T], str], null: str = NULL) -> str:
    """The cell of a value, of null, of something odd, and of what was not told: each looks its own.

    What is odd is shown as it came.
    """
    if value is ABSENT:
        return NOT_GIVEN
    if value is None:
        return null
    if isinstance(value, Odd):
        text = value.text if value.text.strip() else f"“{value.text}”"
        return format_html('<bdi class="soft" title="Not as expected">{}</bdi>', text)
    return show(value)


def name_cell(text: str) -> str:
    """A name; in quotes if there would be nothing to see."""
    return full_text(text) if text.strip() else format_html('<span class="soft">“{}”</span>', text)


def when(value: datetime) -> str:
    return moment(value, relative=True)


def yes_no(yes: str, no: str) -> Callable[[bool], str]:
    return lambda value: yes if value else no


DELETED = badge("bad", "Deleted")
IS_ACTIVE = yes_no("Active", badge("warning", "Inactive"))
IS_DEFAULT = yes_no("Default", mark_safe('<span class="soft">No</span>'))
IS_VERIFIED = yes_no("Yes", badge("warning", "Not yet"))
MFA = yes_no("On", mark_safe('<span class="soft">Off</span>'))


ACCOUNT_TABLE: tuple[Column[Account], ...] = (
    Column("name", "Name", lambda one: told(one.name, name_cell), is_main=True),
    Column("is_default", "Default", lambda one: told(one.is_default, IS_DEFAULT)),
    Column(
        "is_active",
        "Active",
        lambda one: DELETED if one.is_deleted else told(one.is_active, IS_ACTIVE),
    ),
    Column("created_at", "Created", lambda one: told(one.created_at, when)),
    Column("updated_at", "Updated", lambda one: told(one.updated_at, when)),
    Column("id", "ID", lambda one: told(one.id, identifier)),
)
MEMBER_TABLE: tuple[Column[Member], ...] = (
    Column("email", "Email", lambda one: told(one.email, name_cell), is_main=True),
    Column("is_active", "Active", lambda one: told(one.is_active, IS_ACTIVE)),
    Column("is_verified", "Verified", lambda one: told(one.is_verified, IS_VERIFIED)),
    Column("mfa_enabled", "MFA", lambda one: told(one.mfa_enabled, MFA)),
    Column("last_login_at", "Last login", lambda one: told(one.last_login_at, when, NEVER)),
    Column("created_at", "Created", lambda one: told(one.created_at, when)),
    Column("id", "ID", lambda one: told(one.id, identifier)),
)
SERVICE_ACCOUNT_TABLE: tuple[Column[ServiceAccount], ...] = (
    Column("name", "Name", lambda one: told(one.name, name_cell), is_main=True),
    Column("description", "Description", lambda one: told(one.description, full_text, NONE)),
    Column("is_active", "Active", lambda one: told(one.is_active, IS_ACTIVE)),
    Column("last_used_at", "Last used", lambda one: told(one.last_used_at, when, NEVER)),
    Column("account_id", "Account ID", lambda one: told(one.account_id, identifier)),
    Column("created_at", "Created", lambda one: told(one.created_at, when)),
    Column("updated_at", "Updated", lambda one: told(one.updated_at, when)),
    Column("id", "ID", lambda one: told(one.id, identifier)),
)
GROUP_TABLE: tuple[Column[Group], ...] = (
    Column("name", "Name", lambda one: told(one.name, name_cell), is_main=True),
    Column("description", "Description", lambda one: told(one.description, full_text, NONE)),
    Column("member_count", "Members", lambda one: told(one.member_count, str)),
    Column("created_at", "Created", lambda one: told(one.created_at, when)),
    Column("updated_at", "Updated", lambda one: told(one.updated_at, when)),
    Column("id", "ID", lambda one: told(one.id, identifier)),
)
