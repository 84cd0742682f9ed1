"""Introspection of a schema of any size, as a server with thousands of tables answers it."""

import json
from typing import Any

from graphql import build_schema, get_introspection_query, graphql_sync

# What one table of the server adds; five types.
TABLE = '''
"""A **register** of processing, with its `owner` and its purposes."""
type Register0 {
  "The id, unique in all registers."
  id: ID!
  "The title of the register, as its owner entered it."
  title: String
  "Why the data are processed."
  purpose: String
  legalBasis: String
  retention: String
  country: String @deprecated(reason: "Use `retention`.")
  contactEmail: String
  createdAt: Datetime!
  parent: Register0
  children(first: Int, after: Cursor, condition: Register0Condition): Register0Connection!
}
type Register0Connection { nodes: [Register0!]! totalCount: Int! }
"""Narrows a list of registers down."""
input Register0Condition { id: ID title: String purpose: String state: Register0State }
input Register0Input { title: String! purpose: String legalBasis: String createdAt: Datetime }
enum Register0State { DRAFT ACTIVE @deprecated(reason: "Use DRAFT.") CLOSED }
type Query {
  "Reads registers of this kind."
  allRegister0s(
    first: Int, last: Int, offset: Int, before: Cursor, after: Cursor
    condition: Register0Condition
  ): Register0Connection
  register0ById(id: ID!): Register0
}
type Mutation { createRegister0(input: Register0Input!): Register0 }
scalar Cursor
scalar Datetime
'''
FULL_QUERY = get_introspection_query(
    specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
)


def introspection_of(sdl: str, query: str = FULL_QUERY) -> dict[str, Any]:
    """What a server whose schema is `sdl` answers."""
    result = graphql_sync(build_schema(sdl), query)
    assert result.errors is None
    return {"data": result.data}


def big_introspection(tables: int = 1000) -> dict[str, Any]:
    """The same of `tables` tables. Copied instead of built, which would take a minute."""
    answer = introspection_of(TABLE)
    schema = answer["data"]["__schema"]
    common, roots, copied = [], [], []
    for each in schema["types"]:
        name = each["name"]
        chosen = (
            roots if name in ("Query", "Mutation") else copied if "Register" in name else common
        )
        chosen.append(each)
    schema["types"] = [*common, *roots, *_copies(copied, tables)]
    for root in roots:
        root["fields"] = _copies(root["fields"], tables)
    return answer


def _copies(parts: list[Any], tables: int) -> list[Any]:
    text = json.dumps(parts)
    copies = []
    for number in range(tables):
        copies += json.loads(text.replace("egister0", f"egister{number}"))
    return copies
