"""Sessions in the database: Django's own, read by SQL that is written once."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import CharField
from django.utils import timezone

from console.statements import WrittenOnce

STORED = WrittenOnce(lambda key: Session.objects.filter(pk=key), id_field=CharField())


class SessionStore(DatabaseStore):
    """Its name is part of the salt that session data are signed with: Django's stays."""

    def load(self) -> dict[str, Any]:
        """What the session holds; nothing where it is unknown or over."""
        stored = STORED.first(self.session_key)
        if stored and stored.expire_date > timezone.now():
            return self.decode(stored.session_data)
        return super().load()  # which forgets the key
