"""Tink keysets: the keys that seal what is secret.

A keyset is Tink's JSON (https://developers.google.com/tink/design/keysets), as text or in base64
(environment variables and one-line files lose line breaks). Its primary key seals; every enabled
key opens.
"""

import base64
import binascii
import json

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

aead.register()

TEMPLATE = aead.aead_key_templates.AES256_GCM


class KeysetUnusable(Exception):
    """The text is no keyset that can seal and open. The message never quotes the text."""


def new_keyset() -> str:
    """Return a new keyset with one AES-256-GCM key, in base64 on one line."""
    handle = tink.new_keyset_handle(TEMPLATE)
    text = json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN)
    return base64.b64encode(json.dumps(json.loads(text)).encode()).decode()


def read_keyset(text: str) -> aead.Aead:
    """Return the AEAD primitive of the keyset in `text`.

    Raises KeysetUnusable for anything but a whole keyset with an enabled primary AEAD key.
    """
    try:
        handle = json_proto_keyset_format.parse(_as_json(text), secret_key_access.TOKEN)
        primitive = handle.primitive(aead.Aead)  # type: ignore[type-abstract]
        if primitive.decrypt(primitive.encrypt(b"probe", b"start"), b"start") != b"probe":
            raise KeysetUnusable("the keyset does not open what it seals")
    except KeysetUnusable:
        raise
    except Exception as error:
        # Tink and protobuf raise many types here; their texts may quote the keyset.
        raise KeysetUnusable(f"it is no Tink keyset ({type(error).__name__})") from None
    return primitive


def _as_json(text: str) -> str:
    text = text.strip()
    if text.startswith("{"):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise KeysetUnusable("it is neither JSON nor base64") from None
