"""What was found in a file, and what was left out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import FragmentDefinitionNode

from console.graphql.documents import MAX_BYTES
from console.graphql.forms import MAX_ROLE_LENGTH
from console.graphql.library.contents import MAX_TAG_COUNT, Content, tag_words
from console.graphql.library.models import MAX_DESCRIPTION, MAX_FOLDER, MAX_NAME, MAX_TAGS
from console.graphql.variables import VariablesRefused, read_variables
from console.upstream.json_text import HALF
from console.upstream.words import cleaned, shortened

MAX_LEFT_OUT = 200  # lines
MAX_LISTED = 5  # names in one line
MAX_DEPTH = 20  # folders in folders
ROLE_HEADER = "x-hasura-role"  # a saved query has a role of its own


Headers = Sequence[dict[str, object]]  # of a request, as its tool lists them


class NotReadable(Exception):
    """The file is none that can be imported; `sentence` says why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(slots=True)
class Found:
    """Queries to import, and a line for each thing that is not imported.

    `fragments`: of files that have nothing else, by their names; `incomplete`: the indices of
    contents that use others than their own.
    """

    contents: list[Content] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    more_left_out: int = 0
    fragments: dict[str, FragmentDefinitionNode] = field(default_factory=dict)
    incomplete: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Of what was found and what was left out."""
        return len(self.contents) + len(self.left_out) + self.more_left_out

    def leave_out(self, name: str, why: str) -> None:
        """Say that `name` is not imported, or in part; `why` is a sentence without its subject."""
        if len(self.left_out) < MAX_LEFT_OUT:
            self.left_out.append(f"{quoted(name)}: {why}" if name else why)
        else:
            self.more_left_out += 1

    def put_first(self, sentence: str) -> None:
        """Say what concerns the import as a whole, also where there are too many lines already."""
        self.left_out.insert(0, sentence)

    def add(
        self,
        *,
        name: str,
        query: str,
        variables: str = "",
        folders: Sequence[str] = (),
        description: str = "",
        operation_name: str = "",
        tags: str = "",
        role: str = "",
    ) -> None:
        """Take a query, if it can be saved; variables that are no JSON object are left out."""
        name = cleaned(_whole(name), max_length=MAX_NAME) or "Untitled"
        query = _whole(query)
        if not query.strip():
            return self.leave_out(name, "left out, as it has no query.")
        if len(query.encode()) > MAX_BYTES or "\x00" in query:
            return self.leave_out(name, "left out, as its query is too long or not text.")
        try:
            variables = read_variables(_whole(variables))
        except VariablesRefused as refused:
            self.leave_out(name, f"imported without its variables. {refused.sentence}")
            variables = ""
        steps = (cleaned(_whole(step).replace("/", "-"), max_length=MAX_NAME) for step in folders)
        content = Content(
            name=name,
            query=query.replace("\r\n", "\n").replace("\r", "\n"),
            variables=variables,
            folder=shortened("/".join(filter(None, steps)), MAX_FOLDER),
            description=shortened(_whole(description).replace("\x00", "").strip(), MAX_DESCRIPTION),
            tags=" ".join(tag_words(cleaned(tags, max_length=MAX_TAGS))[:MAX_TAG_COUNT]),
            role=role if role.isascii() and role.isprintable() else "",
            operation_name=cleaned(operation_name, max_length=200),
        )
        self.contents.append(content)
        return None

    def leave_out_headers(self, name: str, headers: Headers, key: str) -> None:
        """Name the headers that are not imported, never their values: `key` holds the name."""
        names = [
            cleaned(str(header[key]), max_length=40)
            for header in sent_headers(headers)
            if header.get(key)
        ]
        elsewhere = ["content-type", "accept", *([ROLE_HEADER] if role_in(headers, key) else [])]
        names = [each for each in names if each.lower() not in elsewhere]
        if names:
            listed = ", ".join(names[:MAX_LISTED]) + (" …" if len(names) > MAX_LISTED else "")
            self.leave_out(name, f"imported without its headers ({listed}). Profiles sign in here.")


def sent_headers(headers: Headers) -> list[dict[str, object]]:
    """Those that are not switched off."""
    return [
        header
        for header in headers
        if header.get("disabled") not in (True, "true")
        and header.get("enabled") not in (False, "false")
    ]


def role_in(headers: Headers, key: str) -> str:
    """The role that a request names; empty if none, or one that is filled in by a variable."""
    for header in sent_headers(headers):
        role = text_in(header.get("value")).strip()
        is_one = role.isascii() and role.isprintable() and len(role) <= MAX_ROLE_LENGTH
        if text_in(header.get(key)).lower() == ROLE_HEADER and is_one and "{" not in role:
            return role
    return ""


def quoted(name: str) -> str:
    return f"“{cleaned(_whole(name), max_length=MAX_NAME)}”"


def text_in(value: object) -> str:
    """`value` if it is a text; empty for anything else."""
    return value if isinstance(value, str) else ""


def dicts_in(value: object) -> list[dict[str, object]]:
    """The objects of a list, whatever else stands in it."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def dict_in(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _whole(text: str) -> str:
    """`text` without halves of UTF-16 pairs, which cannot be stored."""
    return HALF.sub("�", text)
