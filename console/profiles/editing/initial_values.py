"""What stands in the form of a new profile before anything is typed."""

from collections.abc import Mapping

from django.conf import settings

from console.profiles.editing.forms import initial_addresses
from console.profiles.models import Environment
from console.profiles.targets import is_loopback
from console.upstream.errors import TargetRefused
from console.upstream.network.origins import AllowedOrigins
from console.upstream.systems import System

ADDRESS_OF_CALLS = {System.DPAAS: "base_url", System.DXTRA: "graphql_url"}
MAX_LENGTH = 300


def initial_values(kind: str, asked: Mapping[str, str]) -> dict[str, str]:
    """The deployment's addresses, or what `asked` (of the URL) names; never an origin that the
    settings do not allow. `kind`: of a System; any other has no values."""
    if kind not in ADDRESS_OF_CALLS:
        return {}
    address = ADDRESS_OF_CALLS[System(kind)]
    values = initial_addresses(kind)
    if _is_allowed(asked.get(address, "")):
        values[address] = asked[address]
    if kind == System.DPAAS:
        values["organization_slug"] = asked.get("organization_slug", "")[:MAX_LENGTH]
    here = is_loopback(values[address])
    return values | {"environment": Environment.LOCAL if here else Environment.PRODUCTION}


def _is_allowed(url: str) -> bool:
    origins = AllowedOrigins(settings.UPSTREAM_ORIGINS, internal=settings.UPSTREAM_INTERNAL_ORIGINS)
    try:
        origins.check(url)
    except TargetRefused:
        return False
    return len(url) <= MAX_LENGTH
