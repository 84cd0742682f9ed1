"""graphql-core's syntax errors in words for the people who typed the query."""

import re

from console.upstream.words import shortened

END = "<EOF>"
KINDS = {
    "Name": "a name",
    "Int": "a number",
    "Float": "a number",
    "String": "a text",
    "BlockString": "a text",
    END: "the end",
}
CURLY_QUOTES = {"U+2018", "U+2019", "U+201C", "U+201D", "U+201E"}
MAX_QUOTED = 40  # characters

# The message of graphql-core 3.3, as a regular expression, and the sentence in its place.
SENTENCES = (
    (r"Document contains more than (\d+) tokens\b.*", "The query is too long: over {} tokens."),
    (
        r"Document contains more than (\d+) comments\b.*",
        "The query has too many comments: over {}.",
    ),
    (r"Document is nested too deeply\b.*", "This is nested too deeply."),
    (r"Unterminated string\.", "This string has no closing quote."),
    (r"Unexpected single quote character.*", 'Write strings in double quotes (").'),
    (r"Unexpected '\.\.', did you mean.*", "Write three dots: “...”."),
    (r"Invalid number, unexpected digit after 0.*", "A number cannot begin with 0."),
    (r"Invalid number, expected digit before '\.'.*", "A digit is missing before the point."),
    (r"Invalid number, expected digit but got.*", "This number is incomplete."),
    (r"Invalid \w+ escape sequence: '(.*)'\.", "“{}” is not an escape. Write a backslash as \\\\."),
    (r"Invalid character within String: (.*)\.", "A string cannot contain the character {}."),
    (r"Unexpected variable '(.*)' in constant value\.", "A default value cannot contain {}."),
    (r"Unexpected description,.*", "A description is not allowed here. Write comments with #."),
    (r"(.*) is reserved and cannot be used for an enum value\.", "{} cannot be a value."),
)


def in_words(message: str) -> str:
    """The sentence for a message of GraphQLSyntaxError, without its place."""
    message = message.removeprefix("Syntax Error: ")
    if message.endswith(f"{END}."):
        return "The query ends too early."
    for pattern, sentence in SENTENCES:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return sentence.format(*map(_named, found.groups()))
    if found := re.fullmatch(r"Expected (.*?), found (.*)\.", message, re.DOTALL):
        return f"Expected {_named(found[1])} here, but found {_named(found[2])}."
    if found := re.fullmatch(r"(?:Unexpected|Invalid) character: (.*)\.", message, re.DOTALL):
        if found[1] in CURLY_QUOTES:
            return 'Write straight quotes ("), not curly ones.'
        return f"The character {_named(found[1])} does not belong here."
    if found := re.fullmatch(r"Unexpected (.*)\.", message, re.DOTALL):
        sentence = f"{_named(found[1])} does not belong here."
        return sentence[:1].upper() + sentence[1:]
    return message


def _named(token: str) -> str:
    """A token as graphql-core describes it (Name 'a', '}', Int), in words."""
    kind, _, value = token.partition(" ")
    if value and kind in KINDS:
        quoted = _quoted(value[1:-1])
        return quoted if kind == "Name" else f"{KINDS[kind]} ({quoted})"
    if len(token) > 2 and token[0] == token[-1] and token[0] in "'\"":
        return _quoted(token[1:-1])
    return KINDS.get(token, token)


def _quoted(text: str) -> str:
    return f"“{shortened(text, MAX_QUOTED)}”"
