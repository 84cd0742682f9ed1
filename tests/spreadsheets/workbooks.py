"""XLSX files made of XML, part by part, as Excel and others write them."""

import zipfile
from io import BytesIO

from console.spreadsheets.writing import FIXED_PARTS, XML

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def sheet(rows: str, before: str = "") -> str:
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'


def inline(text: str, place: str = "") -> str:
    """One cell that holds `text` itself."""
    where = f' r="{place}"' if place else ""
    return f'<c{where} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def workbook(rows: str = "", **parts: str) -> bytes:
    """A workbook of one sheet. `parts`: more or other ones, by the end of their names."""
    contents = {
        **FIXED_PARTS,
        "xl/_rels/workbook.xml.rels": relations(
            worksheet="worksheets/sheet1.xml",
            **{kind: f"{kind}.xml" for kind in ("styles", "sharedStrings") if kind in parts},
        ),
        "xl/worksheets/sheet1.xml": sheet(rows),
        **{f"xl/{name}" if "." in name else f"xl/{name}.xml": each for name, each in parts.items()},
    }
    return zipped({name: XML + text for name, text in contents.items()})


def relations(**targets: str) -> str:
    """Numbered rId1, rId2 …, by what they lead to: a kind, perhaps with a number behind it."""
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{found}</Relationships>'


def sheets(*names: str, hidden: str = "", **attributes: str) -> str:
    """The workbook part that lists sheets, the first of them rId1."""
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())

    def state(name: str) -> str:
        return "hidden" if name == hidden else "visible"

    found = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}" state="{state(name)}"/>'
        for n, name in enumerate(names, start=1)
    )
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><workbookPr{more}/>'
        f"<sheets>{found}</sheets></workbook>"
    )


def zipped(contents: dict[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", compression) as parts:
        for name, content in contents.items():
            parts.writestr(name, content)
    return file.getvalue()
