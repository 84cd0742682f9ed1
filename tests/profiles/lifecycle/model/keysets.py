"""A keyset and what becomes of it in a rotation: each opens what the ones before it sealed."""

import base64
import json
from typing import Any

from console.vault.keyset import new_keyset


def _read(text: str) -> dict[str, Any]:
    keyset: dict[str, Any] = json.loads(base64.b64decode(text))
    return keyset


def _rotations(count: int) -> list[str]:
    keysets, keys = [], []
    for _ in range(count):
        new = _read(new_keyset())
        keys += new["key"]
        keysets.append(json.dumps({"primaryKeyId": new["primaryKeyId"], "key": keys}))
    return keysets


KEYSETS = _rotations(3)
