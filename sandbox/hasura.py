"""GraphQL as Hasura v2 serves it: authentication, the role, then the query itself."""

from typing import Any

import jwt
from graphql import DocumentNode, GraphQLSyntaxError, execute_sync, parse, validate

from sandbox.dxtra_data import DxtraData
from sandbox.dxtra_resolvers import Context
from sandbox.dxtra_schema import schema_for
from sandbox.dxtra_sessions import DxtraSessions
from sandbox.hasura_errors import CONTENT_TYPE, HasuraError, invalid_query, result_body
from sandbox.messages import Request, Response, json_response
from sandbox.people import DxtraPerson
from sandbox.stats import Stats


class Hasura:
    """The GraphQL endpoint. Every response is HTTP 200, errors included."""

    def __init__(self, data: DxtraData, sessions: DxtraSessions, stats: Stats) -> None:
        self._data = data
        self._sessions = sessions
        self._stats = stats

    def respond(self, request: Request, *, http_401: bool) -> Response:
        """Run a query; with ``http_401`` a bad access token is HTTP 401. Raises HasuraError."""
        person = self._person(request, refused_status=401 if http_401 else 200)
        role = _role(request, person)
        body = _run(_body(request), Context(self._data, person, role, self._stats))
        return json_response(200, body, content_type=CONTENT_TYPE)

    def no_such_resource(self, request: Request) -> Response:
        """The response to GET: GraphQL takes POST only."""
        body = {"path": "$", "error": "resource does not exist", "code": "not-found"}
        return json_response(404, body, content_type=CONTENT_TYPE)

    def _person(self, request: Request, refused_status: int) -> DxtraPerson:
        try:
            return self._sessions.owner(request.bearer or "")
        except jwt.InvalidTokenError as error:
            self._stats.count("refused_api_calls")
            code, message = _refusal(request, error)
            raise HasuraError(code, message, status=refused_status) from None


def _refusal(request: Request, error: jwt.InvalidTokenError) -> tuple[str, str]:
    """The code and message for a bad access token, or for none."""
    if "authorization" not in request.headers:
        reason = "Missing 'Authorization' or 'Cookie' header in JWT authentication mode"
        return "invalid-headers", reason
    if request.bearer is None:
        return "invalid-headers", "Malformed Authorization header"
    segments = request.bearer.count(".") + 1
    if isinstance(error, jwt.ExpiredSignatureError):
        reason = "JWTExpired"
    elif segments != 3:
        parts = f"Expected 3 parts; got {segments}"
        reason = f"JWSError (CompactDecodeError Invalid number of parts: {parts})"
    else:
        reason = "JWSError JWSInvalidSignature"
    return "invalid-jwt", f"Could not verify JWT: {reason}"


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
    document = _parse(body["query"])
    schema = schema_for(context.role)
    if errors := validate(schema, document, max_errors=1):
        raise invalid_query(document, errors[0])
    result = execute_sync(
        schema,
        document,
        context_value=context,
        variable_values=body.get("variables"),
        operation_name=body.get("operationName"),
    )
    if result.data is None and result.errors and result.errors[0].path is None:
        raise invalid_query(document, result.errors[0])
    return result_body(result)


def _parse(query: str) -> DocumentNode:
    try:
        return parse(query)
    except GraphQLSyntaxError:
        raise HasuraError("validation-failed", "not a valid graphql query", "$.query") from None
