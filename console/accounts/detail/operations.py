"""What can be done to an account, and the smallest thing that DPaaS is sent for it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from console.accounts.detail.fields import value_of
from console.upstream.dpaas import Fields
from console.upstream.dpaas_records import DELETED_AT, DELETIONS, deletion_in

Typed = Mapping[str, Any]  # the form's cleaned data


@dataclass(frozen=True, slots=True)
class Operation:
    """`changes`: the fields to PATCH, as JSON; None: a DELETE. `fits`: whether it is offered."""

    key: str
    label: str  # of its link, and of its button where that has none of its own
    done: str  # the sentence afterwards, with {name}
    fits: Callable[[Fields], bool]
    changes: Callable[[Fields, Typed], dict[str, msgspec.Raw]] | None
    typed: tuple[str, ...] = ()  # the fields of its form
    warning: str = ""
    button: str = ""

    @property
    def is_reviewed(self) -> bool:
        """Whether what was typed is shown once more, before and after, and sent from there."""
        return "metadata" in self.typed


def _set(name: str, value: object) -> Callable[[Fields, Typed], dict[str, msgspec.Raw]]:
    raw = msgspec.Raw(json.dumps(value).encode())
    return lambda fields, typed: {name: raw}


def is_deleted(fields: Fields) -> bool:
    """Whether the instance says so of the account itself."""
    return bool(_restoring(fields))


def _restoring(fields: Fields) -> dict[str, msgspec.Raw]:
    """What takes a deletion back, where the instance shows one: nothing is documented."""
    found = deletion_in({name: value_of(fields, name) for name in DELETIONS})
    return {found: msgspec.Raw(b"null" if found == DELETED_AT else b"false")} if found else {}


OPERATIONS = {
    operation.key: operation
    for operation in (
        Operation(
            "rename",
            "Rename",
            "Renamed to {name}.",
            lambda fields: not is_deleted(fields),
            lambda fields, typed: {"name": msgspec.Raw(json.dumps(typed["name"]).encode())},
            typed=("name",),
        ),
        Operation(
            "set-default",
            "Make default",
            "{name} is the default account now.",
            lambda fields: value_of(fields, "is_default") is not True and not is_deleted(fields),
            _set("is_default", True),
            warning="It replaces the organization's current default account.",
        ),
        Operation(
            "activate",
            "Activate",
            "Activated {name}.",
            lambda fields: value_of(fields, "is_active") is False and not is_deleted(fields),
            _set("is_active", True),
        ),
        Operation(
            "deactivate",
            "Deactivate",
            "Deactivated {name}.",
            lambda fields: value_of(fields, "is_active") is True and not is_deleted(fields),
            _set("is_active", False),
        ),
        Operation(
            "metadata",
            "Edit metadata",
            "Changed the metadata of {name}.",
            lambda fields: not is_deleted(fields),
            lambda fields, typed: {"metadata": msgspec.Raw(typed["metadata"].encode())},
            typed=("metadata",),
            button="Save metadata",
        ),
        Operation(
            "delete",
            "Delete",
            "Deleted {name}.",
            lambda fields: not is_deleted(fields),
            None,
            warning="It is a soft delete: administrators can still see the account in DPaaS.",
        ),
        Operation(
            "restore",
            "Restore",
            "Restored {name}.",
            is_deleted,
            lambda fields, typed: _restoring(fields),
        ),
    )
}


def offered(fields: Fields, *, only_restoring: bool = False) -> list[Operation]:
    """What fits the account. `only_restoring`: it is deleted, though it may not say so itself."""
    fitting = [operation for operation in OPERATIONS.values() if operation.fits(fields)]
    return [each for each in fitting if each.key == "restore"] if only_restoring else fitting
