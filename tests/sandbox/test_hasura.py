"""Dxtra's GraphQL: Hasura's responses, roles and lists."""

import json
from typing import Any

import pytest
import requests

from sandbox.dxtra import DxtraUpstream
from sandbox.dxtra_data import FIRST_CONTROLLER
from sandbox.people import OPS_DXTRA, READER_DXTRA
from tests.sandbox.clients import SECONDS, ask, bearer, dxtra_login, get

SEED_QUERY = "query { dataControllers { id title } }"
OFFICER = "data_protection_officer"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def token(dxtra: DxtraUpstream) -> str:
    return str(dxtra_login(dxtra)["accessToken"])


def error_of(answer: Any) -> tuple[int, str, str, str]:
    (error,) = answer.json()["errors"]
    extensions = error["extensions"]
    return answer.status_code, error["message"], extensions["code"], extensions["path"]


def test_the_first_query_of_the_guide_is_answered_as_printed(
    dxtra: DxtraUpstream, token: str
) -> None:
    answer = ask(dxtra, SEED_QUERY, token=token)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json()["data"]["dataControllers"][0] == {
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "title": "My Organisation",
    }


def test_hostile_names_come_through_whole(dxtra: DxtraUpstream, token: str) -> None:
    titles = {
        row["title"]
        for row in ask(dxtra, SEED_QUERY, token=token).json()["data"]["dataControllers"]
    }
    assert {"Zürich & Søn <b>", 'O\'Brien "x"', "名前"} <= titles


def test_an_expired_token_is_reported_under_http_200_or_as_401(
    dxtra: DxtraUpstream, token: str
) -> None:
    dxtra.expire("access")
    expected = ("Could not verify JWT: JWTExpired", "invalid-jwt", "$")
    assert error_of(ask(dxtra, SEED_QUERY, token=token)) == (200, *expected)
    dxtra.set_options(http_401=True)
    assert error_of(ask(dxtra, SEED_QUERY, token=token)) == (401, *expected)


def test_a_bad_signature_is_not_called_expired(dxtra: DxtraUpstream, token: str) -> None:
    forged = token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB")
    message = "Could not verify JWT: JWSError JWSInvalidSignature"
    assert error_of(ask(dxtra, SEED_QUERY, token=forged)) == (200, message, "invalid-jwt", "$")


def test_a_call_without_a_token_is_refused(dxtra: DxtraUpstream) -> None:
    message = "Missing 'Authorization' or 'Cookie' header in JWT authentication mode"
    assert error_of(ask(dxtra, SEED_QUERY, token=None)) == (200, message, "invalid-headers", "$")


def test_a_role_that_is_not_allowed_is_denied(dxtra: DxtraUpstream, token: str) -> None:
    message = "Your requested role is not in allowed roles"
    answer = ask(dxtra, SEED_QUERY, token=token, role="admin")
    assert error_of(answer) == (200, message, "access-denied", "$")
    reader = dxtra_login(dxtra, READER_DXTRA)["accessToken"]
    assert error_of(ask(dxtra, SEED_QUERY, token=reader, role=OFFICER))[2] == "access-denied"


def test_the_schema_differs_by_role(dxtra: DxtraUpstream, token: str) -> None:
    query = "{ __schema { queryType { fields { name } } mutationType { name } } }"
    schemas = {
        role: ask(dxtra, query, token=token, role=role).json()["data"]["__schema"]
        for role in ("me", "user", OFFICER)
    }
    roots = {
        role: {field["name"] for field in schema["queryType"]["fields"]}
        for role, schema in schemas.items()
    }
    assert roots["me"] == {"user", "users"}
    assert roots[OFFICER] - roots["user"] == {"dataSubjects_aggregate", "users"}
    assert {role: schema["mutationType"] for role, schema in schemas.items()} == {
        "me": None,
        "user": {"name": "mutation_root"},
        OFFICER: {"name": "mutation_root"},
    }


def test_a_field_of_another_role_looks_like_a_mistake(dxtra: DxtraUpstream, token: str) -> None:
    query = "{ dataSubjects_aggregate { aggregate { count } } }"
    assert error_of(ask(dxtra, query, token=token)) == (
        200,
        "field 'dataSubjects_aggregate' not found in type: 'query_root'",
        "validation-failed",
        "$.selectionSet.dataSubjects_aggregate",
    )
    officer = ask(dxtra, query, token=token, role=OFFICER).json()
    assert officer == {"data": {"dataSubjects_aggregate": {"aggregate": {"count": 400}}}}


