"""Seeded random values, and names to choose from, some of them hostile on purpose."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HOSTILE_NAMES = (
    "Zürich & Søn <b>",
    'O\'Brien "x"',
    "名前",
    "<script>alert(1)</script>",
    "{{ 7*7 }} {% csrf_token %}",
    "مرحبا بالعالم",
    "=SUM(A1:A9)",
    "../../etc/passwd",
    "Robert'); DROP TABLE accounts;--",
    "👩‍👩‍👧 Familie & Co. KG",
)
CITIES = words(
    "Aarhus Bergen Bristol Coimbra Cork Dresden Gdańsk Ghent Girona Graz Kraków Leeds Lisboa "
    "Lyon Malmö Nantes Oulu Porto Recife Riga Tartu Turku Utrecht Vigo"
)
PURPOSES = words(
    "Billing Analytics Archive Checkout Ledger Payments Reports Sandbox Support Trials"
)
FIRST_NAMES = words(
    "Ada Amélie Bjørn Chloë Dmitri Élodie Grace Inês Jürgen Mei Noor Siân Tomás Zoë"
)
LAST_NAMES = words(
    "Almeida Brontë Curie Dvořák Eriksen García Hopper Łukasz Müller O'Neill Sørensen"
)

_NEWEST = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)


def utc(moment: datetime) -> str:
    """ISO 8601 with Z and whole seconds, as DPaaS writes times."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


class RowRandom(random.Random):
    """Random values for rows: the same sequence for the same seed."""

    def identifier(self, prefix: str) -> str:
        return f"{prefix}-{self.getrandbits(48):012x}"

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.getrandbits(128), version=4))

    def times(self) -> dict[str, str]:
        """``created_at`` within the last two years, ``updated_at`` at or after it."""
        created = _NEWEST - timedelta(seconds=self.randrange(2 * 365 * 86400))
        updated = created + self.random() * (_NEWEST - created)
        return {"created_at": utc(created), "updated_at": utc(updated)}

    def person(self) -> tuple[str, str]:
        """A name, and a unique e-mail address."""
        first, last = self.choice(FIRST_NAMES), self.choice(LAST_NAMES)
        return f"{first} {last}", f"person-{self.getrandbits(32):08x}@example.com"
