"""Dxtra's GraphQL endpoint, which is Hasura's (upstreams.md, "Dxtra")."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from console.upstream.errors import (
    AccessExpired,
    ErrorContext,
    ResponseInParts,
    ResponseUnreadable,
    UpstreamError,
)
from console.upstream.graphql_errors import GraphQLError, errors_from, shown_text
from console.upstream.json_text import (
    Flaw,
    NotJSON,
    as_utf8,
    decode,
    not_utf8,
)
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.responses import (
    is_gateway_page,
    is_page,
    refusal,
    what_came,
)
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.upstream.tokens import default_role_of
from console.vault.secret import MASK, Secret

NOTHING = msgspec.Raw(b"")
GRAPHQL_TYPE = "application/graphql-response+json"
NO_GRAPHQL = "it is not a GraphQL response (it has no data and no errors)"
MAX_HEADER = 300  # characters
SHOWN_HEADER = re.compile(
    r"content-(type|length|encoding|language)|date|server|via|age|etag|vary|cache-control|expires"
    r"|last-modified|retry-after|traceparent|cf-ray|x-cache|x-runtime|x-response-time|warning"
    r"|server-timing|x-envoy-upstream-service-time"
    r"|(x-)?ratelimit-[a-z-]+|x-(request|correlation|trace|amzn-trace|amzn-request|b3-trace)-?id"
)


@dataclass(frozen=True, slots=True)
class GraphQLResult:
    """A response in GraphQL's shape: data, errors, or both. Errors under HTTP 200 are no success,
    and an answer under 4xx or 5xx is one all the same (GraphQL over HTTP).

    `body`: the whole; `data`: its JSON, empty where it is null or absent; `error_count`: of all
    errors, of which the first MAX_ERRORS are read (None: not counted); `flaw`: where it is not
    UTF-8; `headers`: those of the response that may be shown.
    """

    body: bytes = field(repr=False)
    data: msgspec.Raw = field(repr=False)
    errors: tuple[GraphQLError, ...]
    status: int = 200
    error_count: int | None = 0
    flaw: Flaw | None = None
    headers: tuple[tuple[str, str], ...] = ()

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
        variables: str = "",
        operation_name: str | None = None,
        *,
        is_mutation: bool,
        before_large: Callable[[], None] | None = None,
    ) -> GraphQLResult:
        """Run one operation. Raises UpstreamError if no GraphQL answer came.

        `variables`: a JSON object, sent as it is written. If the token is refused as expired (see
        is_expired), it is renewed and the operation sent once more; a mutation only if the answer
        proves that it has not run. `before_large`: called before a large answer is held decoded.
        """
        context = ErrorContext(
            system=System.DXTRA.label, host=netloc_of(self._url), is_write=is_mutation
        )
        request = Request(
            "POST",
            self._url,
            headers=role_header(self._role),
            json=payload(document, variables, operation_name),
            idempotent=not is_mutation,
            is_write=is_mutation,
            system=System.DXTRA.label,
            before_large=before_large,
        )
        response = self._session.send(
            request, is_expired=is_expired_unrun if is_mutation else is_expired
        )
        secrets = self._session.secrets
        role = self._role or default_role_of(secrets[-1])
        result = read_result(response, context, role=role, secrets=secrets)
        if is_expired_unrun(response):
            message = result.errors[0].message if result.errors else ""
            error = AccessExpired(**context, status=response.status, upstream_message=message)
            error.body = _masked_body(response, secrets)
            error.headers = result.headers
            raise error
        return result


def role_header(role: str) -> dict[str, str]:
    """`role`: empty for the token's default, which needs no header."""
    return {"X-Hasura-Role": role} if role else {}


def payload(document: str, variables: str, operation_name: str | None) -> msgspec.Raw:
    """The body of a request, by GraphQL over HTTP."""
    parts: dict[str, object] = {"query": document}
    if variables:
        parts["variables"] = msgspec.Raw(variables.encode())  # every digit as it was typed
    if operation_name:
        parts["operationName"] = operation_name
    return msgspec.Raw(msgspec.json.encode(parts))


def is_expired(response: Response) -> bool:
    """Whether Hasura refused the access token as expired: a 401, or `invalid-jwt` with JWTExpired
    under 200 or, behind some gateways and settings, under Hasura's own 400.

    A new token does not help against another `invalid-jwt` (a bad signature), `access-denied`
    (a role), or a gateway that answers with a page of its own.
    """
    says_401 = response.status == 401 and not is_gateway_page(response)
    if response.status not in (200, 400, 401):
        return False
    body = as_utf8(response.body)
    if b"invalid-jwt" not in body:
        return says_401
    try:
        errors, _ = errors_from(decode(body, _Envelope).errors)
    except (ValueError, RecursionError):
        return says_401
    return any(map(_says_expired, errors)) if errors else says_401


