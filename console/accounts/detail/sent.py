"""What a change sends and what was there before it, sealed: metadata may be personal."""

import msgspec

from console.accounts.detail.models import AccountChange
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes


class Sent(msgspec.Struct, frozen=True):
    """`changes`: fields and their new values as JSON; empty for a deletion. `before`: the same
    fields as they were. `updated_at`: as it was told, in JSON."""

    name: str  # of the account
    changes: dict[str, msgspec.Raw]
    before: dict[str, msgspec.Raw]
    updated_at: str


def seal_sent(change: AccountChange, sent: Sent) -> None:
    change.sealed = seal_bytes(msgspec.json.encode(sent), context=context_of(change))


def open_sent(change: AccountChange) -> Sent | None:
    """None where it does not open."""
    try:
        content = unseal_bytes(bytes(change.sealed), context=context_of(change))
    except CannotUnseal:
        return None
    return msgspec.json.decode(content, type=Sent)


def context_of(change: AccountChange) -> Context:
    return Context(change._meta.db_table, str(change.pk), "sealed", str(change.user_id))
