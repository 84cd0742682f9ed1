"""Addresses: which ones are well-formed, and where they lead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from console.upstream.errors import TargetRefused
from console.upstream.network.addresses import AddressNotAllowed, check_address

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_LENGTH = 8192

# The characters of RFC 3986, without userinfo, fragment, backslash, white space or anything outside
# ASCII: two parsers cannot disagree about what this accepts.
URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:(?P<name>[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?)|\[(?P<ipv6>[0-9a-f:.]{2,45})\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?:[a-z0-9._~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?)"
    r"(?P<query>(?:\?(?:[a-z0-9._~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?)",
    re.IGNORECASE | re.ASCII,
)

# Its last part is a number: some resolvers read all these as IPv4 (127.1, 0x7f.1, 2130706433).
NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, in the one form that can be compared (RFC 6454)."""

    scheme: str
    host: str  # lower case; an IPv6 address in brackets and in its shortest form
    port: int

    @property
    def netloc(self) -> str:
        """The host, with its port where that is not the scheme's: for sentences."""
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def ip(self) -> str:
        """The host, if it is an IP address itself; else empty."""
        return self.host.strip("[]") if self.host[0] == "[" or NUMERIC.fullmatch(self.host) else ""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


@lru_cache(maxsize=256)  # a call asks several times for the same few
def parse_url(url: str) -> tuple[Origin, str]:
    """The origin of an absolute http(s) URL, and the rest of it (path and query).

    Raises ValueError with a reason that a user can read and that does not quote the URL.
    """
    found = URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
    if found is None:
        raise ValueError(_what_is_wrong(url))
    scheme = found["scheme"].lower()
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError("the port of the address is not valid")
    origin = Origin(scheme, _host(found["name"], found["ipv6"]), port)
    return origin, found["path"] + found["query"]


def netloc_of(url: str) -> str:
    """The host of `url`, with its port where that is not the scheme's; empty if it is malformed."""
    try:
        return parse_url(url)[0].netloc
    except ValueError:
        return ""


def origin_of(url: str) -> str:
    """The origin of `url` in its one spelling; `url` itself if it is malformed."""
    try:
        return str(parse_url(url)[0])
    except ValueError:
        return url


def _host(name: str | None, ipv6: str | None) -> str:
    if name is not None:
        if NUMERIC.fullmatch(name) and not _is_ipv4(name):
            raise ValueError("the address contains an invalid IPv4 address (it has four numbers)")
        return name.lower()
    try:
        return f"[{IPv6Address(ipv6 or '').compressed}]"
    except ValueError:
        raise ValueError("the address contains an invalid IPv6 address") from None


def _is_ipv4(name: str) -> bool:
    """Whether `name` is one in its only usual spelling: 127.0.0.1."""
    try:
        return str(IPv4Address(name)) == name
    except ValueError:
        return False


def _what_is_wrong(url: str) -> str:
    checks = (
        (len(url) > MAX_URL_LENGTH, "the address is too long"),
        (
            not re.match("https?://", url, re.IGNORECASE),
            "the address must begin with https:// or http://",
        ),
        (not url.isascii(), "the address may only contain ASCII letters (write an IDN as xn--…)"),
        ("@" in url[8:].split("/")[0], "the address may not contain a user name or password"),
        ("#" in url, "the address may not contain a fragment (#…)"),
    )
    return next((reason for wrong, reason in checks if wrong), "the address is not valid")


class AllowedOrigins:
    """The origins that may be called; nothing else ever is.

    Some of them are internal: they may lead inside the network, to private or loopback addresses.
    """

    def __init__(self, origins: Iterable[str], *, internal: Iterable[str] = ()) -> None:
        """`internal`: more origins, or some of the same. An IP address or `localhost` among
        `origins` was written down as what it is, so it counts as internal too.

        Raises ValueError for an entry that is not scheme://host[:port], or never called.
        """
        self._internal = frozenset(map(_bare_origin, internal))
        self._origins = frozenset(map(_bare_origin, origins)) | self._internal

    def __str__(self) -> str:
        return ", ".join(sorted(map(str, self._origins))) or "none"

    def is_internal(self, origin: Origin) -> bool:
        return origin in self._internal or origin.host == "localhost" or bool(origin.ip)

    def check(self, url: str, *, system: str = "") -> Origin:
        """The origin of `url`. Raises TargetRefused, whose reason says which are allowed."""
        try:
            origin, _ = parse_url(url)
        except ValueError as wrong:
            raise TargetRefused(system or "the upstream", reason=str(wrong)) from None
        if origin not in self._origins:
            reason = f"the origin {origin} is not allowed. Allowed: {self}"
            raise TargetRefused(system or origin.netloc, host=origin.netloc, reason=reason)
        return origin


def _bare_origin(text: str) -> Origin:
    try:
        origin, rest = parse_url(text.strip())
    except ValueError as wrong:
        raise ValueError(f"{text!r} is no origin: {wrong}") from None
    if rest not in ("", "/"):
        raise ValueError(f"{text!r} is no origin: leave out what follows the host and the port")
    try:
        if origin.ip:
            check_address(origin.ip, internal=True)
    except AddressNotAllowed as never:
        raise ValueError(f"{text!r} is no origin to be called: {never}") from None
    return origin
