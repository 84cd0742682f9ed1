"""The plain form of a report: its fields, and the JSON that they write."""

from typing import Any

import pytest
from django import forms

from console.graphql.library.known_types import KnownTypes
from console.graphql.library.parameters import ParametersForm, parameters_of

KNOWN = KnownTypes({"Kind": ["A", "B"]}, frozenset({"Odd"}))
DIGITS = "12345678901234567890.10"
ID = "550e8400-e29b-41d4-a716-446655440000"


def form_of(
    definition: str, *, typed: dict[str, Any] | None = None, stored: str = ""
) -> ParametersForm:
    parameters = parameters_of(f"query Q({definition}) {{ a }}", "")
    data = {f"v-{name}": value for name, value in typed.items()} if typed is not None else None
    return ParametersForm(data, parameters=parameters, stored=stored, known=KNOWN)


@pytest.mark.parametrize(
    ("kind", "typed", "sent"),
    [
        ("String!", 'é "x"', '"é \\"x\\""'),
        ("Int", "-5", "-5"),
        ("bigint", "123456789012345678901", "123456789012345678901"),
        ("numeric", DIGITS, DIGITS),
        ("Float", "1e5", "1e5"),
        ("Boolean", "false", "false"),
        ("date", "2026-01-31", '"2026-01-31"'),
        ("timestamptz", "2026-01-31T14:30", '"2026-01-31T14:30:00Z"'),
        ("timestamp", "2026-01-31T14:30:05", '"2026-01-31T14:30:05"'),
        ("uuid!", ID, f'"{ID}"'),
        ("ID", "7", '"7"'),
        ("Kind", "B", '"B"'),
        ("[Int!]!", "1\n\n 2 \r\n", "[1, 2]"),
        ("[String]", "a\nb", '["a", "b"]'),
        ("[[Int]]", f"[[{DIGITS}]]", f"[[{DIGITS}]]"),
        ("users_bool_exp", f'{{"n": {DIGITS}}}', f'{{"n": {DIGITS}}}'),
        ("jsonb", "null", "null"),
        ("[Kind!]", ["B", "A"], '["B", "A"]'),
        ("Odd", "{}", "{}"),
        ("order_by", "desc", '"desc"'),  # an enum that nobody knows here
    ],
)
def test_a_field_writes_what_was_typed_digit_for_digit(kind: str, typed: Any, sent: str):
    form = form_of(f"$x: {kind}", typed={"x": typed})
    assert form.is_valid(), form.errors
    assert form.variables == f'{{"x": {sent}}}'


@pytest.mark.parametrize(
    ("kind", "typed", "error"),
    [
        ("String!", "", "Required."),
        ("Int", "1.5", "Enter a whole number."),
        ("Int", "2147483648", "Enter a number from -2,147,483,648 to 2,147,483,647."),
        ("numeric", "NaN", "Enter a number like 12.5."),
        ("numeric", "007", "Enter a number like 12.5."),
        ("date", "31.1.2026", "Enter a date like 2026-01-31."),
        ("timestamptz", "noon", "Enter a date and time like 2026-01-31 14:30."),
        ("uuid", "x", "Enter an ID like 550e8400-e29b-41d4-a716-446655440000."),
        ("[Int!]", "1\nx", "Line 2: Enter a whole number."),
        ("jsonb", '{"a": }', "Line 1, column 7: invalid character."),
        ("[Int!]!", " ", "Required."),
        ("Kind", "C", "Select a valid choice. C is not one of the available choices."),
    ],
)
def test_a_mistake_is_a_sentence_that_says_what_to_do(kind: str, typed: str, error: str):
    form = form_of(f"$x: {kind}", typed={"x": typed})
    assert form.errors.get("x") == [error]


def test_the_fields_begin_with_what_was_saved_or_the_operations_defaults():
    stored = f"""{{"day": "2026-01-31", "at": "2026-01-31T14:30:00+02:00", "n": {DIGITS},
        "ids": ["a", {DIGITS}], "on": true, "where": {{"n": {DIGITS}}}}}"""
    form = form_of(
        "$day: date!, $at: timestamptz, $n: numeric, $ids: [ID!], $on: Boolean, "
        '$where: w_bool_exp, $limit: Int = 10, $word: String = "a"',
        stored=stored,
    )
    values = {name: form[name].value() for name in form.fields}
    assert str(values["day"]) == "2026-01-31"
    assert values["at"].isoformat() == "2026-01-31T12:30:00"
    assert values["n"] == DIGITS
    assert values["ids"] == f"a\n{DIGITS}"
    assert (values["on"], values["limit"], values["word"]) == ("true", "10", "a")
    assert values["where"] == f'{{"n": {DIGITS}}}'


