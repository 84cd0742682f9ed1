"""Addresses: which ones are well-formed, and where they lead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address

from console.upstream.errors import TargetRefused

DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_URL = 8192

# The letters of RFC 3986, and no other reading of them: no userinfo, no fragment, no backslash, no
# white space, nothing outside ASCII. Two parsers cannot disagree about what this lets through.
URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:(?P<name>[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?)|\[(?P<ipv6>[0-9a-f:.]{2,45})\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?:[a-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?)"
    r"(?P<query>(?:\?(?:[a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, in the one form that can be compared (RFC 6454)."""

    scheme: str
    host: str  # lower case; an IPv6 address in brackets and in its shortest form
    port: int

    @property
    def place(self) -> str:
        """The host, with its port where that is not the scheme's: for sentences."""
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.place}"


def parse_url(url: str) -> tuple[Origin, str]:
    """The origin of an absolute http(s) URL, and the rest of it (path and query).

    Raises ValueError with a reason that a user can read and that does not quote the URL.
    """
    found = URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None:
        raise ValueError(_what_is_wrong(url))
    scheme = found["scheme"].lower()
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError("the port of the address is no port number")
    origin = Origin(scheme, _host(found["name"], found["ipv6"]), port)
    return origin, found["path"] + found["query"]


def place_of(url: str) -> str:
    """The host of `url`, with its port where that is not the scheme's; empty if it is malformed."""
    try:
        return parse_url(url)[0].place
    except ValueError:
        return ""


def _host(name: str | None, ipv6: str | None) -> str:
    if name is not None:
        return name.lower()
    try:
        return f"[{IPv6Address(ipv6 or '').compressed}]"
    except ValueError:
        raise ValueError("the address holds a malformed IPv6 address") from None


def _what_is_wrong(url: str) -> str:
    checks = (
        (len(url) > LONGEST_URL, "the address is too long"),
        (
            not re.match("https?://", url, re.IGNORECASE),
            "the address must begin with https:// or http://",
        ),
        (not url.isascii(), "the address may hold ASCII letters only (write an IDN as xn--…)"),
        ("@" in url[8:].split("/")[0], "the address may not hold a user name or a password"),
        ("#" in url, "the address may not hold a fragment (#…)"),
    )
    return next((reason for wrong, reason in checks if wrong), "the address is malformed")


class AllowedOrigins:
    """The origins that may be called; nothing else ever is."""

    def __init__(self, origins: Iterable[str]) -> None:
        """Raises ValueError for an entry that is not scheme://host[:port]."""
        self._origins = frozenset(map(_bare_origin, origins))

    def __str__(self) -> str:
        return ", ".join(sorted(map(str, self._origins))) or "none"

    def check(self, url: str, *, system: str = "") -> Origin:
        """The origin of `url`. Raises TargetRefused, whose reason says which are allowed."""
        try:
            origin, _ = parse_url(url)
        except ValueError as wrong:
            raise TargetRefused(system or "the upstream", reason=str(wrong)) from None
        if origin not in self._origins:
            reason = f"the origin {origin} may not be called. Allowed are: {self}"
            raise TargetRefused(system or origin.place, host=origin.place, reason=reason)
        return origin


def _bare_origin(text: str) -> Origin:
    try:
        origin, rest = parse_url(text.strip())
    except ValueError as wrong:
        raise ValueError(f"{text!r} is no origin: {wrong}") from None
    if rest not in ("", "/"):
        raise ValueError(f"{text!r} is no origin: leave out what follows the host and the port")
    return origin
