"""Sessions in the database: Django's own, read by SQL that is written once."""

import json
from functools import lru_cache
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core import signing
from django.db.models import CharField
from django.utils import timezone

from console.statements import WrittenOnce

SESSIONS = 512  # whose signature each process remembers

STORED = WrittenOnce(lambda key: Session.objects.filter(pk=key), id_field=CharField())


class SessionStore(DatabaseStore):
    """Its name is part of the salt that session data are signed with: Django's stays."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing where it is unknown or over."""
        stored = STORED.first(self.session_key)
        if stored and stored.expire_date > timezone.now():
            return self.decode(stored.session_data)
        return super().load()  # which forgets the key

    def decode(self, session_data: Any) -> dict[str, Any]:
        """As Django's, but a text whose signature was checked once is not checked again."""
        try:
            held: dict[str, Any] = json.loads(_checked(self.key_salt, session_data))
        except (signing.BadSignature, ValueError):
            return super().decode(session_data)  # which logs it, and gives nothing
        return held


class _AsItIs:
    """In place of a serializer."""

    def loads(self, data: bytes) -> bytes:
        return data


@lru_cache(maxsize=SESSIONS)
def _checked(salt: str, session_data: str) -> bytes:
    """What was signed. The key of the cache is the whole text, with its signature: whoever changes
    a character is checked."""
    signed: bytes = signing.loads(session_data, salt=salt, serializer=_AsItIs)  # type: ignore[arg-type]
    return signed
