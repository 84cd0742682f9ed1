"""The steps of a key rotation. Each returns a new keyset.

add → (every process can open) → promote → reseal what is stored → disable → destroy. Tink for
Python has no keyset manager, so the keyset's protobuf message is edited, and parsed again by Tink.
"""

from dataclasses import dataclass

import tink
from tink import proto_keyset_format, secret_key_access
from tink.proto import tink_pb2

from console.vault.keyset import TEMPLATE


class KeyRefused(Exception):
    """This cannot be done with this key. The text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a keyset, without its secret part."""

    id: int
    enabled: bool
    primary: bool

    @property
    def state(self) -> str:
        return "primary" if self.primary else "enabled" if self.enabled else "disabled"


def keys_of(handle: tink.KeysetHandle) -> list[Key]:
    """The keys, in the order in which they were added."""
    info = handle.keyset_info()
    return [
        Key(one.key_id, one.status == tink_pb2.ENABLED, one.key_id == info.primary_key_id)
        for one in info.key_info
    ]


def add_key(handle: tink.KeysetHandle) -> tuple[tink.KeysetHandle, int]:
    """Return the keyset with a new key, enabled and not primary, and the new key's id."""
    keyset = _message(handle)
    taken = {key.key_id for key in keyset.key}
    while True:
        new = _message(tink.new_keyset_handle(TEMPLATE)).key[0]
        if new.key_id not in taken:
            break
    keyset.key.add().CopyFrom(new)
    return _handle(keyset), new.key_id


def promote_key(handle: tink.KeysetHandle, key_id: int) -> tink.KeysetHandle:
    """Return the keyset with `key_id` as its primary. Raises KeyRefused."""
    key = find_key(handle, key_id)
    if key.primary:
        raise KeyRefused(f"Key {key_id} is already the primary.")
    if not key.enabled:
        raise KeyRefused(f"Key {key_id} is disabled. Enable it first.")
    keyset = _message(handle)
    keyset.primary_key_id = key_id
    return _handle(keyset)


def enable_key(handle: tink.KeysetHandle, key_id: int) -> tink.KeysetHandle:
    """Return the keyset with `key_id` enabled. Raises KeyRefused."""
    if find_key(handle, key_id).enabled:
        raise KeyRefused(f"Key {key_id} is already enabled.")
    return _with_status(handle, key_id, tink_pb2.ENABLED)


def disable_key(handle: tink.KeysetHandle, key_id: int) -> tink.KeysetHandle:
    """Return the keyset with `key_id` disabled: it opens nothing. Raises KeyRefused."""
    key = find_key(handle, key_id)
    if key.primary:
        raise KeyRefused(f"Key {key_id} is the primary. Promote another key first.")
    if not key.enabled:
        raise KeyRefused(f"Key {key_id} is already disabled.")
    return _with_status(handle, key_id, tink_pb2.DISABLED)


def destroy_key(handle: tink.KeysetHandle, key_id: int) -> tink.KeysetHandle:
    """Return the keyset without `key_id`: this cannot be undone. Raises KeyRefused."""
    if find_key(handle, key_id).enabled:
        raise KeyRefused(f"Key {key_id} is not disabled. Disable it first.")
    keyset = _message(handle)
    others = [key for key in keyset.key if key.key_id != key_id]
    return _handle(tink_pb2.Keyset(primary_key_id=keyset.primary_key_id, key=others))


def find_key(handle: tink.KeysetHandle, key_id: int) -> Key:
    """Return one key of the keyset. Raises KeyRefused where it has no such key."""
    keys = {key.id: key for key in keys_of(handle)}
    if key_id not in keys:
        known = ", ".join(map(str, keys))
        raise KeyRefused(f"The keyset has no key {key_id}. Its keys: {known}.")
    return keys[key_id]


def _with_status(handle: tink.KeysetHandle, key_id: int, status: int) -> tink.KeysetHandle:
    keyset = _message(handle)
    for key in keyset.key:
        if key.key_id == key_id:
            key.status = status
    return _handle(keyset)


def _message(handle: tink.KeysetHandle) -> tink_pb2.Keyset:
    text = proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return tink_pb2.Keyset.FromString(text)


def _handle(keyset: tink_pb2.Keyset) -> tink.KeysetHandle:
    return proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
