"""Dxtra's GraphQL endpoint, which is Hasura's (upstreams.md, "Dxtra")."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from ijson.common import ObjectBuilder

from console.upstream.errors import AccessExpired, ErrorContext, ResponseUnreadable
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.outline import members
from console.upstream.preview import READ_SIZE, events_of
from console.upstream.responses import cleaned, read_json, refusal, what_came
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.vault.secret import Secret

PARSED_WHOLE = 256 * 1024  # bytes; of a larger body only the errors are made into objects
MAX_ERRORS = 100
MAX_ERRORS_BYTES = 64 * 1024  # bytes of them that are made into objects
MAX_TOKENS = 5000  # of them: twenty for an error of Hasura's, and room for an action's
MAX_DIGITS = 4300  # of a whole number: what Python turns into an int (sys.int_info)
DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
ENDLESS_NUMBER = re.compile(rb"[\[:,\s-][0-9]{%d}" % (MAX_DIGITS + 1))
NO_GRAPHQL = "it is no GraphQL answer (neither data nor errors)"
UNTOLD = "an error without a message"
WRONG_ROLE = re.compile(r"\bnot found in type\b")  # Hasura's validation of a role's schema


@dataclass(frozen=True, slots=True)
class GraphQLError:
    """One of an answer's errors. `code` and `path` may be empty; `hint` is our own remark."""

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
        """Run one operation. Raises UpstreamError where no GraphQL answer came.

        A token refused as expired (see is_expired) is renewed and the operation sent once more, a
        mutation too: it was refused before anything was done.
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
    under 200 or, where a gateway or a setting shows it, its own 400.

    Any other `invalid-jwt` (a bad signature) and `access-denied` (a role) are not cured by a new
    token.
    """
    if answer.status not in (200, 400, 401) or len(answer.body) > PARSED_WHOLE:
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
    """The GraphQL result in a good answer. Raises ResponseUnreadable if it has not that shape.

    A large body is not made into objects: that would take twenty times its size.
    """
    body = answer.body
    if len(body) > PARSED_WHOLE:
        return _large_result(answer, context, role, secrets)
    parsed = read_json(answer, context)
    if not isinstance(parsed, dict) or not parsed.keys() & {"data", "errors"}:
        raise ResponseUnreadable(**context, status=answer.status, reason=NO_GRAPHQL)
    errors = errors_from(parsed.get("errors"), role=role, secrets=secrets)
    return GraphQLResult(body, errors, has_data=parsed.get("data") is not None)


def _large_result(
    answer: Response, context: ErrorContext, role: str, secrets: Iterable[Secret]
) -> GraphQLResult:
    body = answer.body
    if body[:64].lstrip()[:1] != b"{" or body[-64:].rstrip()[-1:] != b"}":
        raise ResponseUnreadable(**context, status=answer.status, reason=what_came(answer))
    if _holds_endless_number(body):
        reason = f"it holds a number of more than {MAX_DIGITS} digits"
        raise ResponseUnreadable(**context, status=answer.status, reason=reason)
    begins = _outermost(body)
    if not begins:
        raise ResponseUnreadable(**context, status=answer.status, reason=NO_GRAPHQL)
    errors_at = begins.get("errors", len(body))
    found = _first_part(body[errors_at : errors_at + MAX_ERRORS_BYTES])
    has_data = "data" in begins and not body.startswith(b"null", begins["data"])
    errors = errors_from(found, role=role, secrets=secrets)
    return GraphQLResult(body, errors, has_data)


def _outermost(body: bytes) -> dict[str, int]:
    """Where the values of `data` and `errors` begin, the keys of the outermost object."""
    begins: dict[str, int] = {}
    wanted = {key for key in ("data", "errors") if f'"{key}"'.encode() in body}
    for (key,), begin in members(body, deepest=1):
        if key in ("data", "errors"):
            begins[key] = begin
            if begins.keys() >= wanted:
                break
    return begins


def _first_part(body: bytes) -> object:
    """The JSON that `body` begins with, as objects, up to MAX_TOKENS, as far as it goes."""
    built: Any = ObjectBuilder()  # type: ignore[no-untyped-call]
    built.value = None
    for event, value in islice(events_of(body), MAX_TOKENS):
        built.event(event, value)
    return built.value


def _holds_endless_number(body: bytes) -> bool:
    """Whether ijson's C parser would bring the process down: it takes the error of Python's limit
    for a number. The first look is quick; the second tells a number from digits in a text."""
    endless = b"0" * (MAX_DIGITS + 1)
    windows = (body[i : i + READ_SIZE + MAX_DIGITS] for i in range(0, len(body), READ_SIZE))
    if not any(endless in window.translate(DIGITS_ALIKE) for window in windows):
        return False
    return ENDLESS_NUMBER.search(body) is not None


def errors_from(
    found: object, *, role: str = "", secrets: Iterable[Secret] = ()
) -> tuple[GraphQLError, ...]:
    """The errors of an answer: a list, one object, or a sentence; actions may leave parts out."""
    if not found:
        return ()
    entries = found if isinstance(found, list) else [found]
    secrets = tuple(secrets)
    return tuple(_error(entry, role, secrets) for entry in entries[:MAX_ERRORS])


def _error(entry: object, role: str, secrets: tuple[Secret, ...]) -> GraphQLError:
    if not isinstance(entry, dict):
        return GraphQLError(cleaned(entry, secrets) if isinstance(entry, str) else UNTOLD)
    extensions = entry.get("extensions")
    if not isinstance(extensions, dict):
        extensions = {}
    message = _text(entry.get("message"), secrets) or UNTOLD
    code = _text(extensions.get("code"), secrets)
    path = extensions.get("path") or entry.get("path")
    hint = ""
    if code == "validation-failed" and WRONG_ROLE.search(message):
        hint = f"not available to role {role}" if role else "not available to the default role"
    return GraphQLError(message, code, _path(path, secrets), hint)


def _text(value: object, secrets: tuple[Secret, ...]) -> str:
    return cleaned(value, secrets) if isinstance(value, str) else ""


def _path(path: object, secrets: tuple[Secret, ...]) -> str:
    """Hasura's JSONPath as it is; a list of names and indices (the GraphQL standard's) likewise."""
    if isinstance(path, list):
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path[:50])
        path = "$" + "".join(steps)
    return _text(path, secrets)
