"""Every problem of a table is told by its row and column; all else is prepared as it is sent."""

import pytest

from console.accounts.bulk.preparing.checking import prepared_rows
from console.accounts.bulk.preparing.names import same_name, unique_key
from console.accounts.bulk.preparing.tables import PreparedRow, Table, pack, unpack
from console.accounts.lists.finding import alike_name
from console.profiles.targets import Target

Problem = tuple[int, str, str]


def prepared(rows: list[list[str]], operation: str = "create") -> list[PreparedRow]:
    columns = {
        "create": {"name": 0, "is_default": 1},
        "rename": {"account_id": 0, "name": 1},
        "metadata": {"account_id": 0, "metadata": 1},
        "deactivate": {"account_id": 0},
    }[operation]
    heads = {"name": "Nome", "is_default": "Padrão", "account_id": "ID", "metadata": "Meta"}
    return list(prepared_rows(Table([heads[key] for key in columns], rows, 2), columns, operation))


def problems(rows: list[list[str]], operation: str = "create") -> list[Problem]:
    return [(row.number, *problem) for row in prepared(rows, operation) for problem in row.problems]


def notes(rows: list[list[str]], operation: str = "create") -> list[Problem]:
    return [(row.number, *note) for row in prepared(rows, operation) for note in row.notes]


def test_rows_are_prepared_as_they_are_sent():
    rows = [[" Acme ", "no"], [], ["  ", ""], ["Béta", "SIM"], ["Gamma"]]
    assert prepared(rows) == [
        PreparedRow(2, "Acme"),
        PreparedRow(5, "Béta", values={"is_default": True}),
        PreparedRow(6, "Gamma"),
    ]
    assert prepared([["a-1", "New"]], "rename") == [PreparedRow(2, "New", "a-1")]
    assert prepared([["a-1", "x"]], "deactivate") == [PreparedRow(2, "", "a-1")]
    metadata = '{"n": 1.50}'
    assert prepared([["a-1", metadata]], "metadata") == [
        PreparedRow(2, "", "a-1", {"metadata": metadata})
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "There is no name."),
        ("\u200b\u2060", "There is no name."),
        ("x" * 256, "Use at most 255 characters. This name has 256."),
        ("Acme\nBeta", "The name has a line break. Write it in one line."),
        ("Acme\x07", "It holds a character that cannot be seen or sent. Remove it."),
        ("Acme\x00", "It holds a character that cannot be seen or sent. Remove it."),
    ],
)
def test_a_name_that_cannot_be_sent(name: str, sentence: str):
    assert problems([["Fine"], [name, "no"]]) == ([(3, "Nome", sentence)])
    assert problems([["Fine"], ["x" * 255]]) == []


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\u2060", "\ufeff"])
def test_a_character_that_cannot_be_seen_is_told_and_sent_all_the_same(hidden: str):
    """Copied from a web page it makes another account of what looks like one name."""
    rows = [["Acme"], [f"Ac{hidden}me"]]
    assert problems(rows) == []
    told = f"The name has a hidden character (U+{ord(hidden):04X}). Is that meant?"
    assert (3, "Nome", told) in notes(rows)
    assert notes([["\u0645\u200c\u062e"], ["\U0001f468\u200d\U0001f469"]]) == [], "joiners"


def test_a_tab_in_a_name_is_told():
    """Names and other cells that were copied together, with nothing above the others."""
    told = (2, "Nome", "The name has a tab. Are these two cells?")
    assert (problems([["Acme\tyes"]]), notes([["Acme\tyes"]])) == ([], [told])


@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#NAME?", "#REF!", "#VALUE!"])
def test_what_a_failed_formula_leaves_is_no_value(error: str):
    told = f"The cell holds an error of the spreadsheet ({error}). Correct its formula."
    assert problems([["Fine"], [error, "no"]]) == [(3, "Nome", told)]
    assert problems([[error]], "deactivate") == [(2, "ID", told)]
    assert problems([["#1 Bakery"], ["#REF! Ltd"]]) == []


