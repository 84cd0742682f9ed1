"""Grants, against the sandbox and against upstreams that answer oddly."""

import json

import pytest

from console.upstream.errors import (
    ConnectionCut,
    CredentialRefused,
    NotFound,
    RateLimited,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
)
from console.upstream.grants import PasswordGrant, PersonalAccessTokenGrant, RefreshGrant, sign_out
from console.upstream.network.egress import Egress
from console.upstream.systems import System
from console.upstream.timeline import Timeline
from console.upstream.tokens import Identity, TokenSet
from console.vault.secret import Secret
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.upstream.clients import egress_to
from tests.upstream.servers import answer, answering, listening

Grant = PasswordGrant | PersonalAccessTokenGrant | RefreshGrant


def to(upstream: DpaasUpstream | DxtraUpstream) -> Egress:
    return Egress(allowed_origins=[upstream.url], max_bytes=2**20)


def password_grant(url: str, password: str = OPS_DPAAS.password) -> PasswordGrant:
    return PasswordGrant(url, OPS_DPAAS.email, Secret(password), OPS_DPAAS.organization_slug)


def token_grant(auth_url: str, token: str = OPS_DXTRA.personal_access_token):
    return PersonalAccessTokenGrant(auth_url, Secret(token))


def refresh(system: System, url: str, tokens: TokenSet) -> RefreshGrant:
    assert tokens.refresh_token is not None
    return RefreshGrant(system, url, tokens.refresh_token)


def test_a_password_brings_tokens_and_a_refresh_brings_the_next(dpaas: DpaasUpstream) -> None:
    timeline = Timeline()
    first = password_grant(dpaas.url).fetch_token(to(dpaas), timeline=timeline)
    second = refresh(System.DPAAS, dpaas.url, first).fetch_token(to(dpaas), timeline=timeline)
    assert (first.expires_in, second.expires_in) == (900, 900)
    assert first.identity is not None
    assert first.identity.name == OPS_DPAAS.email
    assert first.access_token.reveal() != second.access_token.reveal()
    assert [step for step, _ in timeline.steps] == ["token exchanged", "token refreshed"]
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 1)


def test_a_personal_access_token_brings_tokens_and_roles(dxtra: DxtraUpstream) -> None:
    timeline = Timeline()
    first = token_grant(dxtra.auth_url).fetch_token(to(dxtra), timeline=timeline)
    second = refresh(System.DXTRA, dxtra.auth_url, first).fetch_token(to(dxtra), timeline=timeline)
    assert second.identity == Identity(OPS_DXTRA.email, OPS_DXTRA.roles, OPS_DXTRA.default_role)
    assert [step for step, _ in timeline.steps] == ["token exchanged", "token refreshed"]


def test_a_wrong_password_is_a_refused_credential(dpaas: DpaasUpstream) -> None:
    timeline = Timeline()
    with pytest.raises(CredentialRefused) as caught:
        password_grant(dpaas.url, "wr0ng").fetch_token(to(dpaas), timeline=timeline)
    assert caught.value.sentence.startswith(
        "DPaaS refused the email, password or organization (status 401). Correct it in the profile;"
        " it is not tried again until then."
    )
    assert [step for step, _ in timeline.steps] == ["token not exchanged"]


@pytest.mark.parametrize("token", ["550e8400-e29b-41d4-a716-446655440000", "dxtra_pat_nonsense"])
@pytest.mark.parametrize("conceal", [False, True])
def test_a_wrong_personal_access_token_is_a_refused_credential(
    dxtra: DxtraUpstream, token: str, conceal: bool
) -> None:
    dxtra.set_options(conceal_errors=conceal)
    with pytest.raises(CredentialRefused) as caught:
        token_grant(dxtra.auth_url, token).fetch_token(to(dxtra), timeline=Timeline())
    assert token not in caught.value.sentence


@pytest.mark.parametrize("system", System)
def test_a_spent_refresh_token_is_a_refused_credential(
    dpaas: DpaasUpstream, dxtra: DxtraUpstream, system: System
) -> None:
    upstream = dpaas if system is System.DPAAS else dxtra
    url = dpaas.url if system is System.DPAAS else dxtra.auth_url
    grant = password_grant(url) if system is System.DPAAS else token_grant(url)
    spent = refresh(system, url, grant.fetch_token(to(upstream), timeline=Timeline()))
    spent.fetch_token(to(upstream), timeline=Timeline())
    with pytest.raises(CredentialRefused, match="refused the refresh token"):
        spent.fetch_token(to(upstream), timeline=Timeline())


