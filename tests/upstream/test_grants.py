"""Grants, against the sandbox and against upstreams that answer oddly."""

import json

import pytest

from console.upstream.errors import (
    ConnectionCut,
    CredentialRefused,
    GatewayRefused,
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
        "DPaaS refused the email, password or organization (status 401). Correct it in the profile,"
        " or try again there. It is not retried automatically."
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


ECHO = b'{"message": "hunter2 is wrong", "details": {"x": ["hunter2"]}}'

ODD = {
    "429 and nothing": (answer(b"", status="429 Slow"), RateLimited),
    "500": (answer(b"oops", status="500 Oh"), UpstreamFailed),
    "502 page": (answer(b"<html>", status="502 Bad Gateway"), UpstreamFailed),
    "404": (answer(b"", status="404 No"), NotFound),
    "400": (answer(ECHO, status="400 No"), GatewayRefused),
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


OWN_OF_DPAAS = {
    "as documented": {"error": "Unauthorized", "message": "hunter2 is wrong"},
    "FastAPI": {"detail": "Incorrect hunter2"},
    "FastAPI, an object": {"detail": {"code": "LOCKED", "message": "Locked"}},
    "FastAPI, a list": {"detail": [{"loc": ["body", "x"], "msg": "bad", "type": "missing"}]},
    "simplejwt": {"detail": "No active account found", "code": "no_active_account"},
    "Django REST framework": {"non_field_errors": ["Unable to log in with provided hunter2."]},
    "its fields": {"username": ["This field is required."]},
    "its list": ["Wrong"],
    "OAuth": {"error": "invalid_grant", "error_description": "Wrong"},
}
OWN_OF_NHOST = {
    "invalid-pat": {"error": "invalid-pat", "message": "hunter2 is no token"},
    "disabled-user": {"error": "disabled-user", "message": "User is disabled"},
    "a schema error": {"error": "error in openapi3filter.RequestError: request body has an error"},
}


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize(
    ("number", "body"),
    [(number, body) for number in (0, 2) for body in OWN_OF_DPAAS.values()]
    + [(number, body) for number in (1, 3) for body in OWN_OF_NHOST.values()],
)
def test_a_refusal_in_the_auth_servers_own_words_is_a_refused_credential(
    number: int, body: object, status: int
) -> None:
    found = outcome(grants_for("http://x")[number], as_json(body, f"{status} No"))
    assert type(found) is CredentialRefused
    assert "hunter2" not in repr(found)


JSON = b"Content-Type: application/json\r\n"


def as_json(body: object, status: str) -> bytes:
    return answer(json.dumps(body).encode(), status=status, head=JSON)


GATEWAYS: dict[str, bytes] = {
    "nginx": b"<html><head><title>403 Forbidden</title></head><body>nginx</body></html>",
    "Django's CSRF page": b"\n<!DOCTYPE html>\n<html>CSRF verification failed.</html>",
    "nothing": b"",
    "Envoy": b"RBAC: access denied",
    "AWS API Gateway": b'{"message":"Forbidden"}',
    "AWS, an authorizer": b'{"Message":"User is not authorized to access this resource"}',
    "Kong": b'{"message":"Unauthorized","request_id":"8a1"}',
    "Azure": b'{"statusCode":401,"message":"Access denied due to missing subscription key."}',
    "Google": b'{"code":16,"message":"UNAUTHENTICATED: no key"}',
    "Tyk": b'{"error":"Access to this API has been disallowed"}',
    "Oathkeeper": b'{"error":{"code":403,"status":"Forbidden","message":"Access is denied"}}',
    "Apigee": b'{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"x"}}}',
    "Spring": b'{"timestamp":"2026","path":"/","status":403,"error":"Forbidden","message":"No"}',
    "Cloudflare's API": b'{"success":false,"errors":[{"code":9109,"message":"Invalid"}]}',
    "Cloudflare": b'{"type":"https://x","title":"Error 1020","status":403,"detail":"Denied"}',
    "texts": b'{"errors":["Forbidden"]}',
    "null": b"null",
    "a number": b"403",
    "an empty object": b"{}",
    "too much": b'{"error":"invalid-pat","message":"' + b"x" * 70_000 + b'"}',
}


@pytest.mark.parametrize("status", ["403 No"])
@pytest.mark.parametrize("data", GATEWAYS.values(), ids=GATEWAYS)
@pytest.mark.parametrize("number", range(4))
def test_a_gateways_word_says_nothing_about_the_credential(
    number: int, data: bytes, status: str
) -> None:
    found = outcome(grants_for("http://x")[number], answer(data, status=status))
    assert type(found) is GatewayRefused


def test_a_gateway_is_quoted_as_one() -> None:
    found = outcome(password_grant("http://x"), as_json({"message": "Forbidden"}, "403 No"))
    assert isinstance(found, GatewayRefused)
    assert "responded in its place (status 403): the response is not from DPaaS." in (
        found.sentence
    )
    assert found.sentence.endswith("It says: “Forbidden”")


@pytest.mark.parametrize("number", [0, 2])
def test_who_names_what_we_sent_has_read_it(number: int) -> None:
    sent = ["email", "password", "refresh_token"][number]
    data = as_json({"message": "Invalid", "errors": {sent: ["is wrong"]}}, "400 No")
    assert type(outcome(grants_for("http://x")[number], data)) is CredentialRefused


@pytest.mark.parametrize("data", [b"<html>403", b'{"message":"Forbidden"}', b""])
def test_a_session_is_not_taken_for_ended_because_a_gateway_says_so(data: bytes) -> None:
    with (
        listening(answering(answer(data, status="401 No"))) as server,
        pytest.raises(GatewayRefused),
    ):
        sign_out(
            egress_to(server), auth_url=server.url, refresh_token=Secret("x"), timeline=Timeline()
        )


def test_a_locked_user_is_told_in_the_upstreams_words() -> None:
    locked = answer(b'{"error":"Forbidden","message":"Account locked"}', status="403 Forbidden")
    found = outcome(password_grant("http://x"), locked)
    assert isinstance(found, CredentialRefused)
    assert "“Account locked”" in found.sentence


def test_an_email_that_is_none_is_a_refused_credential_with_its_reason() -> None:
    body = b'{"error":"ValidationError","message":"Invalid","details":{"email":["is no email"]}}'
    found = outcome(password_grant("http://x"), answer(body, status="422 Unprocessable"))
    assert isinstance(found, CredentialRefused)
    assert found.sentence.endswith("“Invalid; email: is no email”")


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


def test_an_error_under_200_is_no_session_and_is_quoted() -> None:
    said = {"error": "Locked", "message": "Too many attempts with s3cret-word"}
    with listening(answering(answer(json.dumps(said).encode()))) as server:
        grant = password_grant(server.url, "s3cret-word")
        with pytest.raises(ResponseUnreadable) as caught:
            grant.fetch_token(egress_to(server), timeline=Timeline())
    assert "Too many attempts with" in caught.value.sentence
    assert "s3cret-word" not in caught.value.sentence