def test_a_name_twice_is_a_problem_and_one_that_is_like_it_a_note():
    rows = [["Ação"], ["Beta"], ["Ac\u0327a\u0303o"], ["açÃo"], ["Acao"], [" Beta  "], ["BETA  II"]]
    assert problems(rows) == [
        (4, "Nome", "The name is in row 2 already."),
        (7, "Nome", "The name is in row 3 already."),
    ]
    alike = "The name differs from that of row 2 only in case, accents or spaces."
    assert notes(rows) == [(5, "Nome", alike), (6, "Nome", alike)]


def test_two_accounts_may_be_given_one_name_if_dpaas_allows_it():
    rows = [["a", "Same"], ["b", "Same"]]
    assert problems(rows, "rename") == []
    assert notes(rows, "rename") == [(3, "Nome", "The name is in row 2 already.")]


def test_one_row_at_most_is_the_default_account():
    rows = [["a", "x"], ["b", "perhaps"], ["c", "0"], ["d", "yes"]]
    assert problems(rows) == [
        (3, "Padrão", "Write yes or no."),
        (5, "Padrão", "Row 2 is the default account already; only one can be."),
    ]


@pytest.mark.parametrize(
    ("account_id", "sentence"),
    [
        ("", "There is no account ID."),
        ("a b", "This is not an account ID."),
        ("..", "This is not an account ID."),
        ("x" * 201, "This is not an account ID."),
        ("a-1", "The account ID is in row 2 already."),
    ],
)
def test_an_id_that_names_no_account(account_id: str, sentence: str):
    assert problems([["a-1", "A"], [account_id, "B"]], "rename") == [(3, "ID", sentence)]


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ("", "There is no metadata. Write {} to empty it."),
        ("[1]", 'This is not a JSON object. Write one like {"team": "billing"}.'),
        ("team", 'This is not a JSON object. Write one like {"team": "billing"}.'),
        ('{"a": 1', "This is not JSON. Line 1, column 8: it ends too early."),
        ("{'a': 1}", "This is not JSON. Line 1, column 2"),
        (
            r'{"a": "\ud83d"}',
            r"This cannot be sent. Line 1, column 8: \ud83d is half a character.",
        ),
        (
            '{"a":' + "[" * 1500 + "]" * 1500 + "}",
            "This cannot be sent. Line 1, column 105: it nests more than 100 levels deep.",
        ),
    ],
)
def test_metadata_that_is_no_object(metadata: str, sentence: str):
    (found,) = problems([["a-1", metadata]], "metadata")
    assert found[:2] == (2, "Meta")
    assert found[2].startswith(sentence)
    assert problems([["a-1", "{}"]], "metadata") == []
    fine = r'{"a": "\ud83d\ude00 \\ud83d [[", "b": ' + "[" * 99 + "]" * 99 + "}"
    assert problems([["a-1", fine]], "metadata") == []


def test_a_cell_beyond_the_headings_was_torn_off_another():
    rows = [["Acme"], ["Beta", "no"], ["Gamma", " Inc", "no"]]
    sentence = "There is no heading here. Does a cell before it need quotes?"
    assert problems(rows)[-1] == (4, "Column C", sentence)
    assert problems([[each, "no", "note"] for each in "abc"]) == []  # a column without a heading


def test_a_field_without_a_column_is_named_in_each_row():
    table = Table(["x"], [["a"]], 2)
    (row,) = prepared_rows(table, {}, "rename")
    sentence = "Choose the column that holds it."
    assert row.problems == [("Account ID", sentence), ("New name", sentence)]
    (row,) = prepared_rows(table, {"account_id": 7, "name": 0}, "rename")
    assert row.problems == [("Column H", "There is no account ID.")]


def test_a_table_is_kept_as_it_came():
    table = Table(["a", ""], [["1"], [], ["x" * 10, "\u2028"]], 3, ["A note."])
    assert unpack(pack(table)) == table


def test_one_key_for_each_name_at_each_target():
    acme, other = Target.dpaas("acme", "https://a.example"), Target.dpaas("b", "https://a.example")
    assert unique_key(acme, " Ação") == unique_key(acme, "Ac\u0327a\u0303o ")
    keys = {unique_key(target, name) for target in (acme, other) for name in ("Ação", "ação")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {64}
    assert same_name("Ação") != same_name("ação")
    assert alike_name("Ação  X") == alike_name("acao x")