def is_expired_unrun(response: Response) -> bool:
    """Whether the token was refused as expired, and the operation has certainly not run."""
    return is_expired(response) and proves_nothing_ran(response.body)


def proves_nothing_ran(body: bytes) -> bool:
    """Whether no operation ran: an answer holds `data`, be it null, as soon as execution has begun
    (GraphQL specification, 7.1). Of a body that cannot be read it is not certain."""
    body = as_utf8(body)
    try:
        return len(decode(body, _Envelope).data) == 0
    except (ValueError, RecursionError):
        return b'"data"' not in body


def _says_expired(error: GraphQLError) -> bool:
    return error.code == "invalid-jwt" and "JWTExpired" in error.message


def read_result(
    response: Response, context: ErrorContext, *, role: str = "", secrets: Iterable[Secret] = ()
) -> GraphQLResult:
    """The GraphQL result in a response of any status.

    Where there is none, raises ResponseUnreadable, or what refusal() makes of a 4xx or 5xx. The
    body is kept byte for byte, unless it echoes one of `secrets`: then with that masked.
    """
    secrets = tuple(secrets)
    received = as_utf8(response.body)
    body = _masked(received, secrets)
    try:
        envelope = decode(body, _Envelope)
        reason = "" if _is_graphql(envelope, response) else NO_GRAPHQL
    except msgspec.ValidationError:
        reason = NO_GRAPHQL
    except RecursionError:
        reason = "it is nested too deeply"
    except NotJSON:
        reason = what_came(response)
    if reason:
        raise _no_result(response, context, reason, secrets)
    errors, count = errors_from(envelope.errors, role=role, secrets=secrets)
    data = NOTHING if _is_null(envelope.data) else envelope.data
    headers = shown_headers(response, secrets)
    kept = response.body if body == received else body
    return GraphQLResult(kept, data, errors, response.status, count, not_utf8(body), headers)


class _Envelope(msgspec.Struct):
    """The outer keys of a GraphQL response. Their values are checked, and left as text: 16 MiB
    take no memory and some milliseconds, and as objects they would take twenty times their size."""

    data: msgspec.Raw = NOTHING
    errors: msgspec.Raw = NOTHING


class _StandardError(msgspec.Struct, gc=False):
    message: str


def _is_null(value: msgspec.Raw) -> bool:
    return len(value) == 4 and bytes(value) == b"null"


def _is_graphql(envelope: _Envelope, response: Response) -> bool:
    """Whether this is GraphQL's: of a 4xx or 5xx more is asked, as gateways and frameworks write
    `errors` and `data` of their own."""
    has_keys = bool(len(envelope.data) or len(envelope.errors))
    by_type = response.headers.get("content-type", "").lower().startswith(GRAPHQL_TYPE)
    if 200 <= response.status < 300 or by_type:
        return has_keys
    if len(envelope.data) and not _is_null(envelope.data):
        return True
    try:
        return bool(msgspec.json.decode(envelope.errors, type=list[_StandardError]))
    except msgspec.DecodeError:
        return False


def _no_result(
    response: Response, context: ErrorContext, reason: str, secrets: tuple[Secret, ...]
) -> UpstreamError:
    """The error for a response that holds no result. Who is told that a write was refused may send
    it again, so that is said only where nothing ran."""
    error = refusal(response, context, secrets=secrets)
    is_good = 200 <= response.status < 300
    if _is_in_parts(response):
        error = ResponseInParts(**context, status=response.status)
    elif is_good or not (error.may_have_happened or proves_nothing_ran(response.body)):
        error = ResponseUnreadable(
            **context,
            status=response.status,
            reason=reason,
            upstream_message="" if is_good else error.upstream_message,
        )
    error.body = _masked_body(response, secrets)
    error.headers = shown_headers(response, secrets)
    return error


def _is_in_parts(response: Response) -> bool:
    """Whether @defer, @stream or a subscription was asked for: the answer comes in parts, or is
    refused with 406, as we accept none that does."""
    kind = response.headers.get("content-type", "").lower()
    return response.status == 406 or kind.startswith(("multipart/", "text/event-stream"))


def _masked_body(response: Response, secrets: Iterable[Secret]) -> bytes:
    """What came, for display; nothing of a web page."""
    return b"" if is_page(response) else _masked(response.body, secrets)


def _masked(body: bytes, secrets: Iterable[Secret]) -> bytes:
    for secret in secrets:
        body = body.replace(secret.reveal().encode(), MASK.encode())
    return body


def shown_headers(
    response: Response, secrets: Iterable[Secret] = ()
) -> tuple[tuple[str, str], ...]:
    """The headers that help to trace or to understand an answer; no cookie and no credential."""
    secrets = tuple(secrets)
    return tuple(
        (name, shown_text(value, secrets, MAX_HEADER))
        for name, value in sorted(response.headers.items())
        if SHOWN_HEADER.fullmatch(name)
    )


def status_words(status: int) -> str:
    """An HTTP status with its name: "422 Unprocessable Entity"."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
