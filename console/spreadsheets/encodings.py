"""Which encoding a text file is in: by its first bytes, else by trying."""

import codecs
import re

from console.spreadsheets.tables import NotATable

# The longer one first: the BOM of UTF-32 begins with that of UTF-16.
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LOOKED_AT = 4096  # bytes, to find out which half of UTF-16 comes first
FOREIGN = re.compile(b"[\x81\x8d\x8f\x90\x9d]")  # no letters in Windows-1252
CONTROLS = re.compile("[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
WINDOWS = "cp1252"
READ_AS_WINDOWS = (
    "Read as Windows-1252, as it is not UTF-8. If letters look wrong, save it as “CSV UTF-8” and "
    "choose it again."
)
UNCLEAR = (
    "Its encoding is not clear: it is neither UTF-8 nor Windows-1252. Save it as “CSV UTF-8” or "
    "XLSX, and choose it again."
)
MIXED = (
    "Line {line:,} is not UTF-8, but others are. Save it as “CSV UTF-8” or XLSX, and choose it "
    "again."
)
NO_TEXT = "This is not a table. Choose a CSV, TSV or XLSX file."


def encoding_of(data: bytes) -> str:
    """The encoding of a text, as Python names it. Raises NotATable, also if it is no text."""
    marked = next((name for bom, name in BOMS if data.startswith(bom)), "")
    if marked and not _decodes(data, marked):
        raise NotATable(UNCLEAR)
    if marked:
        return marked
    if b"\x00" in data:
        return _utf_16_without_bom(data)
    if _decodes(data, "utf-8"):
        return "utf-8"
    _refuse_mixed(data)
    if FOREIGN.search(data) or not _decodes(data, WINDOWS):
        raise NotATable(UNCLEAR)
    return WINDOWS


def _utf_16_without_bom(data: bytes) -> str:
    """The order by which the empty halves of its letters are on one side."""
    begin = data[:LOOKED_AT]
    first, second = begin[::2].count(0), begin[1::2].count(0)
    encoding = "utf-16-le" if second > first else "utf-16-be"
    if min(first, second) * 10 > max(first, second) or not _decodes(data, encoding):
        raise NotATable(NO_TEXT)
    return encoding


def _decodes(data: bytes, encoding: str) -> bool:
    """Whether `data` is text in `encoding`. Raises NotATable if it holds what no text holds."""
    try:
        text = data.decode(encoding)
    except UnicodeError:
        return False
    if "\x00" in text or len(CONTROLS.findall(text[:LOOKED_AT])) * 20 > LOOKED_AT:
        raise NotATable(NO_TEXT)
    return True


def _refuse_mixed(data: bytes) -> None:
    """Read as Windows-1252, the letters of lines in UTF-8 would be spoilt."""
    text = data.decode("utf-8", "surrogateescape")
    strays = re.search("[\udc80-\udcff]", text)
    if strays and re.search("[\x80-\ud7ff\ue000-\U0010ffff]", text):
        line = len(text[: strays.start()].splitlines()) or 1
        raise NotATable(MIXED.format(line=line))
