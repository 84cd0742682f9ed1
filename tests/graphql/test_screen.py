"""Queries over the real wire: what is sent, what is shown, what stays in the form."""

import json
from html import escape
from typing import Any

import pytest
from django.test import Client

from console.calls.models import Call
from console.graphql.desk.models import Tab
from console.graphql.forms import SEED_QUERY
from console.profiles.models import CredentialProfile
from console.team.models import User
from sandbox.data import HOSTILE_NAMES
from sandbox.dxtra import DxtraUpstream
from tests.graphql.conftest import PART, Post
from tests.graphql.reading import Screen, read_screen
from tests.profiles.lifecycle.rows import move
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import NOBODY_LISTENS, client_of, screen_of

CONTROLLERS = "{ dataControllers { id title } }"
MISSING_CONTROLLER = "00000000-0000-4000-8000-000000000000"
BIG_NUMBER = "12345678901234567890.125"


def last_call() -> Call:
    return Call.objects.latest("pk")


def answers(dxtra: DxtraUpstream, body: Any, **fault: Any) -> None:
    """Let the next call of GraphQL be answered with `body`."""
    dxtra.faults.add(route="/v1/graphql", body=body, content_type="application/json", **fault)


def test_the_seeds_query_stands_there_at_first(client: Client, profile: CredentialProfile):
    screen = read_screen(client.get(screen_of(profile)))
    assert screen.status == 200
    assert screen.value("query") == SEED_QUERY
    assert (screen.value("variables"), screen.value("operation_name")) == ("", "")
    assert screen.headers["Cache-Control"] == "no-store"


def test_without_a_profile_the_screen_leads_to_a_new_one(bob: User):
    screen = read_screen(client_of(bob).get("/graphql/"))
    assert [link.attributes["href"] for link in screen.root.all("a", class_="button")] == [
        "/profiles/new/dxtra/"
    ]
    assert screen.root.all("textarea") == []


def test_what_was_typed_survives_a_profile_that_went_away(bob: User):
    screen = read_screen(client_of(bob).post("/graphql/", {"query": "{ kept }"}))
    assert screen.status == 422
    assert screen.value("query") == "{ kept }"


@pytest.mark.parametrize("tab", ["x", "\x00", "9" * 500])
def test_a_tab_that_cannot_be_read_costs_neither_the_text_nor_the_answer(post: Post, tab: str):
    screen = post(CONTROLLERS, tab=tab)
    assert (screen.status, screen.value("query")) == (200, CONTROLLERS)
    assert screen.value("tab") != tab


@pytest.mark.parametrize("part", [False, True])
def test_a_query_answers_with_json_and_a_table(post: Post, dxtra: DxtraUpstream, part: bool):
    post(CONTROLLERS)  # the first call also brings the roles
    screen = post("{ dataControllers(limit: 2) { id title } }", part=part)
    assert screen.status == 200
    assert ("<!DOCTYPE html>" in screen.html) == (not part)
    assert screen.columns == ["id", "title"]
    rows = screen.json["data"]["dataControllers"]
    assert screen.rows == [[row["id"], row["title"]] for row in rows]
    assert (len(rows), rows[0]["title"]) == (2, "My Organisation")
    measured = [step for step in screen.steps if step != "other"]  # a rest of a millisecond or more
    assert measured == ["token reused", "first byte", "body", "total"]


def test_variables_and_the_operations_name_go_along(post: Post):
    query = """
    query One($id: uuid!) { dataController(id: $id) { title } }
    query All { dataControllers { id } }
    """
    variables = '{"id": "550e8400-e29b-41d4-a716-446655440000"}'
    screen = post(query, variables=variables, operation_name="One")
    assert screen.json == {"data": {"dataController": {"title": "My Organisation"}}}


def test_the_record_names_the_operation_and_holds_neither_variables_nor_bodies(post: Post):
    post("query Find($x: String) { users { id } }", variables='{"x": "v4riable"}', role="me")
    post(CONTROLLERS)
    calls = list(Call.objects.order_by("pk"))
    assert [(c.operation, c.method, c.path, c.status) for c in calls] == [
        ("Find", "POST", "/v1/graphql", 200),
        ("dataControllers", "POST", "/v1/graphql", 200),
    ]
    assert "v4riable" not in json.dumps([str(vars(call)) for call in calls])
    assert calls[1].outcome == "ok"


