"""What is read from files of other tools, and the line for each thing that is left out."""

import json
import zipfile
from io import BytesIO
from typing import Any

import pytest

from console.graphql.library.importing.files import MAX_FILES, read_file
from console.graphql.library.importing.found import Found
from console.graphql.library.importing.graphql_files import add_fragments_of_other_files

TOKEN = "Bearer canary-token-of-another-tool"
DIGITS = "12345678901234567890.10"

POSTMAN: dict[str, Any] = {
    "info": {
        "name": "Shop",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    "auth": {"type": "bearer", "bearer": [{"key": "token", "value": TOKEN}]},
    "variable": [{"key": "host", "value": "https://example.com"}],
    "item": [
        {
            "name": "Users",
            "item": [
                {
                    "name": "One user",
                    "request": {
                        "method": "POST",
                        "description": "By its id.",
                        "header": [
                            {"key": "Content-Type", "value": "application/json"},
                            {"key": "Authorization", "value": TOKEN},
                        ],
                        "body": {
                            "mode": "graphql",
                            "graphql": {
                                "query": "query One($n: numeric) { user(n: $n) { id } }",
                                "variables": f'{{"n": {DIGITS}}}',
                            },
                        },
                    },
                }
            ],
        },
        {"name": "Ping", "request": {"method": "GET", "url": "https://example.com"}},
    ],
}
BODY_OF_INSOMNIA = json.dumps(
    {"query": "query A { a }", "variables": {"n": 1}, "operationName": "A"}
).replace("1", DIGITS)
INSOMNIA_4 = {
    "_type": "export",
    "__export_format": 4,
    "resources": [
        {"_id": "wrk_1", "_type": "workspace", "parentId": None, "name": "Shop"},
        {"_id": "fld_1", "_type": "request_group", "parentId": "wrk_1", "name": "Users"},
        {
            "_id": "req_1",
            "_type": "request",
            "parentId": "fld_1",
            "name": "A",
            "method": "POST",
            "headers": [{"name": "Authorization", "value": TOKEN}],
            "authentication": {"type": "bearer", "token": TOKEN},
            "body": {"mimeType": "application/graphql", "text": BODY_OF_INSOMNIA},
        },
        {"_id": "req_2", "_type": "request", "parentId": "wrk_1", "name": "B", "method": "PUT"},
        {"_id": "env_1", "_type": "environment", "name": "Base", "data": {"token": TOKEN}},
        {"_id": "ws_1", "_type": "websocket_request", "parentId": "wrk_1", "name": "Live"},
    ],
}
INSOMNIA_5 = f"""
type: collection.insomnia.rest/5.0
schema_version: "5.1"
name: Shop
meta: {{id: wrk_1, created: 2026-01-01}}
collection:
  - name: Users
    children:
      - name: A
        url: https://example.com/graphql
        method: POST
        body:
          mimeType: application/graphql
          text: '{BODY_OF_INSOMNIA}'
        authentication: {{type: bearer, token: {TOKEN}}}
  - name: Ping
    url: https://example.com
    method: GET
environments:
  name: Base
  data: {{token: {TOKEN}}}
"""
ALTAIR = {
    "version": 1,
    "type": "collection",
    "title": "Shop",
    "preRequest": {"script": "altair.helpers.setEnvironment()", "enabled": True},
    "queries": [
        {
            "version": 1,
            "type": "window",
            "windowName": "A",
            "query": "query A { a }",
            "variables": f'{{"n": {DIGITS}}}',
            "headers": [{"key": "Authorization", "value": TOKEN}],
        }
    ],
    "collections": [
        {
            "title": "Below",
            "queries": [{"type": "window", "windowName": "B", "query": "{ b }", "variables": "{}"}],
        }
    ],
}
SEVERAL = """\
# All of them.
query All { users { ...Name } }

mutation Rename($id: ID!) { rename(id: $id) { ...Name } }
subscription Live { users { id } }
fragment Name on User { name ...Deep }
fragment Deep on User { id }
fragment Unused on User { id }
"""


def read(name: str, body: Any) -> Found:
    found = Found()
    raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body))
    read_file(name, raw if isinstance(raw, bytes) else raw.encode(), found)
    return found