@pytest.mark.parametrize(
    ("query", "message", "path"),
    [
        ("{ ", "not a valid graphql query", "$.query"),
        (
            "{ dataControllers { id nope } }",
            "field 'nope' not found in type: 'dataControllers'",
            "$.selectionSet.dataControllers.selectionSet.nope",
        ),
        (
            "{ dataControllers(first: 1) { id } }",
            "'dataControllers' has no argument named 'first'",
            "$.selectionSet.dataControllers",
        ),
        (
            "{ dataControllers(where: {nope: {_eq: 1}}) { id } }",
            "field 'nope' not found in type: 'dataControllers_bool_exp'",
            "$.selectionSet.dataControllers.args.where.nope",
        ),
        (
            "query ($id: uuid!) { dataSubject(id: $id) { id } }",
            'expecting a value for non-nullable variable: "id"',
            "$",
        ),
        (
            "query A { dataControllers { id } } query B { dataControllers { id } }",
            "exactly one operation has to be present in the document "
            "when operationName is not specified",
            "$",
        ),
    ],
)
def test_a_query_that_does_not_fit_is_refused_in_hasuras_words(
    dxtra: DxtraUpstream, token: str, query: str, message: str, path: str
) -> None:
    answer = ask(dxtra, query, token=token)
    assert error_of(answer) == (200, message, "validation-failed", path)


def test_an_operation_is_chosen_by_its_name(dxtra: DxtraUpstream, token: str) -> None:
    query = "query A { dataControllers(limit: 1) { id } } query B { users { id } }"
    query = query.replace("users", "events(limit: 1)")
    answer = ask(dxtra, query, token=token, operationName="B")
    assert answer.json() == {"data": {"events": [{"id": 0}]}}


def test_a_list_is_filtered_ordered_and_cut(dxtra: DxtraUpstream, token: str) -> None:
    query = """query ($controller: uuid!) {
      dataSubjects(
        where: {_and: [{dataControllerId: {_eq: $controller}}, {did: {_like: "did:dxtra:%"}}]}
        order_by: {createdAt: desc}, limit: 3, offset: 1
      ) { createdAt dataController { id } }
    }"""
    variables = {"controller": FIRST_CONTROLLER}
    rows = ask(dxtra, query, token=token, variables=variables).json()["data"]["dataSubjects"]
    times = [row["createdAt"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert [row["dataController"]["id"] for row in rows] == [FIRST_CONTROLLER] * 3


def test_an_invalid_uuid_is_a_data_exception(dxtra: DxtraUpstream, token: str) -> None:
    answer = ask(dxtra, '{ dataSubject(id: "x") { id } }', token=token)
    message = 'invalid input syntax for type uuid: "x"'
    assert error_of(answer) == (200, message, "data-exception", "$")


def test_one_row_by_its_id_or_null(dxtra: DxtraUpstream, token: str) -> None:
    query = "query ($id: uuid!) { dataSubject(id: $id) { id } }"
    answer = ask(dxtra, query, token=token, variables={"id": NOWHERE})
    assert answer.json() == {"data": {"dataSubject": None}}


def test_data_and_errors_stand_together(dxtra: DxtraUpstream, token: str) -> None:
    body = ask(dxtra, "{ dataSubjects { id riskScore } }", token=token).json()
    missing = [row["id"] for row in body["data"]["dataSubjects"] if row["riskScore"] is None]
    assert len(body["data"]["dataSubjects"]) == 400
    assert len(body["errors"]) == len(missing) > 0
    assert body["errors"][0]["extensions"]["code"] == "remote-schema-error"


def test_an_insert_is_there_afterwards_and_a_second_one_violates(
    dxtra: DxtraUpstream, token: str
) -> None:
    query = """mutation ($did: String!, $controller: uuid!) {
      insert_dataSubjects(objects: [{did: $did, dataControllerId: $controller}]) {
        affected_rows returning { did }
      }
    }"""
    variables = {"did": "did:dxtra:new", "controller": FIRST_CONTROLLER}
    first = ask(dxtra, query, token=token, variables=variables).json()
    inserted = {"affected_rows": 1, "returning": [{"did": "did:dxtra:new"}]}
    assert first == {"data": {"insert_dataSubjects": inserted}}
    second = error_of(ask(dxtra, query, token=token, variables=variables))
    path = "$.selectionSet.insert_dataSubjects.args.objects"
    assert second[2:] == ("constraint-violation", path)
    found = ask(
        dxtra, '{ dataSubjects(where: {did: {_eq: "did:dxtra:new"}}) { did } }', token=token
    )
    assert found.json() == {"data": {"dataSubjects": [{"did": "did:dxtra:new"}]}}


def test_an_insert_for_an_unknown_controller_lacks_permission(
    dxtra: DxtraUpstream, token: str
) -> None:
    query = (
        'mutation ($c: uuid!) { insert_dataSubjects(objects: [{did: "d", dataControllerId: $c}])'
    )
    answer = ask(dxtra, query + "{ affected_rows } }", token=token, variables={"c": NOWHERE})
    assert error_of(answer)[2] == "permission-error"


def test_a_consent_is_changed_by_its_key(dxtra: DxtraUpstream, token: str) -> None:
    consent = dxtra.data.consents[0]
    query = """mutation ($id: uuid!, $value: Boolean!) {
      updateDataSubjectConsentFormValue(pk_columns: {id: $id}, _set: {value: $value}) { id value }
    }"""
    variables = {"id": consent["id"], "value": not consent["value"]}
    changed = ask(dxtra, query, token=token, variables=variables).json()["data"]
    assert changed == {"updateDataSubjectConsentFormValue": variables}


def test_an_action_reports_its_failure_inside_good_data(dxtra: DxtraUpstream, token: str) -> None:
    query = (
        "mutation ($id: uuid!) { requestDataSubjectExport(dataSubjectId: $id) { status message } }"
    )
    bad = ask(dxtra, query, token=token, variables={"id": NOWHERE}).json()
    good = ask(dxtra, query, token=token, variables={"id": dxtra.data.subjects[0]["id"]}).json()
    assert bad == {
        "data": {"requestDataSubjectExport": {"status": "error", "message": "No such data subject"}}
    }
    assert good["data"]["requestDataSubjectExport"]["status"] == "success"


def test_a_query_may_be_an_action(dxtra: DxtraUpstream, token: str) -> None:
    query = "query ($id: uuid!) { complianceStatus(dataControllerId: $id) { status data } }"
    good = ask(dxtra, query, token=token, variables={"id": FIRST_CONTROLLER}).json()["data"]
    bad = ask(dxtra, query, token=token, variables={"id": NOWHERE}).json()["data"]
    assert good["complianceStatus"]["data"]["title"] == "My Organisation"
    assert bad == {"complianceStatus": {"status": "error", "data": None}}


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("{_not: {id: {_is_null: false}}}", 0),
        ('{_or: [{title: {_eq: "名前"}}, {title: {_ilike: "my org%"}}]}', 2),
        ('{title: {_in: ["名前", "nobody"]}}', 1),
        ("{}", 24),
    ],
)
def test_filters_combine(dxtra: DxtraUpstream, token: str, where: str, count: int) -> None:
    query = f"{{ dataControllers(where: {where}) {{ id }} }}"
    rows = ask(dxtra, query, token=token).json()["data"]["dataControllers"]
    assert len(rows) == count


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "invalid-json"),
        (b'{"operationName": "A"}', "parse-failed"),
        (b'{"query": "{ users { id } }", "variables": [1]}', "parse-failed"),
    ],
)
def test_a_body_that_is_no_graphql_request_is_an_error_under_http_200(
    dxtra: DxtraUpstream, token: str, body: bytes, code: str
) -> None:
    answer = requests.post(dxtra.graphql_url, data=body, headers=bearer(token), timeout=SECONDS)
    assert (answer.status_code, error_of(answer)[2]) == (200, code)


