"""Sessions in the database, as Django keeps them; a request reads its own by a compiled query."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import CharField
from django.utils import timezone

from console.database.compiled import CompiledQuery

SESSION_BY_KEY = CompiledQuery(
    lambda key: Session.objects.filter(session_key=key).order_by(), id_field=CharField()
)


class SessionStore(DatabaseSessionStore):
    def load(self) -> dict[str, Any]:
        """The session's data. Django's own query answers where there is none that lives."""
        row = SESSION_BY_KEY.first(self.session_key)
        if row is None or row.expire_date <= timezone.now():
            return super().load()
        return self.decode(row.session_data)
