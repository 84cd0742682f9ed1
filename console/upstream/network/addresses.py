"""Which IP addresses may be dialled.

Written out because `ipaddress.is_global` differs between patch versions of Python. From IANA's
registries of special-purpose addresses, IPv4 and IPv6 (RFC 6890 and what each
line names), and the clouds' documentation of their metadata services.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Networks = tuple[IPv4Network | IPv6Network, ...]

ADVICE = "an administrator can allow it with UPSTREAM_INTERNAL_ORIGINS"


def _networks(*texts: str) -> Networks:
    return tuple(map(ip_network, texts))


# Never dialled, whatever the settings say.
NEVER: Mapping[str, Networks] = {
    "belongs to a cloud's metadata service": _networks(
        "169.254.169.254",  # AWS, Azure, Google Cloud and most others
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254",  # Google Cloud
        "fd00:c1::/32",  # Oracle Cloud
        "fd00:42::42",  # Scaleway
        "100.100.100.200",  # Alibaba Cloud
        "168.63.129.16",  # Azure, the host of a virtual machine
        "192.0.0.192",  # Oracle Cloud, classic
    ),
    "is link-local": _networks("169.254.0.0/16", "fe80::/10"),
    "is a multicast address": _networks("224.0.0.0/4", "ff00::/8"),
    "is no host's": _networks("0.0.0.0/8", "255.255.255.255", "::"),
    "hides where it leads": _networks(
        "2001::/32",  # Teredo, RFC 4380
        "64:ff9b:1::/48",  # NAT64 of some network's own making, RFC 8215
    ),
}

# Dialled only for an origin that is allowed as an internal one.
INTERNAL: Mapping[str, Networks] = {
    "is inside the network": _networks(
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # shared with a provider, RFC 6598
        "127.0.0.0/8",
        "::1",
        "fc00::/7",  # unique local, RFC 4193
        "fec0::/10",  # site-local, RFC 3879
    ),
    "is not on the internet": _networks(
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation, RFC 5737
        "198.51.100.0/24",
        "203.0.113.0/24",
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "240.0.0.0/4",  # reserved
        "2001::/23",  # IETF protocol assignments: benchmarks, ORCHID
        "2001:db8::/32",  # documentation, RFC 3849
        "3fff::/20",  # documentation, RFC 9637
        "::/3",  # all that is not 2000::/3, the only part of IPv6 that is given out
        "4000::/2",
        "8000::/1",
    ),
}

HOLDS_IPV4 = "only translates another one"
IPV4_AT_THE_END = _networks(
    "::ffff:0:0/96",  # IPv4-mapped, RFC 4291
    "::/96",  # IPv4-compatible, RFC 4291
    "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
    "64:ff9b::/96",  # NAT64, RFC 6052
)
SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056
ISATAP = (b"\x00\x00\x5e\xfe", b"\x02\x00\x5e\xfe")  # RFC 5214, before the IPv4 address


class AddressNotAllowed(OSError):
    """Nothing was dialled. Its text says of which address, and why."""


def check_address(text: str, *, internal: bool) -> None:
    """Raise AddressNotAllowed unless `text`, an IP address of a host, may be dialled.

    `internal`: for an origin that is expressly allowed inside the network. What a translating
    address holds is then looked at itself.
    """
    try:
        address = ip_address(text)
    except ValueError:  # nothing that a resolver gives
        raise AddressNotAllowed("its address cannot be read") from None
    held = _held_ipv4(address)
    never = _found(address, NEVER) or (held and _found(held, NEVER)) or _zone(address)
    if never:
        raise AddressNotAllowed(f"its address {address} {never}, which is never called")
    if internal:
        return
    why = _found(address, INTERNAL) if held is None else HOLDS_IPV4
    if why:
        raise AddressNotAllowed(f"its address {address} {why}; {ADVICE}")


def _found(address: IPv4Address | IPv6Address, kinds: Mapping[str, Networks]) -> str:
    return next((why for why, networks in kinds.items() if _within(address, networks)), "")


def _within(address: IPv4Address | IPv6Address, networks: Networks) -> bool:
    return any(address in network for network in networks)


def _zone(address: IPv4Address | IPv6Address) -> str:
    zone = isinstance(address, IPv6Address) and address.scope_id is not None
    return "is of one link only" if zone else ""


def _held_ipv4(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address leads to, if it is made of one."""
    if not isinstance(address, IPv6Address) or address == IPv6Address("::1"):
        return None
    if _within(address, IPV4_AT_THE_END) or address.packed[8:12] in ISATAP:
        return IPv4Address(address.packed[12:])
    return IPv4Address(address.packed[2:6]) if address in SIX_TO_FOUR else None