@pytest.mark.parametrize(
    ("name", "body", "expected", "left_out"),
    [
        (
            "shop.json",
            POSTMAN,
            [("Shop/Users", "One user", f'{{"n": {DIGITS}}}')],
            [
                "“Shop”: the collection's authorization is not imported.",
                "“Shop”: the collection's variables are not imported.",
                "“One user”: imported without its headers (Authorization). Profiles sign in here.",
                "“Ping”: left out, as it is a REST request (GET), not GraphQL.",
            ],
        ),
        (
            "insomnia.json",
            INSOMNIA_4,
            [("Shop/Users", "A", f'{{"n": {DIGITS}}}')],
            [
                "“A”: imported without its headers (Authorization). Profiles sign in here.",
                "“A”: imported without its authentication. Profiles sign in here.",
                "“B”: left out, as it is a REST request (PUT), not GraphQL.",
                "“Base”: its environment variables are not imported.",
                "“Live”: left out, as it is not a GraphQL request over HTTP.",
            ],
        ),
        (
            "insomnia.yaml",
            INSOMNIA_5,
            [("Shop/Users", "A", f'{{"n": {DIGITS}}}')],
            [
                "“Shop”: its environment variables are not imported.",
                "“A”: imported without its authentication. Profiles sign in here.",
                "“Ping”: left out, as it is a REST request (GET), not GraphQL.",
            ],
        ),
        (
            "shop.agc",
            ALTAIR,
            [("Shop", "A", f'{{"n": {DIGITS}}}'), ("Shop/Below", "B", "")],
            [
                "“Shop”: the collection's scripts are not imported.",
                "“A”: imported without its headers (Authorization). Profiles sign in here.",
            ],
        ),
    ],
)
def test_collections_of_other_tools_are_read(
    name: str, body: Any, expected: list[tuple[str, str, str]], left_out: list[str]
):
    found = read(name, body)
    assert [(each.folder, each.name, each.variables) for each in found.contents] == expected
    assert found.left_out == left_out
    assert "canary" not in repr(found)


def test_each_operation_of_a_file_comes_with_the_fragments_that_it_uses():
    found = read("users.graphql", SEVERAL)
    assert [(each.name, each.query) for each in found.contents] == [
        (
            "All",
            "# All of them.\nquery All { users { ...Name } }\n\n"
            "fragment Name on User { name ...Deep }\n\nfragment Deep on User { id }\n",
        ),
        (
            "Rename",
            "mutation Rename($id: ID!) { rename(id: $id) { ...Name } }\n\n"
            "fragment Name on User { name ...Deep }\n\nfragment Deep on User { id }\n",
        ),
    ]
    assert found.left_out == [
        "“Live”: left out, as subscriptions need a connection that stays open."
    ]


def test_each_operation_of_a_document_gets_the_variables_that_it_declares():
    window = {
        "type": "window",
        "windowName": "Two",
        "query": "query A($n: numeric) { a(n: $n) } query B($m: Int) { b(m: $m) } query C { c }",
        "variables": f'{{"n": {DIGITS}, "m": 1}}',
    }
    assert [each.variables for each in read("two.agx", window).contents] == [
        f'{{"n": {DIGITS}}}',
        '{"m": 1}',
        "",
    ]


def test_fragments_of_another_file_come_with_the_queries_that_use_them():
    found = Found()
    for name, text in (
        ("users.graphql", "query Users { users { ...Name } }"),
        ("own.graphql", "query Own { users { ...Name } }\nfragment Name on User { own }"),
        ("name.graphql", "fragment Name on User { name ...Deep ...Lost }"),
        ("deep.graphql", "fragment Deep on User { id }"),
    ):
        read_file(name, text.encode(), found)
    add_fragments_of_other_files(found)
    assert [each.query for each in found.contents] == [
        "query Users { users { ...Name } }\n\nfragment Name on User { name ...Deep ...Lost }\n\n"
        "fragment Deep on User { id }\n",
        "query Own { users { ...Name } }\nfragment Name on User { own }",
    ]
    added = "has no operation. Its fragments are added to the queries here that use them."
    assert found.left_out == [
        f"“name”: {added}",
        f"“deep”: {added}",
        "“users”: imported without fragments that no file has: Lost.",
    ]


def test_a_request_that_is_sent_as_plain_json_is_graphql_too():
    sent = BODY_OF_INSOMNIA
    search = json.dumps({"query": "red shoes"})
    postman = {"mode": "raw", "raw": sent}
    items = [
        {"name": name, "request": {"method": "POST", "body": {**postman, "raw": raw}}}
        for name, raw in (("A", sent), ("Search", search))
    ]
    requests = [
        {"_type": "request", "name": name, "method": "POST", "body": body}
        for name, body in (
            ("A", {"mimeType": "application/json", "text": sent}),
            ("Search", {"mimeType": "application/json", "text": search}),
        )
    ]
    for file in ({**POSTMAN, "item": items}, {"_type": "export", "resources": requests}):
        found = read("a.json", file)
        assert [(each.name, each.query, each.variables) for each in found.contents] == [
            ("A", "query A { a }", f'{{"n": {DIGITS}}}')
        ]
        assert found.left_out[-1] == (
            "“Search”: left out, as it is a REST request (POST), not GraphQL."
        )


