"""Tokens as values, and where an access token comes from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import jwt

from console.upstream.words import visible
from console.vault.secret import Secret

HASURA_CLAIMS = "https://hasura.io/jwt/claims"
MAX_TOKEN_LENGTH = 64 * 1024  # characters of a JWT that is looked into
SENDABLE = re.compile(r"[!-~]+")  # what a header can hold as one word (RFC 6750, 2.1)
DEFAULT_LIFETIME = 300.0  # seconds, where the upstream gives none: short enough to be harmless
MAX_LIFETIME = 30 * 86400.0  # seconds; anything longer is cut to this
MAX_NAME_LENGTH = 200
MAX_ROLES = 100


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the upstream says we are: for display, never a reason to allow anything."""

    name: str
    roles: tuple[str, ...] = ()
    default_role: str | None = None


@dataclass(frozen=True, slots=True)
class TokenSet:
    """What a grant returns. `expires_in`: seconds from the start of the request that fetched it."""

    access_token: Secret
    refresh_token: Secret | None
    expires_in: float
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

    def proved(self, generation: int) -> None:
        """The API accepted `generation` after it had refused the one before: its refusal did mean
        'expired', and may be believed again."""


def decode_claims(token: Secret) -> Mapping[str, object]:
    """The claims of a JWT, unverified, for display only; empty if it cannot be read (RFC 7519)."""
    if len(token.reveal()) > MAX_TOKEN_LENGTH:
        return {}
    try:
        claims: dict[str, object] = jwt.decode(
            token.reveal(), options={"verify_signature": False, "verify_exp": False}
        )
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}
    return claims


def default_role_of(access_token: Secret) -> str:
    """The role that Hasura takes where a request names none; empty if the token does not say."""
    hasura = decode_claims(access_token).get(HASURA_CLAIMS)
    return shown(hasura.get("x-hasura-default-role")) if isinstance(hasura, dict) else ""


def token_set_from(body: object, *, fallback_name: str = "") -> TokenSet | None:
    """The tokens in the response to a sign-in or refresh; None if there is no access token, or
    none that a header can hold.

    Either system's: flat and in snake case (DPaaS), or in camel case, under `session` or bare
    (Dxtra: wrapped by /signin/pat, bare by /token).
    """
    if not isinstance(body, dict):
        return None
    session = body.get("session")
    found = session if isinstance(session, dict) else body
    access = _first_text(found, "accessToken", "access_token")
    if access is None or not SENDABLE.fullmatch(access.reveal()):
        return None
    claims = decode_claims(access)
    lifetime = _first_seconds(found, "accessTokenExpiresIn", "expires_in", "expiresIn")
    return TokenSet(
        access_token=access,
        refresh_token=_first_text(found, "refreshToken", "refresh_token"),
        expires_in=lifetime or _lifetime_by_claims(claims) or DEFAULT_LIFETIME,
        identity=_identity(found.get("user"), claims, fallback_name),
    )


def _first_text(found: Mapping[str, object], *keys: str) -> Secret | None:
    texts = (found.get(key) for key in keys)
    return next((Secret(text) for text in texts if isinstance(text, str) and text), None)


def _first_seconds(found: Mapping[str, object], *keys: str) -> float | None:
    """The first usable lifetime: a positive number, also one written as a text."""
    return next((seconds for key in keys if (seconds := _seconds(found.get(key)))), None)


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return min(seconds, MAX_LIFETIME) if seconds > 0 else None


def _lifetime_by_claims(claims: Mapping[str, object]) -> float | None:
    """`exp` - `iat`: both by the upstream's clock, so that ours does not matter."""
    begins, ends = _seconds_raw(claims.get("iat")), _seconds_raw(claims.get("exp"))
    return None if begins is None or ends is None else _seconds(ends - begins)


def _seconds_raw(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None


def _identity(user: object, claims: Mapping[str, object], fallback_name: str) -> Identity | None:
    """Who we are, by the `user` of a Dxtra session and the claims of the access token."""
    user = user if isinstance(user, dict) else {}
    hasura = claims.get(HASURA_CLAIMS)
    hasura = hasura if isinstance(hasura, dict) else {}
    names = (user.get("email"), claims.get("email"), fallback_name, user.get("displayName"))
    identity = Identity(
        name=next(filter(None, map(shown, names)), ""),
        roles=role_names(hasura.get("x-hasura-allowed-roles")) or role_names(user.get("roles")),
        default_role=shown(hasura.get("x-hasura-default-role") or user.get("defaultRole")) or None,
    )
    return identity if identity.name or identity.roles else None


def role_names(value: object) -> tuple[str, ...]:
    """The distinct role names of a list, in its order; empty for anything else."""
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(filter(None, map(shown, value[:MAX_ROLES]))))


def shown(value: object) -> str:
    """`value` as a short printable text; empty if it is not a text."""
    if not isinstance(value, str):
        return ""
    return visible(value[:MAX_NAME_LENGTH]).strip()
