"""The shapes of Nhost Auth's answers, as recorded.

Three layers answer in three shapes: the schema check before the handler (400 with one
``error`` sentence), the handler (``{"error", "message", "status"}``), and the router (plain
text).
"""

import hashlib
import re
from typing import Any

from sandbox.messages import Handler, Request, Response, json_response
from sandbox.people import DxtraPerson
from sandbox.sessions import Tokens

UUID_PATTERN = r"\b[0-9a-f]{8}\b-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-\b[0-9a-f]{12}\b"
CHECKED = "application/json; charset=utf-8"


class SchemaError(Exception):
    """The request does not fit the server's OpenAPI description: 400 before any work."""

    def __init__(self, kind: str, problem: str) -> None:
        super().__init__(f"error in openapi3filter.{kind}: {problem}")

    def response(self) -> Response:
        return json_response(400, {"error": str(self)}, content_type=CHECKED)


class AuthRefused(Exception):
    """The handler's own refusal."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(error)
        self.status = status
        self.message = message

    def response(self) -> Response:
        body = {"error": str(self), "message": self.message, "status": self.status}
        return json_response(self.status, body)


def invalid_pat() -> AuthRefused:
    return AuthRefused(401, "invalid-pat", "Invalid or expired personal access token")


def invalid_refresh_token() -> AuthRefused:
    return AuthRefused(401, "invalid-refresh-token", "Invalid or expired refresh token")


CONCEALED = AuthRefused(400, "invalid-request", "The request payload is incorrect")


def answering(handler: Handler, *, conceals: bool = False) -> Handler:
    """Turn a refusal into its answer; ``conceals`` hides which refusal it was."""

    def answer(request: Request, *groups: str) -> Response:
        try:
            return handler(request, *groups)
        except SchemaError as error:
            return error.response()
        except AuthRefused as refused:
            return (CONCEALED if conceals else refused).response()

    return answer


def checked_body(request: Request, schema: str) -> dict[str, Any]:
    """The JSON object sent; raises SchemaError for anything else."""
    try:
        return request.json_object()
    except ValueError:
        problem = f"request body has an error: doesn't match schema #/components/schemas/{schema}"
        raise SchemaError("RequestError", f"{problem}: value must be an object") from None


def uuid_field(request: Request, schema: str, name: str) -> str:
    """A field that the server's schema wants to hold a UUID; raises SchemaError."""
    body = checked_body(request, schema)
    problem = f"request body has an error: doesn't match schema #/components/schemas/{schema}"
    problem = f'{problem}: Error at "/{name}": '
    if name not in body:
        raise SchemaError("RequestError", f'{problem}property "{name}" is missing')
    if not isinstance(body[name], str):
        raise SchemaError("RequestError", f"{problem}value must be a string")
    if not re.search(UUID_PATTERN, body[name]):
        wrong = f'string doesn\'t match the regular expression "{UUID_PATTERN}"'
        raise SchemaError("RequestError", problem + wrong)
    return str(body[name])


def session_body(tokens: Tokens[DxtraPerson]) -> dict[str, Any]:
    """A session as both sign-in (wrapped) and refresh (bare) answer it."""
    return {
        "accessToken": tokens.access,
        "accessTokenExpiresIn": tokens.access_seconds,
        "refreshToken": tokens.refresh,
        "refreshTokenId": tokens.session_id,
        "user": user_body(tokens.person),
    }


def user_body(person: DxtraPerson) -> dict[str, Any]:
    """A user as the server shows them."""
    face = hashlib.md5(person.email.encode(), usedforsecurity=False).hexdigest()
    return {
        "activeMfaType": None,
        "avatarUrl": f"https://www.gravatar.com/avatar/{face}?d=blank&r=g",
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
