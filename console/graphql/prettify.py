"""Formats a GraphQL document where the browser cannot: graphql-core prints what it has parsed."""

from graphql import GraphQLSyntaxError, TokenKind, parse, print_ast

from console.graphql.documents import MAX_TOKENS


class HasComments(Exception):
    """The document has comments, which graphql-core does not print."""


def prettified(text: str) -> str:
    """`text` well formatted; as it is where it cannot be read. Raises HasComments."""
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
    except (GraphQLSyntaxError, RecursionError):
        return text
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind is TokenKind.COMMENT:
            raise HasComments
        token = token.next
    return f"{print_ast(document)}\n"
