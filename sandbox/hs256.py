"""JSON Web Tokens signed with HMAC-SHA-256, as Nhost Auth issues them (RFC 7519)."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

HEAD = {"alg": "HS256", "typ": "JWT"}


class BadToken(Exception):
    """The token is no good; the subclass tells why."""


class Malformed(BadToken):
    """Not three segments of base64url with JSON in the first two."""

    def __init__(self, segments: int) -> None:
        super().__init__("malformed")
        self.segments = segments


class BadSignature(BadToken):
    """Signed with another key, or changed since."""


class Expired(BadToken):
    """Well signed, but its time is over."""


def sign(claims: dict[str, Any], key: bytes) -> str:
    """A token with these claims."""
    signed = f"{_encode(_json(HEAD))}.{_encode(_json(claims))}"
    return f"{signed}.{_encode(_mac(signed, key))}"


def verify(token: str, key: bytes) -> dict[str, Any]:
    """The claims of a good token; raises Malformed, BadSignature or Expired."""
    segments = token.split(".")
    if len(segments) != 3:
        raise Malformed(len(segments))
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_encode(_mac(signed, key)).encode(), signature.encode()):
        raise BadSignature
    try:
        claims: dict[str, Any] = json.loads(_decode(segments[1]))
    except (ValueError, binascii.Error):
        raise Malformed(len(segments)) from None
    if claims["exp"] <= time.time():
        raise Expired
    return claims


def _mac(signed: str, key: bytes) -> bytes:
    return hmac.digest(key, signed.encode(), hashlib.sha256)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
