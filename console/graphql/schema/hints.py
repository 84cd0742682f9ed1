"""Does an error say that the schema is not as it was when the query was written?"""

import re
from collections.abc import Iterable

from console.upstream.graphql_errors import GraphQLError

CODES = {"validation-failed", "GRAPHQL_VALIDATION_FAILED"}  # Hasura's, Apollo Server's
MESSAGES = re.compile(
    r"Cannot query field|not found in type|Unknown (?:type|argument|directive)"
    r"|has no argument named|is not defined by type|does not exist in .* enum"
)


def is_hint_of_change(errors: Iterable[GraphQLError]) -> bool:
    """Whether one of `errors` is of validation: the schema may have changed."""
    return any(error.code in CODES or MESSAGES.search(error.message) for error in errors)
