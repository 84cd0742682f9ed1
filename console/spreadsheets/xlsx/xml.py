"""Read XML from somebody unknown: without a DOCTYPE, and so without entities, within bounds."""

from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from console.spreadsheets.tables import NotATable

MAX_DEPTH = 64
MAX_ELEMENTS = 3_500_000  # of one part: a million cells have three each
MAX_MARKUP = 256 * 1024  # bytes of one tag or comment: expat reads it anew with each piece
BAD_XML = "The file is damaged: its XML cannot be read. Save it again, and choose it again."
TRICKS = "The file holds XML that no spreadsheet writes. Save it again, and choose it again."
TOO_MUCH_XML = "The table is too large. Split it into several files."


class XmlReader:
    """What is done with the elements of a part; their names come without a prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """A piece of text."""


def read_xml(pieces: Iterator[bytes], reader: XmlReader) -> None:
    """Give all elements to `reader`. Raises NotATable."""
    parser, fed = _parser(reader), 0
    try:
        for piece in pieces:
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > MAX_MARKUP:
                raise NotATable(TRICKS)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise NotATable(BAD_XML) from None


def _parser(reader: XmlReader) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = elements = 0
    on_start, on_end = reader.start, reader.end

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH:
            raise NotATable(TRICKS)
        if elements > MAX_ELEMENTS:
            raise NotATable(TOO_MUCH_XML)
        on_start(name if ":" not in name else name.rpartition(":")[2], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        on_end(name if ":" not in name else name.rpartition(":")[2])

    def refuse(*_: Any) -> None:
        raise NotATable(TRICKS)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = refuse
    return parser
