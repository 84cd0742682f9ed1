"""Dxtra's sessions, whose access tokens are JWTs that GraphQL verifies."""

import hashlib
import time
import uuid
from collections.abc import Sequence

import jwt

from sandbox.people import DxtraPerson
from sandbox.sessions import Lifetimes, Sessions

CLAIMS = "https://hasura.io/jwt/claims"
ALGORITHM = "HS256"


class DxtraSessions(Sessions[DxtraPerson]):
    """A replayed refresh token is refused, and nothing else happens.

    The signing key comes from the seed, so that access tokens stay valid over a restart of the
    sandbox, as they do with the real server.
    """

    revoke_on_replay = False

    def __init__(self, lifetimes: Lifetimes, people: Sequence[DxtraPerson], seed: int) -> None:
        super().__init__(lifetimes)
        self._people = {person.user_id: person for person in people}
        self._key = hashlib.sha256(f"sandbox signing key {seed}".encode()).digest()

    def make_access(self, person: DxtraPerson, seconds: float) -> str:
        now = int(time.time())
        claims = {
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
            "jti": str(uuid.uuid4()),  # keeps tokens of the same second apart
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def make_refresh(self) -> str:
        return str(uuid.uuid4())

    def owner(self, token: str) -> DxtraPerson:
        """The owner of a valid access token; raises jwt.InvalidTokenError."""
        access = self.find(token)
        if access is not None and not access.is_valid:
            raise jwt.ExpiredSignatureError
        user_id = jwt.decode(token, self._key, [ALGORITHM])["sub"]
        if user_id not in self._people:
            raise jwt.InvalidSignatureError
        return self._people[user_id]
