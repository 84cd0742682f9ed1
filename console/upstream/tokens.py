"""Tokens as values, and where an access token comes from."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from console.vault.secret import Secret

HASURA_CLAIMS = "https://hasura.io/jwt/claims"
LONGEST_PAYLOAD = 64 * 1024  # characters of a JWT's middle part
LONGEST_NAME = 200
MOST_ROLES = 100


class System(StrEnum):
    """The upstreams, by the names that users know."""

    DPAAS = "DPaaS"
    DXTRA = "Dxtra"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the upstream says we are: for display, never a reason to allow anything."""

    name: str
    roles: tuple[str, ...] = ()
    default_role: str | None = None


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a grant brings. Lifetimes are seconds from the start of the request that fetched it."""

    access_token: Secret
    refresh_token: Secret | None
    expires_in: float
    refresh_expires_in: float | None = None
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token and the generation of the profile's tokens that it belongs to."""

    secret: Secret
    generation: int


class TokenSource(Protocol):
    """Where an AuthorizedSession gets its tokens. Both raise UpstreamError, mostly
    TokenUnavailable or CredentialRefused."""

    def access_token(self) -> AccessToken:
        """A token to use now."""

    def renew(self, generation: int) -> AccessToken:
        """A newer token than `generation`, which the API refused as expired. The same generation
        comes back where no newer one may be fetched now."""


def decode_claims(jwt: Secret) -> Mapping[str, object]:
    """The claims of a JWT, unverified, for display only; empty if it cannot be read (RFC 7519)."""
    parts = jwt.reveal().split(".")
    if len(parts) != 3 or len(parts[1]) > LONGEST_PAYLOAD:
        return {}
    try:
        payload = parts[1].encode("ascii")
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def identity_from_claims(claims: Mapping[str, object], *, fallback_name: str = "") -> Identity:
    """Name and roles out of a JWT's claims, Hasura's among them; tolerant of any shape."""
    hasura = claims.get(HASURA_CLAIMS)
    if not isinstance(hasura, dict):
        hasura = {}
    names = (claims.get("email"), fallback_name, claims.get("name"), claims.get("sub"))
    return Identity(
        name=next((short for name in names if (short := shown(name))), ""),
        roles=role_names(hasura.get("x-hasura-allowed-roles")),
        default_role=shown(hasura.get("x-hasura-default-role")) or None,
    )


def role_names(value: object) -> tuple[str, ...]:
    """The distinct role names of a list, in its order; empty for anything else."""
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(filter(None, map(shown, value[:MOST_ROLES]))))


def shown(value: object) -> str:
    """`value` as a short printable text; empty if it is not a text."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in value[:LONGEST_NAME]).strip()
