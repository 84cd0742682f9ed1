"""Dxtra's GraphQL endpoint, which is Hasura's (upstreams.md, "Dxtra")."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from console.upstream.errors import AccessExpired, ErrorContext, ResponseUnreadable
from console.upstream.json_prefix import BOM, first_part
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.responses import cleaned, refusal, what_came
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.vault.secret import Secret

MAX_ERRORS = 100
MAX_ERRORS_BYTES = 64 * 1024  # that are parsed
MAX_ERRORS_EVENTS = 5000  # likewise: twenty for an error of Hasura's, and room for an action's
NOTHING = msgspec.Raw(b"")
NO_GRAPHQL = "it is no GraphQL answer (neither data nor errors)"
NO_MESSAGE = "an error without a message"
WRONG_ROLE = re.compile(r"\bnot found in type\b")  # Hasura's validation of a role's schema


@dataclass(frozen=True, slots=True)
class GraphQLError:
    """One of an answer's errors. `code` and `path` may be empty; `hint` is the console's remark."""

    message: str
    code: str = ""
    path: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class GraphQLResult:
    """A response in GraphQL's shape: data, errors, or both. Errors under HTTP 200 are no success.

    `body`: the whole; `data`: its JSON, empty where it is null or absent.
    """

    body: bytes = field(repr=False)
    data: msgspec.Raw = field(repr=False)
    errors: tuple[GraphQLError, ...]

    @property
    def has_data(self) -> bool:
        return len(self.data) > 0


class Dxtra:
    """The GraphQL endpoint at `graphql_url`; `role` is one of the token's (None: its default)."""

    def __init__(
        self, session: AuthorizedSession, graphql_url: str, role: str | None = None
    ) -> None:
        self._session = session
        self._url = graphql_url
        self._role = role or ""

    def execute(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        operation_name: str | None = None,
        *,
        is_mutation: bool,
    ) -> GraphQLResult:
        """Run one operation. Raises UpstreamError if no GraphQL answer came.

        If the token is refused as expired (see is_expired), it is renewed and the operation sent
        once more, even a mutation: it was refused before anything was done.
        """
        context = ErrorContext(
            system=System.DXTRA.label, host=netloc_of(self._url), is_write=is_mutation
        )
        request = Request(
            "POST",
            self._url,
            headers={"X-Hasura-Role": self._role} if self._role else {},
            json=_payload(document, variables, operation_name),
            idempotent=not is_mutation,
            is_write=is_mutation,
            system=System.DXTRA.label,
        )
        response = self._session.send(request, is_expired=is_expired)
        if not 200 <= response.status < 300:
            raise refusal(response, context, secrets=self._session.secrets)
        result = read_result(response, context, role=self._role, secrets=self._session.secrets)
        if any(map(_says_expired, result.errors)):
            raise AccessExpired(
                **context, status=response.status, upstream_message=result.errors[0].message
            )
        return result


def _payload(
    document: str, variables: Mapping[str, object] | None, operation_name: str | None
) -> dict[str, object]:
    payload: dict[str, object] = {"query": document}
    if variables:
        payload["variables"] = dict(variables)
    if operation_name:
        payload["operationName"] = operation_name
    return payload


def is_expired(response: Response) -> bool:
    """Whether Hasura refused the access token as expired: a 401, or `invalid-jwt` with JWTExpired
    under 200 or, behind some gateways and settings, under Hasura's own 400.

    A new token does not help against another `invalid-jwt` (a bad signature) or `access-denied`
    (a role).
    """
    says_401 = response.status == 401
    if response.status not in (200, 400, 401) or b"invalid-jwt" not in response.body:
        return says_401
    try:
        errors = errors_from(_envelope(response.body).errors)
    except ValueError:
        return says_401
    return any(map(_says_expired, errors)) if errors else says_401


def _says_expired(error: GraphQLError) -> bool:
    return error.code == "invalid-jwt" and "JWTExpired" in error.message


def read_result(
    response: Response, context: ErrorContext, *, role: str = "", secrets: Iterable[Secret] = ()
) -> GraphQLResult:
    """The GraphQL result in a good response. Raises ResponseUnreadable if there is none."""
    try:
        envelope = _envelope(response.body)
    except msgspec.ValidationError:
        reason = NO_GRAPHQL
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError:
        reason = what_came(response)
    else:
        reason = "" if len(envelope.data) or len(envelope.errors) else NO_GRAPHQL
    if reason:
        raise ResponseUnreadable(**context, status=response.status, reason=reason)
    errors = errors_from(envelope.errors, role=role, secrets=secrets)
    is_null = len(envelope.data) == 4 and bytes(envelope.data) == b"null"
    return GraphQLResult(response.body, NOTHING if is_null else envelope.data, errors)


class _Envelope(msgspec.Struct):
    """The outer keys of a GraphQL response. Their values are checked, and left as text: 16 MiB
    take no memory and some milliseconds, and as objects they would take twenty times their size."""

    data: msgspec.Raw = NOTHING
    errors: msgspec.Raw = NOTHING


def _envelope(body: bytes) -> _Envelope:
    """Raises ValueError (msgspec.ValidationError where it is JSON of another shape), and
    RecursionError."""
    return msgspec.json.decode(memoryview(body)[3 if body.startswith(BOM) else 0 :], type=_Envelope)


def errors_from(
    raw: msgspec.Raw, *, role: str = "", secrets: Iterable[Secret] = ()
) -> tuple[GraphQLError, ...]:
    """The errors in `raw`: a list, an object or a text. Actions may leave out parts of one."""
    beginning = memoryview(raw)[:MAX_ERRORS_BYTES].tobytes()
    found, _ = first_part(beginning, max_events=MAX_ERRORS_EVENTS)
    if not found:
        return ()
    entries = found if isinstance(found, list) else [found]
    secrets = tuple(secrets)
    return tuple(_error(entry, role, secrets) for entry in entries[:MAX_ERRORS])


def _error(entry: object, role: str, secrets: tuple[Secret, ...]) -> GraphQLError:
    if not isinstance(entry, dict):
        return GraphQLError(cleaned(entry, secrets) if isinstance(entry, str) else NO_MESSAGE)
    extensions = entry.get("extensions")
    if not isinstance(extensions, dict):
        extensions = {}
    message = _text(entry.get("message"), secrets) or NO_MESSAGE
    code = _text(extensions.get("code"), secrets)
    path = extensions.get("path") or entry.get("path")
    hint = ""
    if code == "validation-failed" and WRONG_ROLE.search(message):
        hint = f"not available to role {role}" if role else "not available to the default role"
    return GraphQLError(message, code, _path(path, secrets), hint)


def _text(value: object, secrets: tuple[Secret, ...]) -> str:
    return cleaned(value, secrets) if isinstance(value, str) else ""


def _path(path: object, secrets: tuple[Secret, ...]) -> str:
    """Hasura's JSONPath, also of a list of names and indices, which is the GraphQL standard's."""
    if isinstance(path, list):
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[:50])
        path = "$" + "".join(steps)
    return _text(path, secrets)
