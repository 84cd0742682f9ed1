"""The shapes of Nhost Auth's responses, as recorded.

Errors have two shapes: the schema check before the handler responds with 400 and one ``error``
sentence, the handler with ``{"error", "message", "status"}``.
"""

import hashlib
import re
from typing import Any

from sandbox.messages import ErrorResponse, Request, json_response
from sandbox.people import DxtraPerson
from sandbox.sessions import Tokens

UUID_PATTERN = r"\b[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}\b"
SCHEMA_ERROR_TYPE = "application/json; charset=utf-8"


def schema_error(schema: str, problem: str) -> ErrorResponse:
    """The request does not fit the server's OpenAPI description: 400 before any work."""
    reason = f"request body has an error: doesn't match schema #/components/schemas/{schema}"
    body = {"error": f"error in openapi3filter.RequestError: {reason}: {problem}"}
    return ErrorResponse(json_response(400, body, content_type=SCHEMA_ERROR_TYPE))


def auth_error(status: int, error: str, message: str) -> ErrorResponse:
    body = {"error": error, "message": message, "status": status}
    return ErrorResponse(json_response(status, body))


def json_body(request: Request, schema: str) -> dict[str, Any]:
    """The JSON object sent; raises ErrorResponse (400) for anything else."""
    try:
        return request.json_object()
    except ValueError:
        raise schema_error(schema, "value must be an object") from None


def uuid_field(request: Request, schema: str, name: str) -> str:
    """A field that the server's schema declares as a UUID; raises ErrorResponse (400)."""
    body = json_body(request, schema)
    problem = f'Error at "/{name}": '
    if name not in body:
        raise schema_error(schema, f'{problem}property "{name}" is missing')
    if not re.search(UUID_PATTERN, str(body[name])):
        mismatch = f'string doesn\'t match the regular expression "{UUID_PATTERN}"'
        raise schema_error(schema, problem + mismatch)
    return str(body[name])


def session_body(tokens: Tokens[DxtraPerson]) -> dict[str, Any]:
    """A session, which the sign-in wraps in ``session`` and the refresh sends bare."""
    return {
        "accessToken": tokens.access,
        "accessTokenExpiresIn": tokens.access_seconds,
        "refreshToken": tokens.refresh,
        "refreshTokenId": tokens.session_id,
        "user": _user_body(tokens.person),
    }


def _user_body(person: DxtraPerson) -> dict[str, Any]:
    email_hash = hashlib.md5(person.email.encode(), usedforsecurity=False).hexdigest()
    return {
        "activeMfaType": None,
        "avatarUrl": f"https://www.gravatar.com/avatar/{email_hash}?d=blank&r=g",
        "createdAt": "2026-01-15T09:30:00.714824Z",
        "defaultRole": person.default_role,
        "displayName": person.email,
        "email": person.email,
        "emailVerified": False,
        "id": person.user_id,
        "isAnonymous": False,
        "locale": "en",
        "metadata": None,
        "phoneNumberVerified": False,
        "roles": sorted(person.roles),
    }
