"""Tink keysets: the keys that seal what is secret.

A keyset is Tink's JSON (https://developers.google.com/tink/design/keysets), plain or in base64,
which fits on one line. Its primary key seals; every enabled key opens. It may be wrapped by a key
service's key: then it is Tink's encrypted keyset.
"""

import base64
import binascii
import json

import tink
from tink import aead, json_proto_keyset_format, secret_key_access
from tink.proto import tink_pb2

from console.vault.wrapping import KeyServiceFailed, what_failed, wrapping_aead

aead.register()

TEMPLATE = aead.aead_key_templates.AES256_GCM
MAKE_ONE = "Make one with: python -m console.vault."
NO_ASSOCIATED_DATA = b""  # Vault's transit engine supports none


class KeysetUnusable(Exception):
    """The keyset cannot seal and open. The message never quotes it.

    `advice`: a sentence that says what to do.
    """

    def __init__(self, reason: str, *, advice: str = MAKE_ONE) -> None:
        super().__init__(reason)
        self.advice = advice


def new_keyset(kek_uri: str = "") -> str:
    """Return a new keyset with one AES-256-GCM key, on one line. Raises KeysetUnusable."""
    return write_keyset(tink.new_keyset_handle(TEMPLATE), kek_uri)


def read_handle(text: str, kek_uri: str = "") -> tink.KeysetHandle:
    """Return Tink's handle of the keyset in `text`, which `kek_uri` wraps unless it is empty.

    Raises KeysetUnusable for anything but a complete keyset with an enabled primary AEAD key.
    """
    plain = _as_json(text)
    handle = _unwrapped(plain, kek_uri) if kek_uri else _parsed(plain)
    primitive_of(handle)
    return handle


def write_keyset(handle: tink.KeysetHandle, kek_uri: str = "") -> str:
    """Return the keyset in base64 on one line, wrapped by `kek_uri` unless that is empty.

    Raises KeysetUnusable where the key service does not wrap it.
    """
    if kek_uri:
        try:
            text = json_proto_keyset_format.serialize_encrypted(
                handle, wrapping_aead(kek_uri), NO_ASSOCIATED_DATA
            )
        except Exception as error:
            raise _service_failed(error, "wrap") from None
    else:
        text = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return base64.b64encode(json.dumps(json.loads(text)).encode()).decode()


def _parsed(plain: str) -> tink.KeysetHandle:
    if '"encryptedKeyset"' in plain:
        advice = "Set VAULT_KEYSET_KEK_URI to the key that wraps it."
        raise KeysetUnusable("it is wrapped by a key service", advice=advice)
    try:
        return json_proto_keyset_format.parse(plain, secret_key_access.TOKEN)
    except Exception as error:
        # Tink and protobuf raise many types, and their texts may quote the keyset.
        raise KeysetUnusable(f"it is not a Tink keyset ({type(error).__name__})") from None


def _unwrapped(plain: str, kek_uri: str) -> tink.KeysetHandle:
    if '"encryptedKeyset"' not in plain:
        advice = "Set the wrapped keyset, or remove VAULT_KEYSET_KEK_URI."
        raise KeysetUnusable(
            "VAULT_KEYSET_KEK_URI is set, but the keyset is not wrapped", advice=advice
        )
    try:
        return json_proto_keyset_format.parse_encrypted(
            plain, wrapping_aead(kek_uri), NO_ASSOCIATED_DATA
        )
    except Exception as error:
        raise _service_failed(error, "unwrap") from None


def _service_failed(error: Exception, verb: str) -> KeysetUnusable:
    if isinstance(error, KeyServiceFailed):
        reason = f"the key service cannot be asked: {error}"
    else:
        reason = f"the key service did not {verb} it ({what_failed(error)})"
    return KeysetUnusable(reason, advice="Check VAULT_KEYSET_KEK_URI and the key service.")


def primitive_of(handle: tink.KeysetHandle) -> aead.Aead:
    """Return what seals and opens with the keyset. Raises KeysetUnusable."""
    keys = handle.keyset_info().key_info
    if len({key.key_id for key in keys}) < len(keys):
        raise KeysetUnusable("two of its keys have the same id")
    if any(key.output_prefix_type != tink_pb2.TINK for key in keys):
        raise KeysetUnusable("one of its keys does not mark what it seals (Tink's output prefix)")
    try:
        primitive = handle.primitive(aead.Aead)  # type: ignore[type-abstract]
        if primitive.decrypt(primitive.encrypt(b"probe", b"start"), b"start") == b"probe":
            return primitive
    except Exception as error:
        raise KeysetUnusable(f"its keys cannot seal and open ({type(error).__name__})") from None
    raise KeysetUnusable("it does not open what it seals")


def _as_json(text: str) -> str:
    text = text.strip()
    if text.startswith("{"):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise KeysetUnusable("it is neither JSON nor base64") from None
