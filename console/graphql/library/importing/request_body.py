"""The body of a GraphQL request over HTTP, as a collection holds it: a JSON text."""

import msgspec
from graphql import GraphQLSyntaxError, parse

from console.graphql.documents import MAX_TOKENS
from console.upstream.json_text import NotJSON, decode

NOTHING = msgspec.Raw()


class RequestBody(msgspec.Struct):
    """The numbers in `variables` keep their digits."""

    query: str = ""
    raw_variables: msgspec.Raw = msgspec.field(default=NOTHING, name="variables")
    operation_name: str | None = msgspec.field(default=None, name="operationName")

    @property
    def variables(self) -> str:
        """A JSON text; empty where there are none."""
        raw = bytes(self.raw_variables).decode()
        if raw.startswith('"'):
            return msgspec.json.decode(raw, type=str)
        return "" if raw == "null" else raw


def read_request_body(text: str) -> RequestBody | None:
    """None where it is no JSON object of this shape."""
    try:
        return decode(text.encode(errors="replace"), RequestBody)
    except (NotJSON, msgspec.ValidationError, RecursionError):
        return None


def graphql_in_json(text: str) -> RequestBody | None:
    """A body that is sent as plain JSON, if its `query` is GraphQL: a search may have one too."""
    body = read_request_body(text)
    try:
        return body if body and parse(body.query, max_tokens=MAX_TOKENS) else None
    except (GraphQLSyntaxError, RecursionError):
        return None