def test_the_role_of_a_request_is_kept_and_a_header_that_is_off_is_not_named():
    window = {"type": "window", "windowName": "A", "query": "{ a }"}
    role = {"key": "X-Hasura-Role", "value": "officer"}
    for headers, expected in (
        ([role, {"key": "X-Off", "value": TOKEN, "enabled": False}], ("officer", [])),
        ([{**role, "enabled": False}], ("", [])),
        (
            [{**role, "value": "{{role}}"}],
            (
                "",
                ["“A”: imported without its headers (X-Hasura-Role). Profiles sign in here."],
            ),
        ),
    ):
        found = read("a.agx", {**window, "headers": headers})
        assert ([each.role for each in found.contents], found.left_out) == (
            [expected[0]],
            expected[1],
        )


def test_a_file_with_one_operation_is_taken_as_it_is():
    text = "# mine\nquery   A { a }  # end\n"
    assert [(each.name, each.query) for each in read("my query.gql", text).contents] == [
        ("my query", text)
    ]


def nested(depth: int) -> dict[str, Any]:
    item: dict[str, Any] = {"name": "deep", "item": []}
    for _ in range(depth):
        item = {"name": "f", "item": [item]}
    return {"info": POSTMAN["info"], "item": [item]}


def bomb() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.graphql", b" " * 20_000_000)
    return packed.getvalue()


def many_files() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(MAX_FILES + 1):
            archive.writestr(f"{number}", b"")
    return packed.getvalue()


def packed(method: int) -> bytes:
    """A zip in a way of packing whose damage raises errors of its own."""
    body = BytesIO()
    with zipfile.ZipFile(body, "w", method) as archive:
        archive.writestr("a.graphql", "{ a }")
    return body.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "line"),
    [
        ("a.json", b"{", "“a.json”: not imported. It is no .graphql file"),
        ("a.json", b"[" * 100_000, "“a.json”: not imported"),
        ("a.json", b'{"info": "\xff"}', "“a.json”: not imported, as it is not UTF-8 text."),
        (
            "a.yaml",
            "type: collection.insomnia.rest/5.0\na: &a [x]\nb: *a\n",
            "“a.yaml”: not imported.",
        ),
        ("a.yaml", "[" * 5_000, "“a.yaml”: not imported"),
        ("a.yaml", "a: !!timestamp x\nb: !!bool x\nc: !!int ''", "“a.yaml”: not imported"),
        ("a.yaml", "a: 1:" + "59:" * 200_000 + "5", "“a.yaml”: not imported"),  # took minutes
        ("a.json", {"info": 5, "item": {}}, "“a.json”: has no query."),
        ("a.zip", packed(zipfile.ZIP_LZMA), "“a.zip”: not imported: this zip is packed in an"),
        ("a.json", nested(30), "“f”: left out, as it is nested too deeply."),
        ("a.zip", bomb(), "“a.zip”: not imported: unpacked it has more than 10 MB."),
        ("a.zip", many_files(), "“a.zip”: not imported: a zip of more than 2,000 files."),
        ("a.zip", b"PK\x03\x04nonsense", "“a.zip”: not imported: this zip is damaged"),
        ("a.graphql", "type A { a: Int }", "“a”: left out, as it has no operation"),
        ("a.graphql", "", "“a”: left out, as it has no query."),
        ("a.graphql", "# " + "x" * 200_000, "“a”: left out, as its query is too long"),
        (
            "e.json",
            {"_postman_variable_scope": "environment", "values": []},
            "“e.json”: not imported: environments hold variables and tokens",
        ),
        (
            "a.agx",
            {"type": "window", "windowName": "A", "query": "{ a }", "variables": "[1]"},
            "“A”: imported without its variables.",
        ),
    ],
)
def test_what_cannot_be_read_is_a_line_and_no_error(name: str, body: Any, line: str):
    found = read(name, body)
    assert line in "\n".join(found.left_out), found.left_out


def test_names_and_texts_that_cannot_be_stored_are_made_storable():
    window = {"type": "window", "windowName": "a\x00\nb\ud800", "query": "{ a }"}
    assert [each.name for each in read("a.agx", json.dumps(window)).contents] == ["a b�"]


@pytest.mark.parametrize("number", [DIGITS, "1E400", "9" * 5000, "-0"])
def test_variables_that_an_older_collection_holds_as_an_object_keep_every_digit(number: str):
    old = json.dumps(POSTMAN).replace(json.dumps(f'{{"n": {DIGITS}}}'), f'{{"n": {number}}}')
    (query,) = read("old.json", old).contents
    assert query.variables == f'{{"n": {number}}}'


@pytest.mark.parametrize(
    "body", ['{"a": 1E400}', '{"a": NaN}', '{"a": "\\ud800"}', '{"a": 1' + "0" * 5000]
)
def test_json_that_is_no_collection_is_left_out_whatever_it_holds(body: str):
    found = read("x.json", body)
    assert (found.contents, len(found.left_out)) == ([], 1)
    assert "It is no .graphql file" in found.left_out[0]
