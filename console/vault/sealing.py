"""Seal and open secret values: encryption that is bound to the row and field of a value.

AEAD with associated data (RFC 5116): a sealed value that was moved to another table, row, field
or owner, or whose row now names another server, does not open. Nothing outside the vault knows
Tink, so it can be replaced.
"""

import json
from dataclasses import dataclass
from functools import cache

import tink
from django.conf import settings
from tink import aead

from console.vault.keyset import primitive_of, read_handle
from console.vault.rotation import keys_of
from console.vault.secret import Secret

MARK_BYTES = 5


class CannotUnseal(Exception):
    """The sealed value does not open here: moved, damaged, or its key is not in the keyset."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a sealed value is stored, and for where: the associated data of its encryption.

    `origins`: the servers that the value may be sent to; none for what is sent nowhere.
    """

    table: str
    row: str
    field: str
    owner: str
    origins: tuple[str, ...] = ()

    def associated_data(self) -> bytes:
        # JSON keeps the parts apart: ("a", "bc") and ("ab", "c") differ.
        parts: list[object] = [self.table, self.row, self.field, self.owner]
        return json.dumps([*parts, self.origins] if self.origins else parts).encode()


def seal(secret: Secret, *, context: Context) -> bytes:
    """Return `secret` encrypted for `context`."""
    return seal_bytes(secret.reveal().encode(), context=context)


def unseal(sealed: bytes, *, context: Context) -> Secret:
    """Return the secret that was sealed for `context`. Raises CannotUnseal."""
    try:
        return Secret(unseal_bytes(sealed, context=context).decode())
    except UnicodeDecodeError:
        raise CannotUnseal("a sealed value does not open") from None


def seal_bytes(content: bytes, *, context: Context) -> bytes:
    """Return `content` encrypted for `context`."""
    return _aead().encrypt(content, context.associated_data())


def unseal_bytes(sealed: bytes, *, context: Context) -> bytes:
    """Return the bytes that were sealed for `context`. Raises CannotUnseal."""
    try:
        return _aead().decrypt(bytes(sealed), context.associated_data())
    except tink.TinkError:
        raise CannotUnseal("a sealed value does not open") from None


def mark_of(key_id: int) -> bytes:
    """The prefix of every value sealed with this key.

    Tink's output prefix: 0x01, then the key's id in four bytes, big endian
    (https://developers.google.com/tink/wire-format).
    """
    return b"\x01" + key_id.to_bytes(4, "big")


def sealed_by(sealed: bytes) -> int | None:
    """The id of the key that marks `sealed`; None where no key does."""
    if len(sealed) < MARK_BYTES or sealed[0] != 1:
        return None
    return int.from_bytes(sealed[1:MARK_BYTES], "big")


def key_ids() -> frozenset[int]:
    """The ids of the keys that open: those of the keyset that are not disabled."""
    keys = keys_of(_handle(settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI))
    return frozenset(key.id for key in keys if key.enabled)


def _aead() -> aead.Aead:
    return _opened(settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI)


@cache
def _handle(keyset: str, kek_uri: str) -> tink.KeysetHandle:
    """Read once, before gunicorn forks: a key service is only needed at the start."""
    return read_handle(keyset, kek_uri)


@cache
def _opened(keyset: str, kek_uri: str) -> aead.Aead:
    return primitive_of(_handle(keyset, kek_uri))


def probe() -> None:
    """Seal and open once. Raises CannotUnseal or KeysetUnusable where the keyset does not work."""
    context = Context("probe", "", "", "")
    if unseal_bytes(seal_bytes(b"probe", context=context), context=context) != b"probe":
        raise CannotUnseal("the keyset does not open what it seals")