def test_an_empty_field_sends_nothing_so_that_the_default_counts():
    form = form_of("$a: Int = 10, $b: String, $c: String", typed={}, stored='{"c": null}')
    assert form.is_valid()
    assert form.variables == '{"c": null}'  # as it was saved


def as_drawn(form: ParametersForm) -> dict[str, Any]:
    """What a browser sends of a form that nobody touched: an input of one line has no breaks."""
    drawn = {}
    for name, field in form.fields.items():
        bound = form[name]
        if isinstance(field, forms.MultipleChoiceField):
            known = {value for value, _ in field.choices}
            drawn[name] = [value for value in bound.value() if value in known]
        else:
            shown = "" if bound.value() is None else str(bound.value())
            if isinstance(field.widget, forms.Textarea):
                drawn[name] = shown.replace("\n", "\r\n")
            elif isinstance(field.widget, forms.widgets.Input):
                drawn[name] = (field.widget.format_value(bound.value()) or "").replace("\n", "")
            else:
                drawn[name] = shown
    return drawn


@pytest.mark.parametrize(
    ("kind", "saved"),
    [
        ("timestamptz", '"2026-01-31T23:59:59.999999+02:00"'),
        ("timestamptz!", '"yesterday"'),
        ("date = 5", '"2026-02-30"'),
        ("String!", '" two\\nlines "'),
        ("String = a", '""'),
        ("String!", '""'),
        ("Int = 5", "null"),
        ("[String!]!", "[]"),
        ("[String] = [a]", '["a", null, " b\\nc"]'),
        ("[Kind!]", '["A", "GONE"]'),
        ("Kind", '"GONE"'),
        ("Float", "1.50"),
        ("ID", "7"),
    ],
)
def test_a_form_that_nobody_touched_sends_what_was_saved_letter_for_letter(kind: str, saved: str):
    stored = f'{{"x": {saved}}}'
    form = form_of(
        f"$x: {kind}", typed=as_drawn(form_of(f"$x: {kind}", stored=stored)), stored=stored
    )
    assert form.is_valid(), form.errors
    assert form.variables == stored


def test_what_is_changed_or_emptied_is_not_what_was_saved():
    stored = '{"at": "2026-01-31T23:59:59.999Z", "name": "a", "kinds": ["A", "GONE"]}'
    typed = {"at": "2026-01-31T23:59:58", "name": "", "kinds": ["A"]}
    form = form_of("$at: timestamptz, $name: String, $kinds: [Kind]", typed=typed, stored=stored)
    assert form.is_valid()
    assert form.variables == '{"at": "2026-01-31T23:59:58Z", "kinds": ["A"]}'


@pytest.mark.parametrize(
    ("definition", "stored", "hint"),
    [
        ("$x: Int = 10", "", "If empty: 10."),
        ("$x: [Int] = [1, 2]", "", "One per line. If empty: [1, 2]."),
        ('$x: timestamptz = "2026-01-31T00:00:00Z"', "", "UTC. If empty: 2026-01-31T00:00:00Z."),
        ("$x: Boolean = false", '{"x": true}', "If empty: no."),
        ("$x: Int = 10", '{"x": null}', ""),
        ("$x: Int = null", "", ""),
        ("$x: Int", "", ""),
    ],
)
def test_a_field_says_what_counts_where_it_is_left_empty(definition: str, stored: str, hint: str):
    assert form_of(definition, stored=stored).fields["x"].help_text == hint


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("createdAfter", "Created after"),
        ("created_after", "Created after"),
        ("_id", "Id"),
        ("fromURL", "From URL"),
        ("_", "_"),
    ],
)
def test_a_variables_name_is_read_in_words(name: str, label: str):
    assert form_of(f"${name}: Int").fields[name].label == label


def test_the_operation_that_is_named_gives_the_fields():
    query = "query A($a: Int) { a } query B($b: Int!) { b }"
    assert [(each.name, each.is_required) for each in parameters_of(query, "B")] == [("b", True)]
