"""Where an upstream's refusal becomes field errors."""

import pytest

from console.accounts.forms import AccountForm, add_upstream_errors


def test_unknown_fields_go_to_the_top_with_their_name():
    form = AccountForm({"name": "x"})
    details = {"name": ["Taken", "Too short"], "plan": ["Over"], "": ["No"], "submission": ["Hm"]}
    add_upstream_errors(form, details)
    assert form.errors.get_json_data() == {
        "name": [{"message": "Taken", "code": ""}, {"message": "Too short", "code": ""}],
        "__all__": [
            {"message": "plan: Over", "code": ""},
            {"message": "No", "code": ""},
            {"message": "submission: Hm", "code": ""},
        ],
    }


@pytest.mark.parametrize(
    ("place", "field", "message"),
    [
        ("account.name", "name", "Odd"),
        ("rows.0.name", "name", "Odd"),
        ("name.min_length", "name", "min_length: Odd"),
        ("Name", "name", "Odd"),
        ("isDefault", "is_default", "Odd"),
        ("account.plan", "__all__", "account.plan: Odd"),
        ("", "__all__", "Odd"),
    ],
)
def test_a_place_belongs_to_the_innermost_field_in_it(place: str, field: str, message: str):
    form = AccountForm({"name": "x"})
    add_upstream_errors(form, {place: ["Odd"]})
    assert form.errors.get_json_data() == {field: [{"message": message, "code": ""}]}
