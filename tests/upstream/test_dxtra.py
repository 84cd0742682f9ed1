"""GraphQL over HTTP as Hasura speaks it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.dxtra import Dxtra, GraphQLError, GraphQLResult, is_expired, read_result
from console.upstream.errors import (
    AccessExpired,
    ConnectionCut,
    NotFound,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
)
from console.upstream.grants import PersonalAccessTokenGrant
from console.upstream.network.egress import Egress, Response
from console.upstream.preview import preview
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DXTRA
from tests.upstream.clients import FACTS, FetchedTokens, Tokens, egress_to
from tests.upstream.servers import Server, answer, answering, listening
from tests.upstream.test_responses import bodies, json_values

QUERY = "query { dataControllers { id title } }"
EXPIRED = {
    "message": "Could not verify JWT: JWTExpired",
    "extensions": {"path": "$", "code": "invalid-jwt"},
}
FORGED = {
    "message": "Could not verify JWT: JWSError JWSInvalidSignature",
    "extensions": {"path": "$", "code": "invalid-jwt"},
}
DENIED = {
    "message": "Your requested role is not in allowed roles",
    "extensions": {"path": "$", "code": "access-denied"},
}


def body_of(**parts: object) -> bytes:
    return json.dumps(parts).encode()


def client_of(server: Server, tokens: Tokens, role: str = "") -> Dxtra:
    session = AuthorizedSession(egress_to(server), tokens, Timeline(), 10)
    return Dxtra(session, f"{server.url}/v1/graphql", role)


def client(dxtra: DxtraUpstream, role: str = "") -> Dxtra:
    egress = Egress(allowed_origins=[dxtra.url], max_bytes=16 * 2**20)
    grant = PersonalAccessTokenGrant(dxtra.auth_url, Secret(OPS_DXTRA.personal_access_token))
    tokens = FetchedTokens(lambda: grant.fetch_token(egress, timeline=Timeline()).access_token)
    session = AuthorizedSession(egress, tokens, Timeline(), 20)
    return Dxtra(session, dxtra.graphql_url, role)


def test_the_seeds_query_brings_data(dxtra: DxtraUpstream) -> None:
    result = client(dxtra).execute(QUERY, is_mutation=False)
    assert (result.has_data, result.errors) == (True, ())
    assert set(json.loads(result.body)["data"]["dataControllers"][0]) == {"id", "title"}


@pytest.mark.parametrize("http_401", [False, True])
def test_an_expired_token_is_renewed_under_200_and_under_401(
    dxtra: DxtraUpstream, http_401: bool
) -> None:
    dxtra.set_options(http_401=http_401)
    upstream = client(dxtra)
    dxtra.expire("access")
    result = upstream.execute(QUERY, is_mutation=False)
    assert (result.has_data, result.errors) == (True, ())


def test_a_field_of_another_role_is_told_as_that(dxtra: DxtraUpstream) -> None:
    result = client(dxtra, "user").execute("query { nothingOfTheKind { id } }", is_mutation=False)
    assert not result.has_data
    assert [(error.code, error.hint) for error in result.errors] == [
        ("validation-failed", "not available to role user")
    ]


def test_a_role_that_is_not_ones_own_is_an_error_and_no_reason_to_renew(
    dxtra: DxtraUpstream,
) -> None:
    result = client(dxtra, "admin").execute(QUERY, is_mutation=False)
    assert [error.code for error in result.errors] == ["access-denied"]
    assert dxtra.stats.counts.sign_ins == 1


def test_a_result_of_twelve_megabytes_comes_whole(dxtra: DxtraUpstream) -> None:
    result = client(dxtra).execute("query { events(limit: 20000) { id } }", is_mutation=False)
    assert result.has_data or result.errors


def test_the_request_has_its_role_its_variables_and_its_operation() -> None:
    with listening(answering(answer(body_of(data={})))) as server:
        upstream = client_of(server, Tokens(), "user")
        upstream.execute("query Q { a }", {"id": 7}, "Q", is_mutation=False)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert b"\r\nX-Hasura-Role: user\r\n" in head
    assert json.loads(body) == {
        "query": "query Q { a }",
        "variables": {"id": 7},
        "operationName": "Q",
    }


def test_without_a_role_no_header_is_sent() -> None:
    with listening(answering(answer(body_of(data={})))) as server:
        client_of(server, Tokens()).execute(QUERY, is_mutation=False)
    assert b"x-hasura-role" not in server.requests[0].lower()


@pytest.mark.parametrize("is_mutation", [False, True])
@pytest.mark.parametrize("refusal", [EXPIRED, FORGED, DENIED])
def test_only_an_expired_token_is_renewed_and_once(
    refusal: dict[str, Any], is_mutation: bool
) -> None:
    tokens = Tokens()
    with listening(answering(answer(body_of(errors=[refusal])))) as server:
        upstream = client_of(server, tokens)
        if refusal is EXPIRED:
            with pytest.raises(AccessExpired):
                upstream.execute(QUERY, is_mutation=is_mutation)
        else:
            result = upstream.execute(QUERY, is_mutation=is_mutation)
            assert [error.message for error in result.errors] == [refusal["message"]]
    renewed = refusal is EXPIRED
    assert (len(server.requests), tokens.renewals) == (1 + renewed, [1] * renewed)


@pytest.mark.parametrize(
    ("status", "body", "expired"),
    [
        (401, b"", True),
        (401, b"<html>", True),
        (401, body_of(errors=[EXPIRED]), True),
        (401, body_of(errors=[FORGED]), False),
        (200, body_of(errors=[EXPIRED]), True),
        (200, body_of(errors=[FORGED]), False),
        (200, body_of(errors=[DENIED]), False),
        (200, body_of(data={"note": "invalid-jwt JWTExpired"}), False),
        (200, b"invalid-jwt", False),
        (400, body_of(errors=[EXPIRED]), True),
        (400, body_of(errors=[FORGED]), False),
        (403, body_of(errors=[EXPIRED]), False),
        (500, body_of(errors=[EXPIRED]), False),
    ],
)
def test_what_means_that_the_token_has_expired(status: int, body: bytes, expired: bool) -> None:
    assert is_expired(Response(status, {}, body)) is expired


@pytest.mark.parametrize("is_mutation", [False, True])
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (answer(b"<html>", status="502 Bad"), UpstreamFailed),
        (answer(b"", status="404 No"), NotFound),
        (answer(b"<html>hello"), ResponseUnreadable),
        (answer(b"[]"), ResponseUnreadable),
        (answer(b'{"path":"$","error":"x","code":"y"}'), ResponseUnreadable),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", None),
    ],
)
def test_what_is_no_graphql_is_an_error_of_ours(
    data: bytes, kind: type | None, is_mutation: bool
) -> None:
    def cut(conversation: Any) -> None:
        conversation.request()
        conversation.send(data)

    with listening(answering(data) if kind else cut) as server:
        with pytest.raises(UpstreamError) as caught:
            client_of(server, Tokens()).execute(QUERY, is_mutation=is_mutation)
        assert len(server.requests) == 1
    assert type(caught.value) is (kind or ConnectionCut)
    in_doubt = caught.value.may_have_happened and is_mutation
    assert ("look before you try again" in caught.value.sentence) is in_doubt


def result_of(body: bytes, **options: Any) -> GraphQLResult:
    return read_result(Response(200, {}, body), FACTS, **options)


def test_data_and_errors_can_stand_together() -> None:
    result = result_of(body_of(data={"a": None}, errors=[DENIED]))
    assert (result.has_data, len(result.errors)) == (True, 1)


ERRORS: dict[str, tuple[object, GraphQLError]] = {
    "Hasura's": (
        [{"message": "m", "extensions": {"code": "c", "path": "$.a"}}],
        GraphQLError("m", "c", "$.a"),
    ),
    "the standard's": (
        [{"message": "m", "path": ["a", 0, "b"], "locations": []}],
        GraphQLError("m", "", "$.a[0].b"),
    ),
    "without a code": ([{"message": "m", "extensions": {"my": 1}}], GraphQLError("m")),
    "without a message": ([{}], GraphQLError("an error without a message")),
    "a sentence": ("m", GraphQLError("m")),
    "a list of sentences": (["m"], GraphQLError("m")),
    "an object": ({"message": "m"}, GraphQLError("m")),
    "a number": ([7], GraphQLError("an error without a message")),
}


@pytest.mark.parametrize(("errors", "read"), ERRORS.values(), ids=ERRORS)
def test_errors_are_read_in_any_shape(errors: object, read: GraphQLError) -> None:
    assert result_of(body_of(errors=errors)).errors == (read,)


def test_the_hint_names_the_role_or_the_default() -> None:
    body = body_of(
        errors=[
            {
                "message": "field 'x' not found in type: 'query_root'",
                "extensions": {"code": "validation-failed"},
            }
        ]
    )
    assert result_of(body, role="me").errors[0].hint == "not available to role me"
    assert result_of(body).errors[0].hint == "not available to the default role"


def test_a_token_that_an_error_echoes_is_masked() -> None:
    body = body_of(errors=[{"message": "bad token tok-123"}])
    assert result_of(body, secrets=[Secret("tok-123")]).errors[0].message == "bad token ••••••"


ROWS = [{"id": number, "errors": "x" * 50} for number in range(10_000)]


@pytest.mark.parametrize(
    ("parts", "has_data", "messages"),
    [
        ({"data": {"rows": ROWS}}, True, []),
        ({"data": {"rows": ROWS}, "errors": [{"message": "m"}]}, True, ["m"]),
        ({"errors": [{"message": "m"}], "data": {"rows": ROWS}}, True, ["m"]),
        ({"errors": [{"message": "m", "rows": ROWS}], "data": None}, False, ["m"]),
    ],
)
def test_a_large_result_is_read_without_making_objects_of_it(
    parts: dict[str, object], has_data: bool, messages: list[str]
) -> None:
    result = result_of(body_of(**parts))
    assert len(result.body) > 512 * 1024
    assert (result.has_data, [error.message for error in result.errors]) == (has_data, messages)


def test_a_large_result_may_begin_with_a_byte_order_mark() -> None:
    assert result_of(b"\xef\xbb\xbf" + body_of(data={"rows": ROWS})).has_data


@pytest.mark.parametrize("body", [b"<html>" + b"x" * 500_000, b'{"x": "' + b"y" * 500_000 + b'"}'])
def test_a_large_answer_that_is_no_graphql_is_unreadable(body: bytes) -> None:
    with pytest.raises(ResponseUnreadable):
        result_of(body)


@pytest.mark.parametrize("number", [b"1" * 4301, b"-" + b"9" * 50_000, b" 1" + b"0" * 9000])
@pytest.mark.parametrize("padding", [0, 500_000])
def test_a_number_without_end_is_read_and_shown_up_to_it(number: bytes, padding: int) -> None:
    """Python turns no such number into an int, and ijson's C parser crashes at it."""
    body = b'{"data": {"n":' + number + b', "x": "' + b"y" * padding + b'"}, "errors": ["m"]}'
    result = result_of(body)
    assert (result.has_data, [error.message for error in result.errors]) == (True, ["m"])
    assert preview(body, max_bytes=1000, max_rows=1).text == '{\n  "data": {\n    "n": '


def test_a_large_answer_with_many_digits_in_a_text_is_read() -> None:
    body = b'{"data": {"n": ' + b"1" * 4300 + b', "x": "\\\\x' + b"0" * 500_000 + b'"}}'
    result = result_of(body)
    assert (result.has_data, result.errors) == (True, ())


graphql_bodies = bodies | st.fixed_dictionaries(
    {}, optional={"data": json_values, "errors": json_values | st.lists(json_values, max_size=3)}
).map(lambda parts: json.dumps(parts).encode())


@given(st.sampled_from([200, 401]), graphql_bodies, st.booleans())
def test_no_answer_brings_the_reader_down(status: int, body: bytes, large: bool) -> None:
    if large:
        body = body + b" " * 262_145
    answered = Response(status, {}, body)
    assert is_expired(answered) in (True, False)
    try:
        result = read_result(answered, FACTS, role="me", secrets=[Secret("s")])
    except ResponseUnreadable:
        return
    for error in result.errors:
        (error.message + error.code + error.path + error.hint).encode()
