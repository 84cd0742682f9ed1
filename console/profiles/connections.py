"""Open a profile for calls: the clients of both upstreams, with the profile's tokens attached."""

from functools import cache

from django.conf import settings

from console import database
from console.profiles.models import CredentialProfile
from console.profiles.tokens import ProfileTokens
from console.upstream.dpaas import Dpaas
from console.upstream.dxtra import Dxtra
from console.upstream.egress import Egress
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline


@cache
def egress() -> Egress:
    """The one way out of this process. Built at the first call, so after gunicorn's fork."""
    return Egress(
        allowed_origins=settings.UPSTREAM_ORIGINS,
        internal_origins=settings.UPSTREAM_INTERNAL_ORIGINS,
        max_bytes=settings.UPSTREAM_MAX_BYTES,
        most_in_flight=settings.MAX_CALLS_PER_UPSTREAM,
        most_in_all=settings.MAX_CALLS,
        most_waiting=settings.MAX_QUEUED_CALLS,
    )


def tokens_of(profile: CredentialProfile, timeline: Timeline) -> ProfileTokens:
    return ProfileTokens(profile, egress(), timeline)


def dpaas(profile: CredentialProfile, timeline: Timeline) -> Dpaas:
    session = _session(profile, timeline, settings.DPAAS_DEADLINE)
    return Dpaas(session, profile.base_url)


def dxtra(profile: CredentialProfile, timeline: Timeline, *, role: str = "") -> Dxtra:
    """`role`: one of the token's allowed roles; empty for the profile's, or the token's default."""
    session = _session(profile, timeline, settings.DXTRA_DEADLINE)
    return Dxtra(session, profile.graphql_url, role or profile.role)


def _session(profile: CredentialProfile, timeline: Timeline, deadline: float) -> AuthorizedSession:
    database.let_go()  # a place among the calls in flight may have to be waited for
    return AuthorizedSession(egress(), tokens_of(profile, timeline), timeline, deadline=deadline)