# --- What is refused before anything is sent ------------------------------------------------------


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize(
    ("fields", "field", "error"),
    [
        (
            {"query": "{\n a(\r\n}"},
            "query",
            "Line 3, column 1: Expected a name here, but found “}”.",
        ),
        ({"query": ""}, "query", "Write a query."),
        ({"query": "{ a }\x00"}, "query", "Null characters are not allowed."),
        (
            {"query": "{ a }", "variables": "[1]"},
            "variables",
            'Line 1, column 1: this is a list, not a JSON object like {"id": 1}.',
        ),
        (
            {"query": "query A { a } query B { b }"},
            "operation_name",
            "There are several operations. Choose the one to run: A, B.",
        ),
        ({"query": "{ a }", "role": "r\nX-Other: 1"}, "role", "This is not a valid role name."),
        ({"query": "{ a }", "role": "r" * 101}, "role", "This is not a valid role name."),
    ],
)
def test_a_mistake_is_told_at_its_field_and_nothing_is_sent(
    post: Post,
    dxtra: DxtraUpstream,
    part: bool,
    fields: dict[str, str],
    field: str,
    error: str,
):
    screen = post(part=part, **fields)
    assert screen.status == 422
    assert screen.errors(field) == [error]
    assert screen.value("query") == fields["query"].replace("\r\n", "\n") or part
    assert dxtra.stats.counts.api_calls == 0
    assert Call.objects.count() == 0


def test_for_htmx_a_mistake_takes_the_forms_place_too(post: Post):
    screen = post("{", part=True)
    assert screen.headers["HX-Retarget"] == "#graphql-work"
    assert screen.root.all("form", id="graphql-form")[0].attributes["hx-target"] == "#graphql-work"


def test_the_names_of_several_operations_are_offered(post: Post):
    screen = post("query A { a } query B { b }")
    options = screen.root.all("datalist", id="operation-names")[0].all("option")
    assert [option.attributes["value"] for option in options] == ["A", "B"]


@pytest.mark.parametrize(
    ("fault", "typed", "kept"),
    [
        ({}, "{", True),
        ({"html": True}, CONTROLLERS, True),
        ({"body": '{"data": NaN}'}, CONTROLLERS, True),
        ({"body": {"errors": [{"message": "m"}]}}, CONTROLLERS, True),
        ({"body": {"errors": [{"message": "m"}], "data": None}}, CONTROLLERS, True),
        ({"body": {"errors": [{"message": "m"}], "data": {"a": 1}}}, CONTROLLERS, False),
        ({"body": {"data": None}}, CONTROLLERS, False),
    ],
)
def test_only_an_answer_takes_the_place_of_the_one_before_it(
    post: Post, dxtra: DxtraUpstream, fault: dict[str, Any], typed: str, kept: bool
):
    if fault:
        dxtra.faults.add(route="/v1/graphql", **fault)
    screen = post(typed, part=True)
    (place,) = screen.root.all("div", id="graphql-answer")
    assert ("hx-preserve" in place.attributes, place.line == "") == (kept, kept)


# --- Roles ----------------------------------------------------------------------------------------


def test_the_roles_show_after_the_first_call(
    post: Post, client: Client, profile: CredentialProfile
):
    before = read_screen(client.get(screen_of(profile)))
    assert before.options == [("", "Default role")]
    after = post(CONTROLLERS, part=True)
    assert after.headers["HX-Retarget"] == "#graphql-work"
    assert after.options == [
        ("", "user (default)"),
        ("data_protection_officer", "data_protection_officer"),
        ("me", "me"),
        ("user", "user"),
    ]


def test_the_roles_show_after_a_run_too_where_the_schema_has_brought_them(
    post: Post, client: Client, profile: CredentialProfile
):
    drawn = read_screen(client.get(screen_of(profile)))
    without = drawn.value("without_roles")
    post(CONTROLLERS)  # something else brings the token, and its roles
    after = post(CONTROLLERS, part=True, without_roles=without)
    assert after.headers["HX-Retarget"] == "#graphql-work"
    assert len(after.options) == 4
    again = post(CONTROLLERS, part=True)
    assert "HX-Retarget" not in again.headers


