"""What a file that is no table may be, by its first bytes."""

import msgspec

from console.spreadsheets.xlsx.parts import PROTECTED

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # what Excel wrote until 2003, and wraps around passwords
ZIPS = (b"PK\x03\x04", b"PK\x05\x06")
NO_TABLE = "This is {what}, not a table. Choose a CSV, TSV or XLSX file."
KINDS = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a media file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"7z\xbc\xaf\x27\x1c", "a packed file (7z)"),
    (b"Rar!", "a packed file (RAR)"),
    (b"BZh", "a packed file (bzip2)"),
    (b"\xfd7zXZ", "a packed file (xz)"),
    (b"SQLite format 3", "a database"),
    (b"{\\rtf", "a text document"),
    (b"PAR1", "a Parquet file"),
)
OLD_EXCEL = "This is an old Excel file (.xls). Save it as XLSX or CSV, and choose that."
OLD_OTHER = "This is a file of an old Office program, not a table. Choose a CSV, TSV or XLSX file."
WEB_PAGE = "This is a web page, not a table. Open it in Excel, and save it as XLSX or CSV."
JSON = "This is JSON, not a table. Choose a CSV, TSV or XLSX file."
XML = "This is XML, not a table. Open it in Excel, and save it as XLSX or CSV."
MARKUP = (
    (b"<!doctype html", WEB_PAGE),
    (b"<html", WEB_PAGE),
    (b"<table", WEB_PAGE),
    (b"<?xml", XML),
)


def is_zip(data: bytes) -> bool:
    return data.startswith(ZIPS)


def refusal(data: bytes) -> str:
    """Why `data`, which is neither text nor a zip, is no table; empty if it may be one."""
    if data.startswith(OLE):
        if _utf_16("EncryptedPackage") in data:
            return PROTECTED
        is_excel = _utf_16("Workbook") in data or _utf_16("Book") in data
        return OLD_EXCEL if is_excel else OLD_OTHER
    begin = data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for markup, sentence in MARKUP:
        if begin.startswith(markup):
            return sentence
    if begin.startswith((b"{", b"[")) and _is_json(data):
        return JSON
    for signature, what in KINDS:
        if data.startswith(signature) and (b"\x00" in data or not _is_text(data)):
            return NO_TABLE.format(what=what)
    return ""


def _utf_16(name: str) -> bytes:
    return name.encode("utf-16-le")


def _is_json(data: bytes) -> bool:
    """Whether all of `data` is one value of JSON."""
    try:
        msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _is_text(data: bytes) -> bool:
    """A table may begin with these letters, too; a PDF's first lines are text."""
    return not data.startswith(b"%PDF-") and data.isascii() and data[:1] != b"\x7f"