@pytest.mark.parametrize(
    ("header", "code", "words"),
    [
        ("Basic abc", "invalid-headers", "Malformed Authorization header"),
        (
            "Bearer abc",
            "invalid-jwt",
            "Could not verify JWT: JWSError (CompactDecodeError Invalid number of parts: "
            "Expected 3 parts; got 1)",
        ),
        ("Bearer a.b.c", "invalid-jwt", "Could not verify JWT: JWSError JWSInvalidSignature"),
        ("Bearer ä.ö.ü", "invalid-jwt", "Could not verify JWT: JWSError JWSInvalidSignature"),
    ],
)
def test_an_invalid_authorization_header_is_refused(
    dxtra: DxtraUpstream, header: str, code: str, words: str
) -> None:
    headers = {"Authorization": header}
    answer = requests.post(dxtra.graphql_url, json={}, headers=headers, timeout=SECONDS)
    assert error_of(answer) == (200, words, code, "$")


def test_an_actions_own_error_has_no_code(dxtra: DxtraUpstream, token: str) -> None:
    query = "mutation ($id: uuid!) { eraseDataSubject(dataSubjectId: $id) { status } }"
    answer = ask(dxtra, query, token=token, variables={"id": dxtra.data.subjects[0]["id"]})
    message = "This data subject is under legal hold"
    error = {"message": message, "extensions": {"reason": "legal-hold"}}
    assert answer.json() == {"errors": [error]}


def test_in_the_role_me_a_person_sees_only_themselves(dxtra: DxtraUpstream, token: str) -> None:
    mine = ask(dxtra, "{ users { email } }", token=token, role="me").json()["data"]["users"]
    everybody = ask(dxtra, "{ users { email } }", token=token, role=OFFICER).json()["data"]["users"]
    assert mine == [{"email": OPS_DXTRA.email}]
    assert len(everybody) == 2


def test_a_result_of_more_than_12_mb_is_whole(dxtra: DxtraUpstream, token: str) -> None:
    query = "{ events(limit: 20000) { id kind at dataSubjectId payload } }"
    answer = ask(dxtra, query, token=token)
    assert len(answer.content) > 12 * 1024 * 1024
    rows = json.loads(answer.content)["data"]["events"]
    assert [row["id"] for row in rows] == list(range(20000))


def test_graphql_takes_post_only(dxtra: DxtraUpstream, token: str) -> None:
    answer = get(dxtra.graphql_url, token)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