def test_a_chosen_role_is_sent_and_stays_chosen(post: Post):
    query = "{ users { email } }"
    as_me, as_officer = post(query, role="me"), post(query, role="data_protection_officer")
    assert len(as_me.json["data"]["users"]) < len(as_officer.json["data"]["users"])
    assert as_officer.value("role") == "data_protection_officer"


def test_the_profiles_role_is_the_default(post: Post, profile: CredentialProfile):
    CredentialProfile.objects.filter(pk=profile.pk).update(role="me")
    screen = post("{ users { email } }")
    assert len(screen.json["data"]["users"]) == 1
    assert screen.options[0] == ("", "me (profile)")


def test_a_role_that_the_token_does_not_allow_is_refused_once_roles_are_known(post: Post):
    post(CONTROLLERS)
    screen = post(CONTROLLERS, role="admin")
    assert screen.errors("role") == [
        "The token does not allow this role. Allowed roles: data_protection_officer, me, user."
    ]
    assert screen.value("role") == "admin"
    assert Call.objects.count() == 1


def test_before_roles_are_known_any_role_is_sent_as_it_is(post: Post, dxtra: DxtraUpstream):
    screen = post(CONTROLLERS, role="admin")
    assert screen.graphql_errors == [
        "Your requested role is not in allowed roles access-denied at $"
    ]
    assert (dxtra.stats.counts.refreshes, dxtra.stats.counts.sign_ins) == (0, 1)


def test_what_a_role_may_not_see_is_said_to_be_the_roles_doing(post: Post):
    screen = post(CONTROLLERS, role="me")
    assert screen.graphql_errors == [
        "field 'dataControllers' not found in type: 'query_root' (not available to role me) "
        "validation-failed at $.selectionSet.dataControllers "
        "Line 1, column 3: { dataControllers { id title } }"
    ]
    assert (last_call().outcome, last_call().status) == ("graphql_errors", 200)


# --- Errors under HTTP 200 ------------------------------------------------------------------------


def test_errors_stand_beside_the_data_that_came(post: Post):
    screen = post("{ dataSubjects(limit: 60) { id riskScore } }")
    error = "the remote schema did not answer remote-schema-error at"
    assert [text.startswith(error) for text in screen.graphql_errors] == [True, True, True]
    assert len(screen.rows) == 60
    assert last_call().outcome == "graphql_errors"


def test_an_actions_error_inside_good_data_is_no_success(post: Post):
    query = "query($id: uuid!) { complianceStatus(dataControllerId: $id) { status message } }"
    screen = post(query, variables=json.dumps({"id": MISSING_CONTROLLER}))
    assert screen.notices == [
        "The action complianceStatus returned status error: No such data controller."
    ]
    assert screen.json["data"]["complianceStatus"]["status"] == "error"
    assert last_call().outcome == "action_failed"


def test_an_error_without_a_code_is_shown_without_one(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, {"errors": [{"message": "odd", "extensions": {"reason": "hold"}}]})
    assert post(CONTROLLERS).graphql_errors == ['odd details {"reason": "hold"}']


def test_a_status_of_a_row_is_no_failed_action(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, {"data": {"job": {"id": 1, "status": "error"}}})
    assert post(CONTROLLERS).notices == []
    assert last_call().outcome == "ok"


@pytest.mark.parametrize("http_401", [False, True])
def test_an_expired_token_is_renewed_without_the_teammate_noticing(
    post: Post, dxtra: DxtraUpstream, http_401: bool
):
    dxtra.set_options(http_401=http_401)
    post(CONTROLLERS)
    dxtra.expire("access")
    screen = post(CONTROLLERS)
    assert (screen.status, screen.notices, screen.graphql_errors) == (200, [], [])
    assert len(screen.rows) == 24
    assert "token refreshed" in screen.steps
    assert (dxtra.stats.counts.refreshes, dxtra.stats.counts.sign_ins) == (1, 1)
    assert last_call().outcome == "ok"


