"""Dxtra's access tokens: issued by the sign-in, read by it and by GraphQL."""

import hashlib
import time
import uuid
from collections.abc import Sequence
from typing import Any

from sandbox import hs256
from sandbox.dxtra_wire import SchemaError
from sandbox.messages import Request
from sandbox.people import DxtraPerson
from sandbox.sessions import Sessions

CLAIMS = "https://hasura.io/jwt/claims"


class AccessTokens:
    """Makes and reads the JWTs of one sandbox.

    The key comes from the seed, so that tokens outlive a restart of the sandbox, as they
    outlive one of the real server.
    """

    def __init__(self, people: Sequence[DxtraPerson], seed: int) -> None:
        self._people = {person.user_id: person for person in people}
        self._key = hashlib.sha256(f"sandbox signing key {seed}".encode()).digest()
        self.distinct = True
        self.sessions: Sessions[DxtraPerson] | None = None

    def make(self, person: DxtraPerson, seconds: float) -> str:
        """A token for ``seconds``. Unless ``distinct``, two of one second are equal."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "exp": int(now + max(1, seconds)),
            CLAIMS: {
                "x-hasura-allowed-roles": sorted(person.roles),
                "x-hasura-default-role": person.default_role,
                "x-hasura-user-id": person.user_id,
                "x-hasura-user-is-anonymous": "false",
            },
            "iat": now,
            "iss": "hasura-auth",
            "sub": person.user_id,
        }
        if self.distinct:
            claims["jti"] = str(uuid.uuid4())
        return hs256.sign(claims, self._key)

    def person(self, token: str) -> DxtraPerson:
        """Whose token this is; raises hs256.BadToken."""
        access = self.sessions.find(token) if self.sessions else None
        if access is not None and not access.live:
            raise hs256.Expired
        claims = hs256.verify(token, self._key)
        if claims["sub"] not in self._people:
            raise hs256.BadSignature
        return self._people[claims["sub"]]

    def require_person(self, request: Request) -> DxtraPerson:
        """Who calls a protected route of the sign-in; raises SchemaError."""
        kind = "SecurityRequirementsError"
        if request.bearer is None:
            raise SchemaError(kind, "security requirements failed: missing authorization header")
        try:
            return self.person(request.bearer)
        except hs256.BadToken as error:
            why = f"error validating token: error parsing token: {_parser_words(error)}"
            raise SchemaError(kind, f"security requirements failed: {why}") from None


def _parser_words(error: hs256.BadToken) -> str:
    if isinstance(error, hs256.Expired):
        return "token has invalid claims: token is expired"
    if isinstance(error, hs256.BadSignature):
        return "token signature is invalid: signature is invalid"
    return "token is malformed: token contains an invalid number of segments"
