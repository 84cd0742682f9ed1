"""What a teammate reads about a schema, and what 'Insert' writes."""

import json
from html import unescape

import pytest
from django.test import Client

from console.graphql.schema.search import search
from console.profiles.models import CredentialProfile
from tests.graphql.schema.conftest import Get, signed_in, store
from tests.services.profiles import screen_of

SDL = '''
"""
# Where it begins

Some **bold** words, a [link](https://example.com/a?b=c), <script>alert(1)</script>,
![image](https://example.com/i.png), [bad](javascript:alert(1))
"""
type Query {
  "Finds one. \u202eevil"
  user(id: ID!, at: [Int!]!, how: Filter! = {}): User
  users(first: Int = 10): Users!
  search(text: String!): [Result!]!
  node: Node
}
interface Node { id: ID! }
type User implements Node { id: ID! email: String friends(first: Int!): Users! userState: State
  old: String @deprecated(reason: "Use `email`.") }
type Users { nodes: [User!]! }
union Result = User | Users
enum State { ACTIVE "Not any more" GONE @deprecated }
input Filter { "The state to look for" state: State = ACTIVE text: String }
input Change { state: State! by: Author! note: String times: Int! = 1 }
input Author { name: String! age: Int! }
type Mutation { deleteUser(id: ID!): Boolean changeUser(change: Change!): Boolean }
directive @cached("Seconds" ttl: Int! = 60) repeatable on QUERY
'''


@pytest.fixture(autouse=True)
def stored(profile: CredentialProfile) -> None:
    store(signed_in(profile, "user"), SDL)


def found(profile: CredentialProfile, query: str) -> list[str]:
    from console.graphql.schema.access import schema_key

    schema = schema_key(profile).find()
    assert schema is not None
    assert schema.version is not None
    results = search(schema.version, query)
    return [f"{one.type}.{one.member}" if one.member else one.type for one in results.found]


def test_the_first_page_shows_the_root_fields_and_how_old_it_is(get: Get):
    line = get().root.line
    assert "user(id, at, how): User" in line
    assert "deleteUser(id): Boolean" in line
    assert "Enums 3" in line
    assert "types as user sees them · checked a few seconds ago" in line


def test_a_description_is_markdown_that_can_do_no_harm(get: Get):
    screen = get("Query")
    text = screen.root.all("div", class_="markdown")[0]
    assert [each.line for each in text.all("strong")] == ["bold"]
    assert [link.attributes for link in text.all("a")] == [
        {
            "href": "https://example.com/a?b=c",
            "rel": "noopener noreferrer nofollow",
            "target": "_blank",
        },
        {
            "href": "https://example.com/i.png",
            "rel": "noopener noreferrer nofollow",
            "target": "_blank",
        },
    ]
    assert "<script>alert(1)</script>" in text.line
    assert text.all("script", src="") == []
    assert text.all("img") == []
    assert text.all("h1") == []
    assert "[bad](javascript:alert(1))" in text.line


def test_a_type_tells_its_fields_interfaces_and_where_it_is_used(get: Get):
    line = get("User").root.line
    assert "Implements Node" in line
    assert "friends(first): Users!" in line
    assert "old: String deprecated" in line
    uses = get("User").root.all("ul", class_="is-close")[0]
    assert [each.line for each in uses.all("li")] == ["Query.user", "Result", "Users.nodes"]
    assert "One of 2 User Users" in get("Result").root.line
    assert "Implemented by 1 User" in get("Node").root.line
    assert "Values 2 ACTIVE GONE deprecatedNot any more" in get("State").root.line
    assert "state: State = ACTIVEThe state to look for" in get("Filter").root.line
    assert "ttl: Int! = 60 Seconds Allowed on QUERY · repeatable" in get("@cached").root.line


def test_what_is_not_in_the_schema_is_404(get: Get):
    assert get("Nobody").status == get("User", field="nothing").status == 404
    assert "The schema has no User.nothing." in get("User", field="nothing").root.line


def test_a_field_tells_its_arguments_and_what_is_inserted(get: Get):
    screen = get("Query", field="user")
    line = screen.root.line
    assert "id: ID! required" in line
    assert "how: Filter! = { }" in line
    button = screen.root.all("button", type="submit")[-1]
    given = {name: unescape(value) for name, value in button.attributes.items()}
    assert given["data-insert"] == "user(id: $id, at: $at) {\n  id\n  email\n  userState\n}"
    assert given["data-insert-variables"] == '{\n  "id": "",\n  "at": []\n}'
    assert given["data-insert-declarations"] == "$id: ID!, $at: [Int!]!"
    assert given["data-insert-operation"].startswith(
        "query User($id: ID!, $at: [Int!]!) {\n  user(id: $id, at: $at) {\n    id\n"
    )


def test_variables_hold_what_the_schema_requires(get: Get):
    button = get("Mutation", field="changeUser").root.all("button", type="submit")[-1]
    assert json.loads(unescape(button.attributes["data-insert-variables"])) == {
        "change": {"state": "ACTIVE", "by": {"name": "", "age": 0}}
    }


@pytest.mark.parametrize(
    ("type_", "field", "text"),
    [
        ("Query", "users", "users {\n  nodes {\n    id\n    email\n    userState\n  }\n}"),
        ("Query", "search", "search(text: $text) {\n  __typename\n}"),
        ("Mutation", "deleteUser", "deleteUser(id: $id)"),
        ("User", "email", "email"),
    ],
)
def test_what_is_inserted_is_a_working_selection(get: Get, type_: str, field: str, text: str):
    buttons = get(type_, field=field).root.all("button", type="submit")
    assert unescape(buttons[-1].attributes["data-insert"]) == text


@pytest.mark.both_databases
def test_search_brings_the_best_match_first(profile: CredentialProfile):
    assert found(profile, "user")[:4] == ["Query.user", "User", "Query.users", "Users"]
    assert found(profile, "User.email") == ["User.email"]
    assert found(profile, "gone") == ["State.GONE"]
    assert found(profile, "finds ONE") == ["Query.user"]
    assert found(profile, "state look") == ["Filter.state"]
    assert found(profile, "cached") == ["@cached"]
    assert found(profile, "nowhere") == found(profile, " % ") == []


def test_search_answers_htmx_with_the_part(client: Client, profile: CredentialProfile):
    address = screen_of(profile, "graphql_schema")
    headers = {"HX-Request": "true", "HX-Target": "schema-body"}
    html = client.get(address, {"q": "<b>user"}, headers=headers).content.decode()
    assert html.lstrip().startswith('<div id="schema-body"')
    assert "&lt;b&gt;user" in html
    assert "<b>user" not in html


def test_long_lists_come_in_windows_of_forty(get: Get, profile: CredentialProfile):
    fields = " ".join(f"field{number}: String" for number in range(250))
    store(profile, f"type Query {{ {fields} }}")
    screen = get("Query", page="7")
    assert "241–250 of 250" in screen.root.line
    assert len(screen.root.all("ul", class_="schema-list")[0].all("li")) == 10
    assert "0 of 250" in get("Query", page="9").root.line


def test_a_page_of_the_documentation_is_a_handful_of_queries(
    get: Get, django_assert_max_num_queries
):
    get("User")
    with django_assert_max_num_queries(9):
        get("User")
