"""Where a 422 becomes field errors."""

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
