"""The parts of an XLSX file, which is a zip: found by their relations, unpacked within bounds."""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from console.spreadsheets.tables import NotATable
from console.spreadsheets.xlsx.xml import XmlReader, read_xml

MAX_PARTS = 2000
MAX_UNPACKED = 128 * 1024 * 1024  # bytes of all parts that are read
CHUNK = 64 * 1024  # bytes
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BAD_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    ValueError,
)

BROKEN = "The file is damaged or not complete. Save or download it again, and choose it again."
TOO_BIG = "The file unpacks to more than 128 MB. Copy the table alone into a new file."
PROTECTED = "The file is protected by a password. Save it without one, and choose it again."
# What else a zip may be, by the name of a part.
OTHERS = (
    ("xl/workbook.bin", "This is a binary workbook (.xlsb). Save it as XLSX or CSV."),
    ("content.xml", "This is an OpenDocument file. Save it as XLSX or CSV."),
    ("index/document.iwa", "This is a file of Numbers. Export it as XLSX or CSV."),
    ("word/document.xml", "This is a text document. Choose a CSV, TSV or XLSX file."),
    ("ppt/presentation.xml", "This is a presentation. Choose a CSV, TSV or XLSX file."),
)
A_ZIP = "This is a zip of other files. Unpack it, and choose the table inside."


class Relation(NamedTuple):
    """`kind`: the last word of its type, such as "worksheet"; `path`: of the part it leads to."""

    kind: str
    path: str


class Parts:
    """Raises NotATable if `data` is no zip, holds no workbook, or unpacks to too much."""

    def __init__(self, data: bytes) -> None:
        if data.count(b"PK\x01\x02") > MAX_PARTS:
            raise NotATable(A_ZIP)
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except BAD_ZIP:
            raise NotATable(BROKEN) from None
        infos = self._zip.infolist()
        self._infos = {_plain(info.filename): info for info in infos}
        self._left = MAX_UNPACKED
        if "[content_types].xml" not in self._infos or not self._has_workbook():
            found = [sentence for name, sentence in OTHERS if name in self._infos]
            raise NotATable(found[0] if found else A_ZIP)

    def workbook(self) -> str:
        """The path of the workbook."""
        relations = self.relations("").values()
        return next((each.path for each in relations if each.kind == "officeDocument"), WORKBOOK)

    def relations(self, path: str) -> dict[str, Relation]:
        """What the part at `path` refers to, by id."""
        folder, name = posixpath.split(path)
        place = posixpath.join(folder, "_rels", f"{name}.rels")
        reader = _Relations(folder)
        if _plain(place) in self._infos:
            self.read(place, reader)
        return reader.found

    def read(self, path: str, reader: XmlReader) -> None:
        read_xml(self._pieces(path), reader)

    def _has_workbook(self) -> bool:
        return any(name.endswith("workbook.xml") for name in self._infos)

    def _pieces(self, path: str) -> Iterator[bytes]:
        """Counts what comes out of it, not what the zip says about its size."""
        info = self._infos.get(_plain(path))
        if info is None:
            raise NotATable(BROKEN)
        if info.flag_bits & 1:
            raise NotATable(PROTECTED)
        if info.compress_type not in PLAIN:
            raise NotATable(BROKEN)
        try:
            with self._zip.open(info) as part:
                while piece := part.read(CHUNK):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise NotATable(TOO_BIG)
                    yield piece
        except BAD_ZIP:
            raise NotATable(BROKEN) from None


WORKBOOK = "xl/workbook.xml"


class _Relations(XmlReader):
    def __init__(self, folder: str) -> None:
        self.found: dict[str, Relation] = {}
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            path = posixpath.join("/", self._folder, attributes.get("Target", ""))
            self.found[attributes.get("Id", "")] = Relation(kind, posixpath.normpath(path))


def _plain(path: str) -> str:
    """A part's path whatever its letters' case is, as OPC compares them."""
    return path.replace("\\", "/").lstrip("/").lower()