def test_a_bad_signature_is_told_and_not_tried_again(post: Post, dxtra: DxtraUpstream):
    words = "Could not verify JWT: JWSError JWSInvalidSignature"
    extensions = {"path": "$", "code": "invalid-jwt"}
    answers(dxtra, {"errors": [{"message": words, "extensions": extensions}]})
    screen = post(CONTROLLERS)
    assert screen.graphql_errors == [f"{words} invalid-jwt at $"]
    assert dxtra.stats.counts.api_calls == 1


# --- GraphQL under another status -----------------------------------------------------------------

REFUSED = {
    "message": "Unknown field",
    "path": ["a", 0],
    "locations": [{"line": 2, "column": 3}],
    "extensions": {"code": "BAD_USER_INPUT", "argument": "id"},
}
REFUSED_TEXT = 'Unknown field BAD_USER_INPUT at $.a[0] line 2, column 3 details {"argument": "id"}'


def errors_title(screen: Screen) -> str:
    return next(h3.line for h3 in screen.root.all("h3") if h3.line.startswith("Dxtra returned"))


def test_errors_under_a_status_of_refusal_are_shown_whole_with_the_status_beside_them(
    post: Post, dxtra: DxtraUpstream
):
    answers(dxtra, {"errors": [REFUSED, {"message": "Second"}]}, status=400)
    screen = post(CONTROLLERS)
    assert screen.status == 200
    assert errors_title(screen) == "Dxtra returned 400 Bad Request with 2 errors"
    assert screen.graphql_errors == [REFUSED_TEXT, "Second"]
    assert screen.notices == []
    assert (last_call().outcome, last_call().status) == ("graphql_errors", 400)


def test_data_under_422_is_shown_and_nobody_is_told_to_send_again(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, {"data": {"rows": [{"id": 1}]}, "errors": [REFUSED]}, status=422)
    screen = post(CONTROLLERS)
    assert errors_title(screen) == "Dxtra returned 422 Unprocessable Entity with an error and data"
    assert (screen.rows, screen.graphql_errors) == ([["1"]], [REFUSED_TEXT])
    assert "send it again" not in screen.html


def test_data_alone_under_a_status_of_failure_is_shown_as_both(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, {"data": {"rows": [{"id": 1}]}}, status=500)
    screen = post(CONTROLLERS)
    assert screen.notices == ["Dxtra returned 500 Internal Server Error with data."]
    assert (screen.rows, last_call().status) == ([["1"]], 500)


def test_a_token_that_is_refused_as_graphql_is_told_with_its_errors(
    post: Post, dxtra: DxtraUpstream
):
    answers(dxtra, {"errors": [REFUSED]}, status=401, times=None)
    screen = post(CONTROLLERS)
    assert [notice.partition(" (")[0] for notice in screen.notices] == [
        "Dxtra did not accept the access token"
    ]
    assert screen.graphql_errors == [REFUSED_TEXT]
    assert last_call().outcome == "access_expired"


def test_all_errors_are_counted_and_the_first_hundred_listed(post: Post, dxtra: DxtraUpstream):
    errors = [{"message": f"error {number}"} for number in range(200)]
    answers(dxtra, {"errors": errors})
    screen = post(CONTROLLERS)
    assert errors_title(screen) == "Dxtra returned 200 errors"
    assert len(screen.graphql_errors) == 100
    assert "Showing the first 100. All are in the JSON." in screen.root.line


def test_very_many_errors_are_not_counted(post: Post, dxtra: DxtraUpstream):
    errors = [{"message": f"error {number}" + "x" * 1000} for number in range(1200)]
    answers(dxtra, {"errors": errors})
    screen = post(CONTROLLERS)
    assert errors_title(screen) == "Dxtra returned more than 100 errors"


def test_the_hint_names_the_tokens_default_role_from_the_first_call_on(post: Post):
    screen = post("{ nothingOfTheKind { id } }")
    assert "(not available to role user)" in screen.graphql_errors[0]


# --- What stops being JSON ------------------------------------------------------------------------


@pytest.mark.parametrize("padding", ["", "y" * 400_000])
def test_a_body_that_stops_being_json_is_shown_with_the_place_where(
    post: Post, dxtra: DxtraUpstream, padding: str
):
    body = f'{{"data": {{"a": [1, NaN]}}, "x": "{padding}"}}'
    answers(dxtra, body)
    screen = post(CONTROLLERS)
    assert screen.status == 502
    assert "it is not JSON at line 1, column 20: NaN is not JSON." in screen.notices[0]
    assert body.startswith(screen.json_text)
    assert screen.download
    assert last_call().outcome == "response_unreadable"


