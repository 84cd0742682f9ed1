"""Open a profile for calls: the clients of both upstreams, with the profile's tokens attached."""

import os
from functools import cache

from django.conf import settings

from console.database.connection import release_connection
from console.profiles.lifecycle.tokens import ProfileTokens
from console.profiles.models import CredentialProfile
from console.upstream.dpaas import Dpaas
from console.upstream.dxtra import Dxtra
from console.upstream.network.cancellation import Cancellation
from console.upstream.network.egress import Egress
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline


@cache
def egress() -> Egress:
    """The one way out of this process."""
    return Egress(
        allowed_origins=settings.UPSTREAM_ORIGINS,
        internal_origins=settings.UPSTREAM_INTERNAL_ORIGINS,
        max_bytes=settings.UPSTREAM_MAX_BYTES,
        max_calls_per_upstream=settings.MAX_CALLS_PER_UPSTREAM,
        max_calls=settings.MAX_CALLS,
        max_queued_calls=settings.MAX_QUEUED_CALLS,
    )


os.register_at_fork(after_in_child=egress.cache_clear)  # no two processes share a connection


def tokens_of(profile: CredentialProfile, timeline: Timeline) -> ProfileTokens:
    return ProfileTokens(profile, egress(), timeline)


def dpaas(profile: CredentialProfile, timeline: Timeline) -> Dpaas:
    session = _session(profile, timeline, settings.DPAAS_DEADLINE)
    return Dpaas(session, profile.base_url)


def dxtra(
    profile: CredentialProfile,
    timeline: Timeline,
    *,
    role: str = "",
    cancellation: Cancellation | None = None,
) -> Dxtra:
    """`role`: one of the token's allowed roles; empty for the profile's, or the token's default.
    `cancellation`: by which another thread may give the call up."""
    session = _session(profile, timeline, settings.DXTRA_DEADLINE, cancellation)
    return Dxtra(session, profile.graphql_url, role or profile.role)


def _session(
    profile: CredentialProfile,
    timeline: Timeline,
    deadline: float,
    cancellation: Cancellation | None = None,
) -> AuthorizedSession:
    release_connection()  # the call may have to wait for a slot
    return AuthorizedSession(
        egress(),
        tokens_of(profile, timeline),
        timeline,
        deadline=deadline,
        connection_pool=str(profile.pk),
        share=str(profile.owner_id),
        cancellation=cancellation,
    )
