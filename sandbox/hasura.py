"""GraphQL as Hasura v2 answers it: who asks, in which role, then the query itself."""

from typing import Any

from graphql import (
    DocumentNode,
    GraphQLSyntaxError,
    execute_sync,
    parse,
    validate,
)

from sandbox import hs256
from sandbox.dxtra_data import DxtraData
from sandbox.dxtra_resolvers import Context
from sandbox.dxtra_schema import schema_for
from sandbox.dxtra_tokens import AccessTokens
from sandbox.hasura_errors import HasuraError, refusal, result_body
from sandbox.messages import Request, Response, json_response
from sandbox.people import DxtraPerson
from sandbox.stats import Stats

CONTENT_TYPE = "application/json; charset=utf-8"


class Hasura:
    """The GraphQL endpoint. With ``http_401`` a bad token is HTTP 401 instead of 200."""

    def __init__(self, data: DxtraData, tokens: AccessTokens, stats: Stats) -> None:
        self._data = data
        self._tokens = tokens
        self._stats = stats
        self.http_401 = False

    def answer(self, request: Request) -> Response:
        """Every answer is HTTP 200, errors included."""
        try:
            person = self._person(request)
            role = _role(request, person)
            body = _run(_body(request), Context(self._data, person, role, self._stats))
        except HasuraError as error:
            refused = error.code in ("invalid-jwt", "invalid-headers")
            status = 401 if refused and self.http_401 else 200
            if refused:
                self._stats.count("refused_api_calls")
            return json_response(status, error.body(), content_type=CONTENT_TYPE)
        return json_response(200, body, content_type=CONTENT_TYPE)

    def no_such_resource(self, request: Request) -> Response:
        """GraphQL is asked by POST alone."""
        body = {"path": "$", "error": "resource does not exist", "code": "not-found"}
        return json_response(404, body, content_type=CONTENT_TYPE)

    def _person(self, request: Request) -> DxtraPerson:
        if "authorization" not in request.headers:
            words = "Missing 'Authorization' or 'Cookie' header in JWT authentication mode"
            raise HasuraError("invalid-headers", words)
        if request.bearer is None:
            raise HasuraError("invalid-headers", "Malformed Authorization header")
        try:
            return self._tokens.person(request.bearer)
        except hs256.BadToken as error:
            words = f"Could not verify JWT: {_verifier_words(error)}"
            raise HasuraError("invalid-jwt", words) from None


def _verifier_words(error: hs256.BadToken) -> str:
    if isinstance(error, hs256.Expired):
        return "JWTExpired"
    if isinstance(error, hs256.Malformed) and error.segments != 3:
        parts = f"Expected 3 parts; got {error.segments}"
        return f"JWSError (CompactDecodeError Invalid number of parts: {parts})"
    return "JWSError JWSInvalidSignature"


def _role(request: Request, person: DxtraPerson) -> str:
    role = request.headers.get("x-hasura-role", person.default_role)
    if role not in person.roles:
        raise HasuraError("access-denied", "Your requested role is not in allowed roles")
    return role


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json_object()
    except ValueError:
        raise HasuraError("invalid-json", "the body is not a JSON object") from None
    if not isinstance(body.get("query"), str):
        raise HasuraError("parse-failed", 'key "query" not found')
    if not isinstance(body.get("variables") or {}, dict):
        raise HasuraError("parse-failed", "expected Object for variables", "$.variables")
    return body


def _run(body: dict[str, Any], context: Context) -> dict[str, Any]:
    document = _parsed(body["query"])
    schema = schema_for(context.role)
    if problems := validate(schema, document, max_errors=1):
        raise refusal(document, problems[0])
    result = execute_sync(
        schema,
        document,
        context_value=context,
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    if result.data is None and result.errors and result.errors[0].path is None:
        raise refusal(document, result.errors[0])
    return result_body(result)


def _parsed(query: str) -> DocumentNode:
    try:
        return parse(query)
    except GraphQLSyntaxError:
        raise HasuraError("validation-failed", "not a valid graphql query", "$.query") from None
