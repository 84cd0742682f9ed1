"""GraphQL over HTTP as Hasura speaks it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.dxtra import Dxtra, GraphQLResult, is_expired, read_result
from console.upstream.errors import (
    AccessExpired,
    ConnectionCut,
    GatewayRefused,
    NotFound,
    ResponseInParts,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
)
from console.upstream.grants import PersonalAccessTokenGrant
from console.upstream.network.egress import Egress, Response
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DXTRA
from tests.upstream.clients import CONTEXT, FetchedTokens, Tokens, egress_to
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


IN_PARTS = 'multipart/mixed; boundary="-"'


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, IN_PARTS, b'---\r\n\r\n{"data": {}, "hasNext": true}\r\n-----'),
        (200, "text/event-stream", b'event: next\ndata: {"data": {}}\n\n'),
        (406, "text/plain", b""),  # GraphQL Yoga's, as we accept no answer in parts
    ],
)
def test_an_answer_in_parts_is_told_by_what_asked_for_it(
    status: int, kind: str, body: bytes
) -> None:
    head = f"HTTP/1.1 {status} Some\r\nContent-Type: {kind}\r\n"
    whole = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with listening(answering(whole)) as server, pytest.raises(ResponseInParts) as caught:
        client_of(server, Tokens()).execute("{ a @stream }", is_mutation=False)
    assert caught.value.sentence == (
        f"Dxtra responds to this in parts (status {status}), and Gatehouse reads whole responses."
        " If the query has @defer or @stream, remove them."
    )


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
        upstream.execute("query Q { a }", '{"id": 7}', "Q", is_mutation=False)
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
        (401, b"<html>nginx</html>", False),
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


# --- A write is sent once -------------------------------------------------------------------------


MAY_HAVE_RUN = {
    "partial data": (401, body_of(data={"a": 1, "b": None}, errors=[DENIED])),
    "data that is null": (401, body_of(data=None, errors=[DENIED])),
    "data without errors": (401, body_of(data={"a": 1})),
    "data behind other keys": (401, body_of(extensions={}, errors=[DENIED], data={"a": 1})),
    "data twice": (401, b'{"data": {"a": 1}, "errors": [{"message": "m"}], "data": null}'),
    "data in UTF-16": (401, body_of(data={"a": 1}).decode().encode("utf-16")),
    "data that is no JSON": (401, b'{"data": {"a": NaN}}'),
    "data that is cut": (401, b'{"data": {"a": 1'),
    "data in a batch": (401, b'[{"data": {"a": 1}}]'),
    "data in parts": (401, b'---\r\nContent-Type: application/json\r\n\r\n{"data": {"a": 1}}\r\n'),
    "Hasura's expired token": (200, body_of(data={"a": 1}, errors=[EXPIRED])),
    "Hasura's expired token and null": (400, body_of(data=None, errors=[EXPIRED])),
}


@pytest.mark.parametrize(("status", "body"), MAY_HAVE_RUN.values(), ids=MAY_HAVE_RUN)
def test_a_mutation_that_may_have_run_is_not_sent_again(status: int, body: bytes) -> None:
    tokens = Tokens()
    with listening(answering(answer(body, status=f"{status} Odd"))) as server:
        try:
            client_of(server, tokens).execute(QUERY, is_mutation=True)
        except UpstreamError as error:
            said = error.sentence
        else:
            said = ""  # it is a result, and shown as what it is
    assert said == "" or "Check before you try again" in said
    assert (len(server.requests), tokens.renewals) == (1, [])


@pytest.mark.parametrize("is_mutation", [False, True])
def test_a_gateways_401_page_is_told_as_one_and_costs_no_token(is_mutation: bool) -> None:
    page, tokens = answer(b"<!doctype html>401 Authorization Required", status="401 No"), Tokens()
    with listening(answering(page)) as server:
        with pytest.raises(GatewayRefused) as caught:
            client_of(server, tokens).execute(QUERY, is_mutation=is_mutation)
        assert (len(server.requests), tokens.renewals) == (1, [])
    assert ("Check before you try again" in caught.value.sentence) is is_mutation


@pytest.mark.parametrize("body", [b"", body_of(errors=[DENIED]), body_of(message="no")])
def test_a_mutation_that_certainly_did_not_run_is_sent_again_with_a_new_token(body: bytes) -> None:
    done = answer(body_of(data={"a": 1}))
    with listening(answering(answer(body, status="401 No"), done)) as server:
        assert client_of(server, Tokens()).execute(QUERY, is_mutation=True).has_data
    assert len(server.requests) == 2


def test_a_query_is_sent_again_with_a_new_token_and_its_second_answer_shown() -> None:
    partly = answer(body_of(data={"a": None}, errors=[DENIED]), status="401 No")
    with listening(answering(partly)) as server:
        result = client_of(server, Tokens()).execute(QUERY, is_mutation=False)
    assert (len(server.requests), result.status, len(result.errors)) == (2, 401, 1)


# --- GraphQL under any status ---------------------------------------------------------------------


APOLLO = {"message": "m", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}

TYPED = b"Content-Type: application/graphql-response+json; charset=utf-8\r\n"


@pytest.mark.parametrize("is_mutation", [False, True])
@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 413, 422, 429, 500, 502, 503])
def test_a_graphql_answer_is_one_under_any_status(status: int, is_mutation: bool) -> None:
    bodies = [
        body_of(errors=[APOLLO, APOLLO]),
        body_of(data={"a": None}, errors=[APOLLO]),
        body_of(data={"a": 1}),
    ]
    for body in bodies:
        with listening(answering(answer(body, status=f"{status} Odd"))) as server:
            result = client_of(server, Tokens()).execute(QUERY, is_mutation=is_mutation)
        assert (result.status, result.body) == (status, body)
        assert len(result.errors) == body.count(b"VALIDATION")
        assert result.has_data == (b"data" in body)


def test_an_answer_of_graphqls_own_type_is_one_whatever_its_errors_look_like() -> None:
    for body in (body_of(errors=["m"]), body_of(data=None, errors=[{}]), body_of(data=None)):
        with listening(answering(answer(body, status="400 No", head=TYPED))) as server:
            assert client_of(server, Tokens()).execute(QUERY, is_mutation=False).status == 400


NOT_GRAPHQL = {
    "FastAPI": {"detail": [{"loc": ["body", "query"], "msg": "the words"}]},
    "DRF": {"detail": "the words"},
    "JSON:API": {"errors": [{"status": "422", "title": "the words"}]},
    "field errors": {"errors": {"query": ["the words"]}},
    "sentences": {"errors": ["the words"]},
    "Nest": {"message": "the words", "statusCode": 403},
}


@pytest.mark.parametrize("status", [400, 403, 422, 500])
@pytest.mark.parametrize("body", NOT_GRAPHQL.values(), ids=NOT_GRAPHQL)
def test_what_a_framework_or_gateway_says_is_no_graphql_answer(body: object, status: int) -> None:
    data = answer(json.dumps(body).encode(), status=f"{status} Odd")
    with listening(answering(data)) as server, pytest.raises(UpstreamError) as caught:
        client_of(server, Tokens()).execute(QUERY, is_mutation=True)
    assert caught.value.status == status
    assert "the words" in caught.value.sentence or (status == 500 and "query" in str(body))
    assert json.loads(caught.value.body) == body
    assert caught.value.may_have_happened == (status == 500)


@pytest.mark.parametrize(
    "body", [body_of(data=None, message="the words"), b'{"data": {"a": NaN}, "message": "x"}']
)
def test_nobody_is_told_to_send_a_write_again_that_may_have_been_done(body: bytes) -> None:
    data = answer(body, status="422 No")
    with listening(answering(data)) as server, pytest.raises(ResponseUnreadable) as caught:
        client_of(server, Tokens()).execute(QUERY, is_mutation=True)
    assert "Check before you try again" in caught.value.sentence
    assert "send it again" not in caught.value.sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_answer_that_echoes_the_token_is_kept_without_it(encoding: str) -> None:
    echo = '{"data": {"headers": "Bearer token-1"}, "errors": [{"message": "é token-1"}]}'
    response = Response(200, {}, echo.encode(encoding))
    result = read_result(response, CONTEXT, secrets=[Secret("token-1")])
    kept = f"{result.body.decode()} {bytes(result.data).decode()} {result.errors}"
    assert "token-1" not in kept
    assert json.loads(result.body)["data"] == {"headers": "Bearer ••••••"}


def test_an_answer_without_the_token_is_kept_byte_for_byte() -> None:
    response = Response(200, {}, '{"data": {"a": "é"}}'.encode("utf-16"))
    assert read_result(response, CONTEXT, secrets=[Secret("x.y")]).body is response.body


def test_what_came_in_place_of_an_answer_is_kept_without_tokens_and_never_a_page() -> None:
    for said, kept in (
        (b'{"you sent": "Bearer token-1"}', '{"you sent": "Bearer ••••••"}'),
        (b"<html>token-1</html>", ""),
    ):
        with listening(answering(answer(said))) as server, pytest.raises(UpstreamError) as caught:
            client_of(server, Tokens()).execute(QUERY, is_mutation=False)
        assert caught.value.body.decode() == kept


# --- Digits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number", ["12345678901234567890.12345678901234567890", "1e400", "-0", "1.50E+05", "9" * 5000]
)
def test_numbers_go_out_and_come_back_digit_for_digit(number: str) -> None:
    error = f'[{{"message": "m", "path": ["a", {number}], "extensions": {{"n": {number}}}}}]'
    body = f'{{"data": {{"n": {number}}}, "errors": {error}}}'.encode()
    with listening(answering(answer(body))) as server:
        upstream = client_of(server, Tokens())
        result = upstream.execute(QUERY, f'{{"n": {number}}}', is_mutation=False)
    assert server.requests[0].endswith(f'"variables":{{"n": {number}}}}}'.encode())
    assert result.body == body
    assert (result.errors[0].path, result.errors[0].details[:4000]) == (
        f"$.a[{number}]",
        f'{{"n": {number}}}' if len(number) < 4000 else result.errors[0].details,
    )


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
    assert ("Check before you try again" in caught.value.sentence) is in_doubt


def result_of(body: bytes, **options: Any) -> GraphQLResult:
    return read_result(Response(200, {}, body), CONTEXT, **options)


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
def test_a_number_without_end_is_read(number: bytes, padding: int) -> None:
    """Python turns no such number into an int, and ijson's C parser crashes at it."""
    body = b'{"data": {"n":' + number + b', "x": "' + b"y" * padding + b'"}, "errors": ["m"]}'
    result = result_of(body)
    assert (result.has_data, [error.message for error in result.errors]) == (True, ["m"])


def test_a_large_answer_with_many_digits_in_a_text_is_read() -> None:
    body = b'{"data": {"n": ' + b"1" * 4300 + b', "x": "\\\\x' + b"0" * 500_000 + b'"}}'
    result = result_of(body)
    assert (result.has_data, result.errors) == (True, ())


graphql_bodies = bodies | st.fixed_dictionaries(
    {}, optional={"data": json_values, "errors": json_values | st.lists(json_values, max_size=3)}
).map(lambda parts: json.dumps(parts).encode())


@given(st.sampled_from([200, 401, 422, 500]), graphql_bodies, st.booleans())
def test_no_answer_brings_the_reader_down(status: int, body: bytes, large: bool) -> None:
    if large:
        body = body + b" " * 262_145
    answered = Response(status, {}, body)
    assert is_expired(answered) in (True, False)
    try:
        result = read_result(answered, CONTEXT, role="me", secrets=[Secret("s")])
    except UpstreamError:
        return
    for error in result.errors:
        (error.message + error.code + error.path + error.hint + error.details).encode()