def test_signing_out_ends_one_session_and_keeps_the_personal_access_token(
    dxtra: DxtraUpstream,
) -> None:
    egress, timeline = to(dxtra), Timeline()
    kept, ended = (
        token_grant(dxtra.auth_url).fetch_token(egress, timeline=Timeline()) for _ in range(2)
    )
    assert ended.refresh_token is not None
    for _ in range(2):  # the second finds the session gone, which is as good
        sign_out(
            egress,
            auth_url=dxtra.auth_url,
            refresh_token=ended.refresh_token,
            timeline=timeline,
        )
    with pytest.raises(CredentialRefused):
        refresh(System.DXTRA, dxtra.auth_url, ended).fetch_token(egress, timeline=Timeline())
    refresh(System.DXTRA, dxtra.auth_url, kept).fetch_token(egress, timeline=Timeline())
    token_grant(dxtra.auth_url).fetch_token(egress, timeline=Timeline())


def grants_for(url: str) -> list[Grant]:
    return [
        password_grant(url, "hunter2"),
        token_grant(url, "hunter2"),
        RefreshGrant(System.DPAAS, url, Secret("hunter2")),
        RefreshGrant(System.DXTRA, url, Secret("hunter2")),
    ]


def outcome(grant: Grant, data: bytes) -> UpstreamError | TokenSet:
    """What `grant` brings from an upstream that always answers `data`."""
    with listening(answering(data)) as server:
        moved = grant.__class__(
            **{
                name: server.url if name in ("base_url", "auth_url", "url") else value
                for name, value in ((n, getattr(grant, n)) for n in grant.__slots__)
            }
        )
        try:
            return moved.fetch_token(egress_to(server), timeline=Timeline())
        except UpstreamError as error:
            return error


ECHO = json.dumps({"message": "hunter2 is wrong", "details": {"password": ["hunter2"]}}).encode()

ODD = {
    "429 and nothing": (answer(b"", status="429 Slow"), RateLimited),
    "500": (answer(b"oops", status="500 Oh"), UpstreamFailed),
    "502 page": (answer(b"<html>", status="502 Bad Gateway"), UpstreamFailed),
    "404": (answer(b"", status="404 No"), NotFound),
    "400": (answer(ECHO, status="400 No"), CredentialRefused),
    "401": (answer(ECHO, status="401 No"), CredentialRefused),
    "403": (answer(ECHO, status="403 Locked"), CredentialRefused),
    "200 and nothing": (answer(b""), ResponseUnreadable),
    "200 and a page": (answer(b"<html>welcome"), ResponseUnreadable),
    "200 without tokens": (answer(b'{"session": null, "mfa": {}}'), ResponseUnreadable),
    "201 with a token": (answer(b'{"access_token": "a"}', status="201 Made"), TokenSet),
}


@pytest.mark.parametrize(("data", "kind"), ODD.values(), ids=ODD)
@pytest.mark.parametrize("number", range(4))
def test_every_answer_of_a_token_route_has_its_meaning(
    number: int, data: bytes, kind: type
) -> None:
    found = outcome(grants_for("http://x")[number], data)
    assert type(found) is kind
    assert "hunter2" not in repr(found)


def test_a_locked_user_is_told_in_the_upstreams_words() -> None:
    locked = answer(b'{"error":"Forbidden","message":"Account locked"}', status="403 Forbidden")
    found = outcome(password_grant("http://x"), locked)
    assert isinstance(found, CredentialRefused)
    assert "“Account locked”" in found.sentence


def test_an_email_that_is_none_is_a_refused_credential_with_its_reason() -> None:
    body = b'{"error":"ValidationError","message":"Invalid","details":{"email":["is no email"]}}'
    found = outcome(password_grant("http://x"), answer(body, status="422 Unprocessable"))
    assert isinstance(found, CredentialRefused)
    assert found.upstream_message == "Invalid; email is no email"


@pytest.mark.parametrize("number", range(4))
def test_a_grant_whose_answer_is_lost_is_not_sent_again(number: int) -> None:
    with listening(lambda conversation: conversation.request() and None) as server:
        grant = grants_for(server.url)[number]
        with pytest.raises(ConnectionCut) as caught:
            grant.fetch_token(egress_to(server), timeline=Timeline())
        assert len(server.requests) == 1
    assert caught.value.may_have_happened


def test_a_grant_shows_no_secret() -> None:
    assert [grant for grant in grants_for("http://x") if "hunter2" in repr(grant)] == []