def test_what_an_api_says_instead_of_graphql_is_shown_whole(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, {"detail": [{"loc": ["body", "query"], "msg": "Field required"}]}, status=422)
    screen = post(CONTROLLERS)
    assert "Dxtra says: “query: Field required”" in screen.notices[0]
    assert screen.json["detail"][0]["loc"] == ["body", "query"]


def test_bytes_that_are_not_utf8_are_told_and_the_rest_is_a_result(
    post: Post, dxtra: DxtraUpstream
):
    answers(dxtra, b'{"data": {"rows": [{"name": "J\xf6rg"}]}}')
    screen = post(CONTROLLERS)
    assert screen.rows == [["J�rg"]]
    assert screen.notices == [
        "Line 1, column 31: byte 0xf6 is not UTF-8. Such bytes are shown as �."
    ]


# --- Where no GraphQL answer came -----------------------------------------------------------------


@pytest.mark.parametrize("part", [False, True])
@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ({"status": 403, "body": {"error": "no"}}, 200, "forbidden"),
        ({"status": 404, "body": ""}, 200, "not_found"),
        ({"status": 429, "body": ""}, 200, "rate_limited"),
        ({"status": 500, "body": ""}, 200, "upstream_failed"),
        ({"html": True, "status": 200}, 502, "response_unreadable"),
        ({"body": "[1]"}, 502, "response_unreadable"),
        ({"lose_answer": True}, 502, "connection_cut"),
        ({"cut_after": 20}, 502, "connection_cut"),
    ],
)
def test_a_failed_call_is_told_in_words_and_the_form_keeps_its_text(
    post: Post, dxtra: DxtraUpstream, part: bool, fault: dict[str, Any], status: int, kind: str
):
    post(CONTROLLERS)
    dxtra.faults.add(route="/v1/graphql", times=None, **fault)
    screen = post("{ dataControllers { title } }", variables='{"a": 1}', part=part)
    assert screen.status == status
    assert len(screen.notices) == 1  # which words: tests/upstream
    assert last_call().outcome == kind
    assert screen.steps[-1] == "total"
    if part:
        assert screen.headers.get("HX-Retarget", "#graphql-result") == "#graphql-result"
        assert "outerHTML" in screen.headers["HX-Reswap"]
    else:
        assert screen.value("query") == "{ dataControllers { title } }"
        assert screen.value("variables") == '{"a": 1}'


def test_a_deadline_that_passes_is_504(post: Post, dxtra: DxtraUpstream, settings: Any):
    post(CONTROLLERS)
    settings.DXTRA_DEADLINE = 0.3
    dxtra.faults.add(route="/v1/graphql", hang=3.0)
    screen = post(CONTROLLERS)
    assert (screen.status, last_call().outcome) == (504, "timed_out")


def test_a_host_that_does_not_answer_is_502(post: Post, profile: CredentialProfile):
    post(CONTROLLERS)
    move(profile, graphql_url=f"{NOBODY_LISTENS}/graphql")
    screen = post(CONTROLLERS)
    assert (screen.status, last_call().outcome) == (502, "connect_failed")


def test_a_credential_that_is_refused_sends_its_owner_to_the_profile(
    post: Post, dxtra: DxtraUpstream
):
    dxtra.set_credential("ops@example.com", accepted=False)
    screen = post(CONTROLLERS)
    assert screen.status == 200
    assert last_call().outcome == "credential_needs_owner"
    assert screen.value("query") == CONTROLLERS


# --- Hostile values -------------------------------------------------------------------------------

HOSTILE = "</textarea><script>alert(1)</script> {{ 7|add:7 }} {% now 'Y' %} \"' & 名前"


def test_hostile_text_comes_back_whole_and_harmless(post: Post):
    screen = post("{ " + HOSTILE, variables=HOSTILE, operation_name=HOSTILE, role=HOSTILE)
    assert screen.value("query") == "{ " + HOSTILE
    assert screen.value("variables") == HOSTILE
    assert screen.value("operation_name") == HOSTILE
    assert "<script>alert" not in screen.html
    assert escape(HOSTILE).replace("&quot;", '"')[:9] in screen.html.replace("&quot;", '"')


