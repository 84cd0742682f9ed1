"""Which column holds which field: guessed by the headings, in several languages, and by the cells.

guess(table.columns, table.rows, "create")   {"name": 0, "is_default": 2}
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from console.accounts.bulk.preparing.operations import (
    ACCOUNT_ID,
    BULK_OPERATIONS,
    IS_DEFAULT,
    METADATA,
    NAME,
    BulkOperation,
)
from console.accounts.bulk.preparing.yes_no import yes_or_no
from console.accounts.lists.finding import folded
from console.spreadsheets.tables import MAX_TITLE_ROWS, Table

# Without case, accents and what is no letter. English, Portuguese, Spanish, German, French,
# Italian, Dutch, Polish. The likelier one first.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    NAME: (
        "name", "account name", "new name", "account", "title", "label",
        "customer name", "customer", "client name", "client", "company name", "company",
        "organization name", "organization", "organisation",
        "nome", "nome da conta", "novo nome", "conta", "nome do cliente", "cliente", "empresa",
        "nome da empresa", "razao social", "nome fantasia", "titulo", "denominacao",
        "nombre", "nombre de la cuenta", "nuevo nombre", "cuenta", "nombre del cliente",
        "denominacion",
        "kontoname", "neuer name", "konto", "bezeichnung", "kontobezeichnung", "kundenname",
        "kunde", "firma", "firmenname", "benennung",
        "nom", "nom du compte", "nouveau nom", "compte", "nom du client", "entreprise",
        "raison sociale", "societe", "intitule", "libelle",
        "nome del conto", "nome account", "nuovo nome", "conto", "nome cliente", "azienda",
        "ragione sociale", "denominazione",
        "naam", "accountnaam", "nieuwe naam", "rekening", "klant", "klantnaam", "bedrijf",
        "nazwa", "nazwa konta", "nowa nazwa", "klient",
    ),
    ACCOUNT_ID: (
        "account id", "id", "accountid", "id of account", "identifier", "account identifier",
        "uuid", "guid", "account uuid",
        "id da conta", "identificador", "identificador da conta", "codigo da conta", "codigo",
        "id de la cuenta", "id de cuenta", "identificador de la cuenta",
        "konto id", "kontoid", "account kennung", "kennung", "kontokennung",
        "id du compte", "identifiant", "identifiant du compte",
        "id del conto", "id conto", "id account", "identificativo", "identificatore",
        "rekening id", "id konta", "identyfikator",
    ),
    IS_DEFAULT: (
        "is default", "default", "default account", "isdefault", "standard account",
        "padrao", "conta padrao", "e padrao", "principal", "conta principal",
        "predeterminada", "predeterminado", "cuenta predeterminada", "por defecto",
        "standard", "standardkonto", "ist standard", "vorgabe", "standardaccount",
        "par defaut", "defaut", "compte par defaut",
        "predefinito", "conto predefinito", "account predefinito",
        "standaard", "domyslne", "domyslny",
    ),
    METADATA: (
        "metadata", "meta data", "meta", "metadados", "metadatos", "metadaten", "metadonnees",
        "metadati", "metagegevens", "metadane", "json", "attributes", "atributos",
    ),
}  # fmt: skip
LOOKED_AT = 50  # rows
TITLE_LEFT_OUT = "The headings are in row {row:,}. What stands above them was left out."
UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
ID = re.compile(r"[A-Za-z0-9_.:-]*[0-9][A-Za-z0-9_.:-]*")


def headed(table: Table) -> Table:
    """The table as it came, or with its first row as data where that holds no headings.

    Headings are words that are known, or, over several columns, anything that looks like no value.
    """
    if not table.columns:
        return table
    heads = [heading for heading in table.columns if heading.strip()]
    if any(field_of(heading) for heading in heads):
        return table
    if below := _headed_below(table):
        return below
    has_values = any(_is_value(heading) for heading in heads)
    return table if len(heads) > 1 and not has_values else table.without_heading()


def _headed_below(table: Table) -> Table | None:
    """The table from its headings on, where they stand below a title: rows of fewer cells."""
    widest = sum(map(bool, map(str.strip, table.columns)))
    for at, cells in enumerate(table.rows[:MAX_TITLE_ROWS]):
        filled = [cell for cell in cells if cell.strip()]
        is_heading = {field_of(cell) for cell in filled} & {NAME, ACCOUNT_ID}
        if len(filled) > widest and is_heading and not any(map(_is_value, filled)):
            number = table.first_number + at
            notes = [*table.notes, TITLE_LEFT_OUT.format(row=number)]
            return Table(cells, table.rows[at + 1 :], number + 1, notes)
        widest = max(widest, len(filled))
    return None


def guess(columns: Sequence[str], rows: Sequence[Sequence[str]], operation: str) -> dict[str, int]:
    """The number of a column, from 0, for each field that one is found for.

    `operation`: a key of BULK_OPERATIONS.
    """
    found = dict(_by_heading(columns, BULK_OPERATIONS[operation]))
    for field in BULK_OPERATIONS[operation].required:
        if field.key not in found:
            column = _by_cells(field.key, columns, rows, set(found.values()))
            if column is not None:
                found[field.key] = column
    return found


def field_of(heading: str) -> str | None:
    """The field that a heading names, if it is known."""
    words = words_of(heading)
    return next((field for field, known in HEADINGS.items() if words in known), None)


def words_of(heading: str) -> str:
    """A heading as HEADINGS writes it: "Conta_Padrão?" is "conta padrao", "isDefault" too."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return " ".join(re.findall(r"[^\W_]+", folded(parts)))


def _by_heading(columns: Sequence[str], operation: BulkOperation) -> Iterator[tuple[str, int]]:
    """For each field the column with the likeliest heading."""
    words = [words_of(heading) for heading in columns]
    for field in operation.fields:
        known = HEADINGS[field.key]
        likely = [(known.index(each), n) for n, each in enumerate(words) if each in known]
        if likely:
            yield field.key, min(likely)[1]


def _by_cells(
    key: str, columns: Sequence[str], rows: Sequence[Sequence[str]], taken: set[int]
) -> int | None:
    """The one column whose cells look like the field's; of names, the first that is not another's.

    Only columns whose heading says nothing else.
    """
    begin = list(islice((row for row in rows if any(row)), LOOKED_AT))
    width = max([len(columns), *map(len, begin)], default=0)
    free = [
        n
        for n in range(width)
        if n not in taken and not (n < len(columns) and field_of(columns[n]))
    ]
    fits = [n for n in free if _look_like(key, [row[n].strip() for row in begin if n < len(row)])]
    if key == NAME:
        return fits[0] if fits else None
    return fits[0] if len(fits) == 1 else None


def _look_like(key: str, cells: list[str]) -> bool:
    cells = [cell for cell in cells if cell]
    if not cells:
        return False
    if key == ACCOUNT_ID:
        return all(map(ID.fullmatch, cells))
    if key == METADATA:
        return all(cell.startswith("{") for cell in cells)
    return not all(map(_is_value, cells))


def _is_value(cell: str) -> bool:
    """Whether it looks like an id, a yes or no, or JSON, rather than like a name or a heading."""
    cell = cell.strip()
    return bool(
        cell.startswith("{")
        or UUID.fullmatch(cell)
        or yes_or_no(cell) is not None
        or re.fullmatch(r"[0-9.,:/ -]+", cell)
    )
