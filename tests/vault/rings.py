"""Keysets in the state that a test wants."""

import base64
import json
from typing import Any

import tink
from tink import proto_keyset_format, secret_key_access
from tink.proto import tink_pb2

from console.vault import rotation
from console.vault.keyset import new_keyset, read_handle, write_keyset


def two_keys() -> tuple[str, int, int]:
    """A keyset with a primary and another enabled key, and both ids."""
    handle, second = rotation.add_key(read_handle(new_keyset()))
    return write_keyset(handle), rotation.keys_of(handle)[0].id, second


def promoted(keyset: str, key_id: int) -> str:
    return write_keyset(rotation.promote_key(read_handle(keyset), key_id))


def disabled(keyset: str, key_id: int) -> str:
    return write_keyset(rotation.disable_key(read_handle(keyset), key_id))


def as_json(keyset: str) -> dict[str, Any]:
    """Tink's JSON of a keyset."""
    parsed: dict[str, Any] = json.loads(base64.b64decode(keyset))
    return parsed


def as_text(keyset: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(keyset).encode()).decode()


def of_template(template: tink_pb2.KeyTemplate, *, public: bool = False) -> str:
    """A whole keyset of another kind of key."""
    handle = tink.new_keyset_handle(template)
    handle = handle.public_keyset_handle() if public else handle
    return write_keyset(handle)


def key_material(keyset: str) -> list[str]:
    """What must never be printed but in the keyset itself."""
    proto = tink_pb2.Keyset.FromString(
        proto_keyset_format.serialize(read_handle(keyset), secret_key_access.TOKEN)
    )
    return [base64.b64encode(key.key_data.value).decode()[4:-4] for key in proto.key]