def test_hostile_answers_come_through_whole_and_harmless(post: Post, dxtra: DxtraUpstream):
    error = {"message": HOSTILE, "extensions": {"code": HOSTILE, "path": HOSTILE}}
    answers(dxtra, {"data": {"rows": [{HOSTILE: HOSTILE}]}, "errors": [error]})
    screen = post(CONTROLLERS)
    assert screen.columns == [HOSTILE]
    assert screen.rows == [[HOSTILE]]
    assert screen.json["data"] == {"rows": [{HOSTILE: HOSTILE}]}
    assert screen.graphql_errors == [f"{HOSTILE} {HOSTILE} at {HOSTILE}"]
    assert "<script>alert" not in screen.html


def test_values_in_another_direction_are_isolated(post: Post, dxtra: DxtraUpstream):
    rows = [{"name": "\u202eevil", "שם": "ערך"}]
    answers(dxtra, {"data": {"rows": rows}, "errors": [{"message": "\u202eערך 1"}]})
    screen = post(CONTROLLERS)
    assert screen.json["data"]["rows"] == rows
    code = screen.as_text.json_code
    assert code
    isolated = [bdi.text for bdi in code.all("bdi")]
    assert isolated == ['"שם"', '"ערך"', '"\\u202eערך 1"']
    assert '"name": "\\u202eevil"' in screen.json_text
    cells = screen.root.all("td")
    assert [[bdi.text for bdi in cell.all("bdi")] for cell in cells] == [["\u202eevil"], ["ערך"]]
    assert screen.graphql_errors == ["\\u202eערך 1"]


def test_null_an_empty_text_and_an_absent_value_look_different(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, {"data": {"rows": [{"a": None}, {"a": ""}, {"a": "null"}, {"b": 1}, None]}})
    cells = [
        (cell.text, cell.attributes.get("class", ""))
        for row in post(CONTROLLERS).root.all("tr")
        for cell in row.all("td")[:1]
    ]
    assert cells == [
        ("null", "missing"),
        ('""', "missing"),
        ("null", ""),
        ("–", "missing"),
        ("null", "missing"),
    ]


def test_hostile_names_of_the_sandbox_come_through_whole(post: Post):
    titles = [row[0] for row in post("{ dataControllers { title } }").rows]
    assert titles[1 : 1 + len(HOSTILE_NAMES)] == list(HOSTILE_NAMES)


def test_numbers_keep_every_digit(post: Post, dxtra: DxtraUpstream):
    answers(dxtra, f'{{"data": {{"rows": [{{"n": {BIG_NUMBER}}}]}}}}')
    screen = post(CONTROLLERS)
    assert screen.rows == [[BIG_NUMBER]]
    assert BIG_NUMBER in screen.json_text


# --- An expired console session -------------------------------------------------------------------


@pytest.mark.parametrize("part", [False, True])
def test_what_was_typed_is_back_after_signing_in_again(
    client: Client, alice: User, profile: CredentialProfile, dxtra: DxtraUpstream, part: bool
):
    typed = {"query": "{ typed }", "variables": '{"a": 1}', "operation_name": "X", "role": "me"}
    address = screen_of(profile)
    stranger, back = sent_after_expiry(alice, address, typed, PART if part else {})
    assert back == address
    screen: Screen = read_screen(stranger.get(address))
    assert {name: screen.value(name) for name in typed} == typed
    assert dxtra.stats.counts.api_calls == 0
    assert read_screen(stranger.get(address)).value("query") == SEED_QUERY


@pytest.mark.parametrize("window", ["a" * 33, "x\x00y", "a" * 32 + "\n"])
def test_a_window_that_cannot_be_read_is_none(
    client: Client, profile: CredentialProfile, post: Post, window: str
):
    tab = "00000000-0000-4000-8000-000000000001"
    assert post(CONTROLLERS, tab=tab, window=window).status == 422
    client.post(f"{screen_of(profile)}tabs/{tab}/rename/", {"name": "Mine", "window": window})
    assert set(Tab.objects.values_list("window", flat=True)) <= {""}
