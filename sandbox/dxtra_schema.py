"""Dxtra's GraphQL schema, one for each role, in Hasura's style.

Root names are irregular on purpose, as in the vendor's documentation: clients must take them from
introspection and not derive them.
"""

from dataclasses import dataclass
from functools import cache

from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from sandbox.dxtra_resolvers import RESOLVERS

HASURAS_DIRECTIVES = ("include", "skip")  # graphql-core has more by itself
COMMON = """
schema { query: query_root mutation: mutation_root }
scalar uuid
scalar timestamptz
scalar jsonb
enum order_by { asc asc_nulls_first asc_nulls_last desc desc_nulls_first desc_nulls_last }
"Result of a custom action; status is success or error"
type ActionOutput { status: String! message: String data: jsonb }
type events { id: Int! kind: String! dataSubjectId: uuid! at: timestamptz! payload: jsonb! }
"""
COMPARISON = """
input {type}_comparison_exp {{
  _eq: {type} _neq: {type} _gt: {type} _gte: {type} _lt: {type} _lte: {type}
  _in: [{type}!] _nin: [{type}!] _is_null: Boolean {extra}
}}
"""
MUTATIONS = """
input dataSubjects_insert_input {
  id: uuid did: String! displayName: String email: String dataControllerId: uuid!
}
type dataSubjects_mutation_response { affected_rows: Int! returning: [dataSubjects!]! }
input dataSubjectConsentFormValues_pk_columns_input { id: uuid! }
input dataSubjectConsentFormValues_set_input { value: Boolean }
type mutation_root {
  insert_dataSubjects(objects: [dataSubjects_insert_input!]!): dataSubjects_mutation_response
  updateDataSubjectConsentFormValue(
    pk_columns: dataSubjectConsentFormValues_pk_columns_input!
    _set: dataSubjectConsentFormValues_set_input
  ): dataSubjectConsentFormValues
  "Reports status error, inside good data, for an unknown subject"
  requestDataSubjectExport(dataSubjectId: uuid!): ActionOutput!
  "Fails for a subject under legal hold, with extensions of its own"
  eraseDataSubject(dataSubjectId: uuid!): ActionOutput!
}
"""
AGGREGATE = """
type dataSubjects_aggregate_fields { count: Int! }
type dataSubjects_aggregate { aggregate: dataSubjects_aggregate_fields nodes: [dataSubjects!]! }
"""


@dataclass(frozen=True)
class Table:
    """One table as a role sees it; ``relations`` is SDL."""

    name: str
    columns: dict[str, str]
    relations: str = ""

    def sdl(self) -> str:
        """The object type, and the inputs that filter and order it."""
        name, columns = self.name, self.columns
        fields = " ".join(f"{column}: {kind}" for column, kind in columns.items())
        comparisons = " ".join(
            f"{column}: {kind.rstrip('!')}_comparison_exp" for column, kind in columns.items()
        )
        orders = " ".join(f"{column}: order_by" for column in columns)
        return f"""
        type {name} {{ {fields} {self.relations} }}
        input {name}_bool_exp {{
          _and: [{name}_bool_exp!] _or: [{name}_bool_exp!] _not: {name}_bool_exp {comparisons}
        }}
        input {name}_order_by {{ {orders} }}
        """

    def arguments(self) -> str:
        """The arguments of a list of this table."""
        order, where = f"[{self.name}_order_by!]", f"{self.name}_bool_exp"
        return f"(limit: Int, offset: Int, order_by: {order}, where: {where})"

    def listing(self) -> str:
        """A field that lists this table."""
        return f"{self.name}{self.arguments()}: [{self.name}!]!"


USERS = Table("users", {"id": "uuid!", "email": "String!", "displayName": "String"})
CONTROLLERS = Table(
    "dataControllers", {"id": "uuid!", "title": "String!", "createdAt": "timestamptz!"}
)
OFFICER_CONTROLLERS = Table(
    "dataControllers", {**CONTROLLERS.columns, "legalName": "String", "country": "String"}
)
CONSENTS = Table(
    "dataSubjectConsentFormValues",
    {
        "id": "uuid!",
        "dataSubjectId": "uuid!",
        "purpose": "String!",
        "value": "Boolean!",
        "updatedAt": "timestamptz!",
    },
)
SUBJECT_RELATIONS = f"""
dataController: dataControllers
{CONSENTS.listing()}
"From a remote schema, which fails for some: null, with an error beside the data"
riskScore: Int
"The former name of `did`"
externalId: String @deprecated(reason: "Use `did`.")
"""
SUBJECTS = Table(
    "dataSubjects",
    {
        "id": "uuid!",
        "did": "String!",
        "displayName": "String",
        "createdAt": "timestamptz!",
        "dataControllerId": "uuid!",
    },
    SUBJECT_RELATIONS,
)
OFFICER_SUBJECTS = Table(
    "dataSubjects",
    {**SUBJECTS.columns, "email": "String", "isErased": "Boolean!"},
    SUBJECT_RELATIONS,
)


def _business_roots(controllers: Table, subjects: Table) -> str:
    return f"""
    {controllers.listing()}
    dataController(id: uuid!): dataControllers
    {subjects.listing()}
    dataSubject(id: uuid!): dataSubjects
    {CONSENTS.listing()}
    "Up to 200,000 made-up events, for results of any size"
    events(limit: Int, offset: Int): [events!]!
    complianceStatus(dataControllerId: uuid!): ActionOutput!
    """


def _sdl(role: str) -> str:
    comparisons = "".join(
        COMPARISON.format(type=kind, extra="_like: String _ilike: String" * (kind == "String"))
        for kind in ("uuid", "timestamptz", "String", "Boolean")
    )
    if role == "me":
        roots = f"{USERS.listing()} user(id: uuid!): users"
        common = COMMON.replace("mutation: mutation_root", "")
        return common + comparisons + USERS.sdl() + f"type query_root {{ {roots} }}"
    officer = role == "data_protection_officer"
    controllers = OFFICER_CONTROLLERS if officer else CONTROLLERS
    subjects = OFFICER_SUBJECTS if officer else SUBJECTS
    tables, roots = [controllers, subjects, CONSENTS], _business_roots(controllers, subjects)
    text = COMMON + comparisons + MUTATIONS
    if officer:
        tables.append(USERS)
        text += AGGREGATE
        roots += f"{USERS.listing()} dataSubjects_aggregate{subjects.arguments()}"
        roots += ": dataSubjects_aggregate!"
    return text + "".join(table.sdl() for table in tables) + f"type query_root {{ {roots} }}"


@cache
def schema_for(role: str) -> GraphQLSchema:
    """The schema that a role sees."""
    schema = build_schema(_sdl(role))
    schema.directives = tuple(each for each in schema.directives if each.name in HASURAS_DIRECTIVES)
    for (type_name, field_name), resolver in RESOLVERS.items():
        owner = schema.get_type(type_name)
        if isinstance(owner, GraphQLObjectType) and field_name in owner.fields:
            owner.fields[field_name].resolve = resolver
    return schema
