"""Columns are guessed: by their headings, in several languages, and by what stands in them."""

import pytest

from console.accounts.bulk.preparing.mapping import HEADINGS, guess, headed, words_of
from console.accounts.bulk.preparing.operations import BULK_OPERATIONS
from console.accounts.bulk.preparing.yes_no import yes_or_no
from console.spreadsheets.reading import read_text
from console.spreadsheets.tables import Table

ID = "0190c0de-0000-7000-8000-00000000000"


@pytest.mark.parametrize(
    ("headings", "operation", "mapping"),
    [
        ("Account name,Default", "create", {"name": 0, "is_default": 1}),
        ("is_default,NAME", "create", {"name": 1, "is_default": 0}),
        ("isDefault,accountName", "create", {"name": 1, "is_default": 0}),
        ("Nº,Nome da conta,Padrão?", "create", {"name": 1, "is_default": 2}),
        ("Razão social", "create", {"name": 0}),
        ("Nombre,Predeterminada", "create", {"name": 0, "is_default": 1}),
        ("Kontobezeichnung,Standard", "create", {"name": 0, "is_default": 1}),
        ("Nom du compte,Par défaut", "create", {"name": 0, "is_default": 1}),
        ("Denominazione,Predefinito", "create", {"name": 0, "is_default": 1}),
        ("Customer,Name", "create", {"name": 1}),  # the likelier one
        ("Account ID,Account,Status", "deactivate", {"account_id": 0}),
        ("ID da conta,Novo nome", "rename", {"account_id": 0, "name": 1}),
        ("Konto-ID,Neuer Name", "rename", {"account_id": 0, "name": 1}),
        ("id,metadados", "metadata", {"account_id": 0, "metadata": 1}),
        ("Identifiant,Métadonnées", "metadata", {"account_id": 0, "metadata": 1}),
        ("Foo,Bar", "deactivate", {}),
    ],
)
def test_headings_name_their_fields(headings: str, operation: str, mapping: dict[str, int]):
    assert guess(headings.split(","), [], operation) == mapping


def test_every_known_heading_is_written_as_it_is_compared():
    for known in HEADINGS.values():
        assert [words_of(heading) for heading in known] == list(known)
        assert len(set(known)) == len(known)


@pytest.mark.parametrize(
    ("text", "operation", "mapping"),
    [
        ("Acme\nBeta", "create", {"name": 0}),
        ("1\tAcme\n2\tBeta", "create", {"name": 1}),
        ("Foo\tBar\nAcme\tyes", "create", {"name": 0}),
        (f"{ID}1\tNew\n{ID}2\tNewer", "rename", {"account_id": 0, "name": 1}),
        (f"{ID}1\n{ID}2", "deactivate", {"account_id": 0}),
        (f'{ID}1\t{{"a": 1}}', "metadata", {"account_id": 0, "metadata": 1}),
        (f"{ID}1\t{ID}2", "deactivate", {}),  # which one?
        ("Name\nAcme", "deactivate", {}),
    ],
)
def test_where_no_heading_tells_the_cells_do(text: str, operation: str, mapping: dict[str, int]):
    table = headed(read_text(text))
    assert guess(table.columns, table.rows, operation) == mapping


@pytest.mark.parametrize(
    ("text", "has_heading"),
    [
        ("name\nAcme", True),
        ("Nome\nAcme", True),
        ("Acme\nBeta", False),
        ("Foo\tBar\nAcme\tyes", True),
        ("Acme\tyes\nBeta\tno", False),
        (f"Acme\t{ID}1", False),
        ('Acme\t{"a": 1}', False),
        ("7\tAcme", False),
    ],
)
def test_the_first_row_is_a_heading_if_it_looks_like_one(text: str, has_heading: bool):
    assert bool(headed(read_text(text)).columns) is has_heading


@pytest.mark.parametrize(
    "title", ["Customers of 2026\t\n", "Customers of 2026\n\n", "Customers\t\n\nfrom CRM\n"]
)
def test_headings_below_a_title_are_found_and_the_title_is_no_account(title: str):
    table = headed(read_text(f"{title}Kunde\tStandard\tNotiz\nAcme\tnein\tx\nBeta\t\ty\n"))
    number = title.count("\n") + 1
    assert table == Table(
        ["Kunde", "Standard", "Notiz"],
        [["Acme", "nein", "x"], ["Beta", "", "y"]],
        number + 1,
        [f"The headings are in row {number}. What stands above them was left out."],
    )
    assert guess(table.columns, table.rows, "create") == {"name": 0, "is_default": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Acme\nName\nBeta",  # one column: a name like any other
        "Acme\tx\nName\tDefault\nBeta\tno",  # the row above is as full
        f"Acme\t\nKunde\t{ID}1\nBeta\t{ID}2",  # values beside it
    ],
)
def test_a_row_with_a_word_of_headings_is_a_row_where_nothing_says_that_it_heads(text: str):
    table = headed(read_text(text))
    assert [*filter(None, [table.columns]), *table.rows] == [
        line.strip().split("\t") for line in text.split("\n")
    ]


def test_a_table_that_never_had_a_heading_gets_none():
    table = Table([], [["name"], ["Acme"]])
    assert headed(table) is table


@pytest.mark.parametrize(
    "cell", ["yes", "Y", "TRUE", "1", "x", "✓", "Sim", "SÍ", "ja", "oui", "sì"]
)
def test_yes_is_understood(cell: str):
    assert yes_or_no(f" {cell} ") is True


@pytest.mark.parametrize("cell", ["", "no", "N", "false", "0", "-", "Não", "NAO", "nein", "non"])
def test_no_is_understood(cell: str):
    assert yes_or_no(cell) is False


@pytest.mark.parametrize("cell", ["maybe", "2", "yes!", "talvez"])
def test_neither_is_no_guess(cell: str):
    assert yes_or_no(cell) is None


def test_every_operation_is_found_by_its_key():
    assert all(BULK_OPERATIONS[key].key == key for key in BULK_OPERATIONS)
