"""Dxtra's GraphQL endpoint, which is Hasura's (upstreams.md, "Dxtra")."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.upstream.errors import AccessExpired, ErrorContext, ResponseUnreadable
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.outline import BOM, first_part, members
from console.upstream.responses import cleaned, read_json, refusal, what_came
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.vault.secret import Secret

MAX_PARSED_BYTES = 256 * 1024  # of a larger body, only the errors are made into objects
MAX_ERRORS = 100
MAX_ERRORS_BYTES = 64 * 1024  # that are made into objects
MAX_ERRORS_EVENTS = 5000  # likewise: twenty for an error of Hasura's, and room for an action's
MAX_DIGITS = 4300  # of a whole number: as many as Python turns into an int (sys.int_info)
ENDLESS_NUMBER = re.compile(rb"[\[:,\s-][0-9]{%d}" % (MAX_DIGITS + 1))
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
    """An answer in GraphQL's shape: data, errors, or both. Errors under HTTP 200 are no success."""

    body: bytes = field(repr=False)
    errors: tuple[GraphQLError, ...]
    has_data: bool


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
        answer = self._session.send(request, is_expired=is_expired)
        if not 200 <= answer.status < 300:
            raise refusal(answer, context, secrets=self._session.secrets)
        result = read_result(answer, context, role=self._role, secrets=self._session.secrets)
        if any(map(_says_expired, result.errors)):
            raise AccessExpired(
                **context, status=answer.status, upstream_message=result.errors[0].message
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


def is_expired(answer: Response) -> bool:
    """Whether Hasura refused the access token as expired: a 401, or `invalid-jwt` with JWTExpired
    under 200 or, behind some gateways and settings, under Hasura's own 400.

    A new token does not help against another `invalid-jwt` (a bad signature) or `access-denied`
    (a role).
    """
    if answer.status not in (200, 400, 401) or len(answer.body) > MAX_PARSED_BYTES:
        return answer.status == 401
    if b"invalid-jwt" not in answer.body:
        return answer.status == 401
    try:
        body = read_json(answer, ErrorContext(system=System.DXTRA.label, host="", is_write=False))
    except ResponseUnreadable:
        return answer.status == 401
    errors = errors_from(body.get("errors") if isinstance(body, dict) else None)
    if not errors:
        return answer.status == 401
    return any(map(_says_expired, errors))


def _says_expired(error: GraphQLError) -> bool:
    return error.code == "invalid-jwt" and "JWTExpired" in error.message


def read_result(
    answer: Response, context: ErrorContext, *, role: str = "", secrets: Iterable[Secret] = ()
) -> GraphQLResult:
    """The GraphQL result in a good answer. Raises ResponseUnreadable if there is none.

    A large body is not made into objects: that would take twenty times its size.
    """
    is_large = len(answer.body) > MAX_PARSED_BYTES
    parsed = _read_large(answer, context) if is_large else read_json(answer, context)
    if not isinstance(parsed, dict) or not parsed.keys() & {"data", "errors"}:
        raise ResponseUnreadable(**context, status=answer.status, reason=NO_GRAPHQL)
    errors = errors_from(parsed.get("errors"), role=role, secrets=secrets)
    return GraphQLResult(answer.body, errors, has_data=parsed.get("data") is not None)


def _read_large(answer: Response, context: ErrorContext) -> dict[str, object]:
    """The first `errors` of a large object, and the offset of its `data`; None for a null.

    Raises ResponseUnreadable if the body does not begin and end as a JSON object does, and if it
    holds an endless number: ijson 3.6 makes an event without a value of it, which crashes Python.
    """
    body = answer.body
    if body[:64].removeprefix(BOM).lstrip()[:1] != b"{" or body[-64:].rstrip()[-1:] != b"}":
        raise ResponseUnreadable(**context, status=answer.status, reason=what_came(answer))
    if _holds_endless_number(body):
        reason = f"it holds a number of more than {MAX_DIGITS} digits"
        raise ResponseUnreadable(**context, status=answer.status, reason=reason)
    wanted = {"data", "errors"} if b'"errors"' in body else {"data"}
    found: dict[str, object] = {}
    for (key,), begin in members(body, max_depth=1):
        if key == "data":
            found[key] = None if body.startswith(b"null", begin) else begin
        elif key == "errors":
            part = body[begin : begin + MAX_ERRORS_BYTES]
            found[key], _ = first_part(part, max_events=MAX_ERRORS_EVENTS)
        if found.keys() >= wanted:
            break
    return found


def _holds_endless_number(body: bytes) -> bool:
    step = MAX_DIGITS + 1
    for offset in range(0, len(body), step):  # such a number covers one of these offsets
        is_digit = body[offset : offset + 1].isdigit()
        if is_digit and ENDLESS_NUMBER.search(body, max(offset - step, 0), offset + step):
            return True
    return False


def errors_from(
    found: object, *, role: str = "", secrets: Iterable[Secret] = ()
) -> tuple[GraphQLError, ...]:
    """The errors of an answer: a list, an object or a text. Actions may leave out parts of one."""
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
