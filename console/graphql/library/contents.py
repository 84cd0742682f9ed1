"""What a version of a saved query says, and its sealing."""

import zlib
from dataclasses import asdict, dataclass

import msgspec

from console.graphql.library.models import SavedVersion
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

MAX_TAG_COUNT = 10


@dataclass(frozen=True, slots=True)
class Content:
    """The texts of a saved query, as they were typed.

    `tags`: words in lower case, with a space between them; `variables`: a JSON object, or empty.
    """

    name: str
    query: str
    variables: str = ""
    folder: str = ""
    description: str = ""
    tags: str = ""
    role: str = ""
    operation_name: str = ""


class ContentLost(Exception):
    """The version does not open: its key is gone, or it was moved or damaged."""


def seal_content(version: SavedVersion, content: Content) -> None:
    """Put `content` into an unsaved `version`, whose `saved` is set."""
    packed = zlib.compress(msgspec.json.encode(asdict(content)), level=1)
    version.sealed = seal_bytes(packed, context=sealing_context(version))
    version.size = len(version.sealed)


def open_content(version: SavedVersion) -> Content:
    """Return what the version says. Raises ContentLost."""
    try:
        packed = unseal_bytes(bytes(version.sealed), context=sealing_context(version))
    except CannotUnseal:
        raise ContentLost from None
    return msgspec.json.decode(zlib.decompress(packed), type=Content)


def sealing_context(version: SavedVersion) -> Context:
    """A version opens in its own saved query and for its owner's alone."""
    saved = version.saved
    owner = f"{saved.owner_id} {saved.pk}"
    return Context(version._meta.db_table, str(version.pk), "sealed", owner)


def folder_path(text: str) -> str:
    """The steps of a folder's path without blanks around them: " a / b/" is "a/b"."""
    return "/".join(filter(None, (step.strip() for step in text.split("/"))))


def tag_words(text: str) -> list[str]:
    """The tags in a text, in lower case, each once."""
    return list(dict.fromkeys(text.replace(",", " ").lower().split()))
