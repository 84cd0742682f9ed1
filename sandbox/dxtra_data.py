"""The tables behind Dxtra's GraphQL, generated: the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from threading import RLock
from typing import Any

from sandbox.data import CITIES, HOSTILE_NAMES, Row, RowRandom
from sandbox.people import DXTRA_PEOPLE

FIRST_CONTROLLER = "550e8400-e29b-41d4-a716-446655440000"
CONTROLLERS = 24
SUBJECTS = 400
MAX_EVENTS = 200_000
PURPOSES = ("newsletter", "analytics", "profiling", "support")
EVENT_KINDS = ("consent.given", "consent.withdrawn", "access.requested", "subject.created")


@dataclass
class DxtraData:
    """Rows by table; hold ``lock`` to change them."""

    controllers: list[Row]
    subjects: list[Row]
    consents: list[Row]
    users: list[Row]
    lock: RLock = field(default_factory=RLock)


def make_dxtra(seed: int) -> DxtraData:
    """24 data controllers, 400 data subjects, 4 consents per subject."""
    controllers, subjects, consents, users = (
        [dict(row) for row in table] for table in _tables(seed)
    )
    return DxtraData(controllers, subjects, consents, users)


@cache
def _tables(seed: int) -> tuple[list[Row], ...]:
    rng = RowRandom(seed)
    controllers = [_controller(rng, index) for index in range(CONTROLLERS)]
    subjects = [_subject(rng, controllers, index) for index in range(SUBJECTS)]
    consents = [_consent(rng, subject, purpose) for subject in subjects for purpose in PURPOSES]
    users = [
        {"id": person.user_id, "email": person.email, "displayName": person.email}
        for person in DXTRA_PEOPLE
    ]
    return controllers, subjects, consents, users


def hasura_time(moment: str) -> str:
    """A timestamptz as Hasura writes it: microseconds and an offset."""
    return f"{moment[:-1]}.000000+00:00"


def _controller(rng: RowRandom, index: int) -> Row:
    title = ["My Organisation", *HOSTILE_NAMES, *(f"{city} Health Trust" for city in CITIES)]
    return {
        "id": FIRST_CONTROLLER if index == 0 else rng.uuid(),
        "title": title[index],
        "legalName": f"{title[index]} Ltd",
        "country": rng.choice(("DE", "DK", "FR", "IE", "NL", "PT")),
        "createdAt": hasura_time(rng.times()["created_at"]),
    }


def _subject(rng: RowRandom, controllers: list[Row], index: int) -> Row:
    name, email = rng.person()
    identifier = rng.uuid()
    return {
        "id": identifier,
        "did": f"did:dxtra:{identifier[:8]}{index:04d}",
        "displayName": HOSTILE_NAMES[index // 40] if index % 40 == 7 else name,
        "email": email,
        "isErased": rng.random() < 0.05,
        "createdAt": hasura_time(rng.times()["created_at"]),
        "dataControllerId": rng.choice(controllers)["id"],
    }


def _consent(rng: RowRandom, subject: Row, purpose: str) -> Row:
    return {
        "id": rng.uuid(),
        "dataSubjectId": subject["id"],
        "purpose": purpose,
        "value": rng.random() > 0.5,
        "updatedAt": hasura_time(rng.times()["updated_at"]),
    }


def events(subjects: list[Row], offset: int, limit: int) -> Iterator[Row]:
    """Generated on demand, about 600 bytes of JSON each: 20,000 of them are more than 12 MB."""
    start = datetime(2026, 4, 10, tzinfo=UTC)
    payloads = [_payload(kind) for kind in EVENT_KINDS]
    for index in range(offset, min(offset + limit, MAX_EVENTS)):
        yield {
            "id": index,
            "kind": EVENT_KINDS[index % len(EVENT_KINDS)],
            "dataSubjectId": subjects[index % len(subjects)]["id"],
            "at": hasura_time((start - timedelta(seconds=index)).strftime("%Y-%m-%dT%H:%M:%SZ")),
            "payload": payloads[index % len(payloads)],
        }


def _payload(kind: str) -> dict[str, Any]:
    note = f"Recorded by the sandbox for {kind}; “{HOSTILE_NAMES[0]}” and {HOSTILE_NAMES[2]}. "
    return {"version": 1, "source": {"channel": "web", "locale": "en"}, "note": note * 6}
