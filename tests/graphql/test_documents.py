"""Documents and variables, read before anything is sent."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.graphql.confirmations import confirmation_for, confirmed_run
from console.graphql.documents import (
    MAX_BYTES,
    DocumentRefused,
    read_document,
    some_of,
)
from console.graphql.forms import QueryForm
from console.graphql.variables import VariablesRefused, read_variables
from console.profiles.models import CredentialProfile
from console.upstream.systems import System

THREE = "query A { a } query B { b } mutation C { c }"


def refusal(text: str, operation_name: str = "") -> tuple[str, str]:
    """The field and the sentence with which a document is refused."""
    with pytest.raises(DocumentRefused) as refused:
        read_document(text, operation_name)
    return refused.value.field, refused.value.sentence


def variables_refusal(text: str) -> str:
    with pytest.raises(VariablesRefused) as refused:
        read_variables(text)
    return refused.value.sentence


def test_a_single_operation_is_taken_with_its_top_level_fields():
    text = "query Q { a b: c ...F ... on query_root { d a } } fragment F on T { e }"
    document = read_document(text)
    assert (document.operation_name, document.is_mutation) == ("Q", False)
    assert document.fields == ("a", "c", "e", "d")


def test_an_operation_without_a_name_is_called_by_its_first_field():
    assert read_document("{ dataControllers { id } users { id } }").title == "dataControllers"
    assert read_document("query Everything { users { id } }").title == "Everything"


def test_the_named_operation_of_several_is_taken():
    document = read_document(THREE, "C")
    assert (document.text, document.operation_name) == (THREE, "C")
    assert document.is_mutation
    assert document.fields == document.response_keys == ("c",)


def test_fragments_that_go_round_in_a_circle_end():
    assert read_document("{ ...F } fragment F on T { a ...F }").fields == ("a",)


@pytest.mark.parametrize(
    ("text", "operation_name", "field", "sentence"),
    [
        ("", "", "query", "Write a query."),
        (" \n\t", "", "query", "Write a query."),
        ("# nothing\n", "", "query", "There are only comments. Write a query."),
        ("{\n  a(\n}", "", "query", "Line 3, column 1: Expected a name here, but found “}”."),
        ("{ a ", "", "query", "Line 1, column 5: The query ends too early."),
        ('{ a(b: "x) }', "", "query", "Line 1, column 13: This string has no closing quote."),
        (
            "fragment F on T { a }",
            "",
            "query",
            "There is no operation. Write a query or a mutation.",
        ),
        (
            THREE,
            "",
            "operation_name",
            "There are several operations. Choose the one to run: A, B, C.",
        ),
        (THREE, "D", "operation_name", "The query has no operation of this name. It has: A, B, C."),
        (
            "{ a }",
            "A",
            "operation_name",
            "The query has no operation of this name. Leave this empty: the operation has no name.",
        ),
        ("query A { a } query A { b }", "A", "query", "Two operations are named A. Rename one."),
        (
            "{ a } query A { b }",
            "A",
            "query",
            "With several operations, each needs a name. One has none.",
        ),
        (
            "subscription { a }",
            "",
            "query",
            "Subscriptions are not supported. Write it as a query.",
        ),
        ("#" * (MAX_BYTES + 1), "", "query", "This is too long: at most 200 kB."),
    ],
)
def test_a_document_that_cannot_run_is_refused_in_words(text, operation_name, field, sentence):
    assert refusal(text, operation_name) == (field, sentence)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("query Q(", "column 9: The query ends too early."),
        ("querry { a }", "column 1: “querry” does not belong here."),
        ("{a b(c d)}", "column 8: Expected “:” here, but found “d”."),
        ("query 3 {a}", "column 7: Expected “{” here, but found a number (“3”)."),
        ('{ "x" }', "column 3: Expected a name here, but found a text (“x”)."),
        ("{ a(b: 'x') }", 'column 8: Write strings in double quotes (").'),
        ("{a(b: “x”)}", 'column 7: Write straight quotes ("), not curly ones.'),
        ("{a ..}", "column 4: Write three dots: “...”."),
        ("{a(b: 01)}", "column 8: A number cannot begin with 0."),
        ("{a(b: .5)}", "column 7: A digit is missing before the point."),
        ("{a(b: 3x)}", "column 8: This number is incomplete."),
        ('{a(b: "\\x")}', "column 8: “\\x” is not an escape. Write a backslash as \\\\."),
        ("query($a: I = $b) {a}", "column 15: A default value cannot contain $b."),
        ("{a ? }", "column 4: The character “?” does not belong here."),
        ("{\u202e}", "column 2: The character U+202E does not belong here."),
        ('"d" {a}', "column 1: A description is not allowed here. Write comments with #."),
        ("enum A { true }", "column 10: “true” cannot be a value."),
    ],
)
def test_a_syntax_error_is_told_in_words_that_need_no_parser(text: str, reason: str):
    assert refusal(text) == ("query", f"Line 1, {reason}")


def test_the_names_to_choose_from_come_with_the_refusal():
    with pytest.raises(DocumentRefused) as refused:
        read_document(THREE)
    assert refused.value.operations == ("A", "B", "C")


@pytest.mark.parametrize(
    "text",
    ["{a" * 60_000, "query($a:Int=" + "[" * 150_000, "{a(b:" + "{c:" * 60_000, "{" * 190_000],
)
def test_deep_nesting_is_refused_and_harms_nothing(text):
    assert refusal(text)[0] == "query"


def test_a_document_of_very_many_parts_is_refused():
    field, sentence = refusal("{" + "a " * 90_000 + "}")
    assert (field, "tokens" in sentence) == ("query", True)


def test_a_long_line_of_names_is_cut():
    assert some_of(tuple("abc")) == "a, b, c"
    assert some_of(tuple(f"f{number}" for number in range(23))).endswith("f19 and 3 more")


@given(st.text(max_size=400), st.text(max_size=10))
def test_any_text_is_a_document_or_refused(text, operation_name):
    with suppress(DocumentRefused):
        assert read_document(text, operation_name).text == text


GRAPHQLISH = st.lists(
    st.sampled_from(
        ["query", "mutation", "fragment", "on", "A", "B", "{", "}", "(", ")", "$", ":", "...", '"']
    ),
    max_size=40,
).map(" ".join)


@given(GRAPHQLISH)
def test_any_tokens_are_a_document_or_refused(text):
    with suppress(DocumentRefused):
        read_document(text)


# --- Variables ------------------------------------------------------------------------------------


def test_variables_are_a_json_object_or_nothing():
    assert read_variables("") == read_variables(" \n ") == ""
    text = ' {"id": 1, "nested": {"a": [null]}}\n'
    assert read_variables(text) == read_variables(f"\ufeff{text}") == text


@pytest.mark.parametrize(
    "number",
    ["12345678901234567890.12345678901234567890", "1e400", "-0", "0.00000000", "1E+5", "9" * 5000],
)
def test_a_number_is_taken_digit_for_digit(number: str):
    assert read_variables(f'{{"n": {number}}}') == f'{{"n": {number}}}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1]", 'Line 1, column 1: this is a list, not a JSON object like {"id": 1}.'),
        ("null", 'Line 1, column 1: this is null, not a JSON object like {"id": 1}.'),
        ("true", 'Line 1, column 1: this is true or false, not a JSON object like {"id": 1}.'),
        ('"x"', 'Line 1, column 1: this is a text, not a JSON object like {"id": 1}.'),
        ("7", 'Line 1, column 1: this is a number, not a JSON object like {"id": 1}.'),
        ('{\n  "a": ,\n}', "Line 2, column 8: a value is missing here."),
        (
            "{'a': 1}",
            "Line 1, column 2: expected a name in double quotes.",
        ),
        ('{"a": 1} x', "Line 1, column 10: unexpected text after the end of the object."),
        ('// mine\n{"a": 1}', "Line 1, column 1: JSON has no comments; remove this one."),
        ('{"a": 1 /* x */}', "Line 1, column 9: JSON has no comments; remove this one."),
        ('{"a": 1,\n# x\n}', "Line 2, column 1: JSON has no comments; remove this one."),
        ('{"a": 1,\n}', "Line 1, column 8: remove this comma."),
        ('{"a": [1, ]}', "Line 1, column 9: remove this comma."),
        ('{"a": NaN}', "Line 1, column 7: NaN is not JSON. Write null, or a number."),
        ('{"a": 1', "Line 1, column 8: the variables end too early."),
        ('{"a": "x', "Line 1, column 7: this string has no closing quote."),
        ('{"a": 01}', "Line 1, column 8: a comma or a closing bracket is missing here."),
        ('{"b": {"a": 1, "a": 2}}', "“a” appears twice in one object."),
        ('{"a": ' * 100_000, "This is too long: at most 200 kB."),
        ('{"a":' * 30_000, "This is nested too deeply."),
    ],
)
def test_variables_that_are_no_object_are_refused_in_words(text, sentence):
    assert variables_refusal(text) == sentence


@given(st.text(max_size=200))
def test_any_text_is_variables_or_refused(text):
    with suppress(VariablesRefused):
        assert read_variables(text) in (text, text.removeprefix("\ufeff"), "")


@given(query=st.text(max_size=200), variables=st.text(max_size=200), role=st.text(max_size=200))
def test_any_text_in_the_form_gives_an_order_or_errors(query: str, variables: str, role: str):
    profile = CredentialProfile(kind=System.DXTRA, name="P")
    form = QueryForm({"query": query, "variables": variables, "role": role}, profile=profile)
    assert form.is_valid() == (not form.errors)
    if form.is_valid():
        assert confirmed_run(confirmation_for(form.graphql_request), form.graphql_request)
