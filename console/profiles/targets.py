"""Targets: what the address of a screen names, an organization at a DPaaS or an endpoint of Dxtra.

    /dpaas/acme/accounts/                      acme at the deployment's DPAAS_BASE_URL
    /dpaas/acme@eu.dpaas.example~v2/accounts/  acme at https://eu.dpaas.example/v2
    /dxtra/api.dxtra.ai/graphql/               https://api.dxtra.ai/v1/graphql
    /dxtra/local.dxtra.ai~v1/graphql/          https://local.dxtra.ai/v1

A slug follows from the profile and the settings alone, so that it means the same to every teammate,
whatever profiles they own. Two targets never share a slug.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Self
from urllib.parse import unquote

from django.conf import settings

from console.upstream.network.origins import DEFAULT_PORTS, parse_url
from console.upstream.systems import System

# The path that goes unsaid in the slug.
USUAL_PATH = {System.DPAAS: "", System.DXTRA: "/v1/graphql"}
LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|\[::1\]")
READABLE = "-_."  # and letters, marks and digits of any script


@dataclass(frozen=True, slots=True)
class Target:
    """An organization at a DPaaS, or a GraphQL endpoint of Dxtra."""

    system: System
    address: str  # DPaaS: the base URL; Dxtra: the GraphQL URL; in the form of `canonical`
    organization: str = ""  # DPaaS only

    @classmethod
    def dpaas(cls, organization: str, base_url: str) -> Self:
        return cls(System.DPAAS, canonical(base_url), organization)

    @classmethod
    def dxtra(cls, graphql_url: str) -> Self:
        return cls(System.DXTRA, canonical(graphql_url))

    @classmethod
    def parse(cls, system: System, slug: str) -> Self:
        """The target that `slug` names. Raises ValueError where it names none."""
        if system == System.DXTRA:
            return cls.dxtra(_read_address(slug, system))
        organization, at, address = slug.partition("@")
        if not slug:
            raise ValueError("empty")
        base_url = _read_address(address, system) if at else settings.DPAAS_BASE_URL
        return cls.dpaas(_unescaped(organization), base_url)

    @property
    def slug(self) -> str:
        """Its name in addresses, before the percent-encoding of URLs."""
        if self.system == System.DXTRA:
            return _write_address(self.address, self.system)
        if self.organization and self.address == canonical(settings.DPAAS_BASE_URL):
            return _escaped(self.organization)
        return f"{_escaped(self.organization)}@{_write_address(self.address, self.system)}"

    @property
    def name(self) -> str:
        """As people read it: "acme", "acme@eu.dpaas.example/v2", "api.dxtra.ai"."""
        where = _plain_address(self.address, self.system)
        if self.system == System.DXTRA:
            return where
        if self.address == canonical(settings.DPAAS_BASE_URL):
            return self.organization
        return f"{self.organization}@{where}"

    def __str__(self) -> str:
        return self.name


# A page with hundreds of profiles leads to a few servers, and names each many times.
@lru_cache(maxsize=1024)
def canonical(url: str) -> str:
    """`url` with its host in lower case, without a default port or a slash at its end."""
    try:
        origin, path = parse_url(url)
    except ValueError:
        return url  # no profile form lets it pass; no slug leads to it
    return f"{origin}{path.rstrip('/')}"


def is_loopback(url: str) -> bool:
    """Whether `url` leads to the console's own machine."""
    try:
        return bool(LOOPBACK.fullmatch(parse_url(url)[0].host))
    except ValueError:
        return False


@lru_cache(maxsize=1024)
def _plain_address(url: str, system: System) -> str:
    """`url` for people, without what goes unsaid in the slug either."""
    try:
        origin, path = parse_url(url)
    except ValueError:
        return url
    scheme = "" if origin.scheme == _usual_scheme(origin.host) else f"{origin.scheme}://"
    return f"{scheme}{origin.netloc}{'' if path == USUAL_PATH[system] else path or '/'}"


@lru_cache(maxsize=1024)
def _write_address(url: str, system: System) -> str:
    """`eu.dpaas.example~v2`: the host, then the path if it is not the usual one, `~` for `/`.

    The scheme goes unsaid where it is the usual one: HTTPS, or HTTP on loopback.
    """
    try:
        origin, path = parse_url(url)
    except ValueError:
        return _escaped(url) or "~"  # which no address leads to
    scheme = "" if origin.scheme == _usual_scheme(origin.host) else f"{origin.scheme}+"
    if path == USUAL_PATH[system]:
        return f"{scheme}{origin.netloc}"
    steps = [_escaped(step) for step in path.removeprefix("/").split("/")]
    return f"{scheme}{origin.netloc}~{'~'.join(steps)}"


def _read_address(text: str, system: System) -> str:
    """The URL that _write_address wrote. Raises ValueError."""
    before, tilde, rest = text.partition("~")
    scheme, plus, netloc = before.rpartition("+")
    if plus and scheme not in DEFAULT_PORTS:
        raise ValueError("no scheme")
    path = USUAL_PATH[system]
    if tilde:
        path = "/" + "/".join(map(_unescaped, rest.split("~")))
    bare, more = parse_url(f"http://{netloc}")
    if more:
        raise ValueError("more than a host and a port")
    origin, _ = parse_url(f"{scheme or _usual_scheme(bare.host)}://{netloc}{path.rstrip('/')}")
    return f"{origin}{path.rstrip('/')}"


def _usual_scheme(host: str) -> str:
    return "http" if LOOPBACK.fullmatch(host) else "https"


@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    """`text` with every character that is not readable percent-encoded.

    The URL encodes the percent signs again, because servers and proxies decode one layer: a slash,
    or a name of dots alone, would be taken for a part of the path.
    """
    if not text.strip("."):
        return text.replace(".", "%2E")
    return "".join(letter if _is_readable(letter) else _percent(letter) for letter in text)


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def _unescaped(text: str) -> str:
    """The inverse of _escaped. Raises ValueError for what it never writes."""
    plain = unquote(text, errors="strict")
    if _escaped(plain) != text:
        raise ValueError("not in its one spelling")
    return plain


def _is_readable(letter: str) -> bool:
    return letter in READABLE or unicodedata.category(letter)[0] in "LMN"


class DpaasTargetConverter:
    """`<dpaas:target>` in URL patterns."""

    regex = "[^/]+"
    system = System.DPAAS

    def to_python(self, value: str) -> Target:
        return Target.parse(self.system, value)

    def to_url(self, value: Target) -> str:
        return value.slug


class DxtraTargetConverter(DpaasTargetConverter):
    """`<dxtra:target>` in URL patterns."""

    system = System.DXTRA
