"""What both upstreams of the model have given, and to whom."""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from tests.profiles.lifecycle.model.jobs import Job

DPAAS = ("http://dpaas-1.example", "http://dpaas-2.example")
DXTRA = ("https://auth-1.example/v1", "https://auth-2.example/v1")
GRAPHQL_URL = "https://graphql.example/v1/graphql"
# Where the tokens of an auth server may be sent.
API_OF = {**{place: place for place in DPAAS}, **dict.fromkeys(DXTRA, GRAPHQL_URL)}


@dataclass(eq=False)
class Session:
    kind: str
    place: str  # the address of its auth server
    account: str
    secret: str  # what it was begun with
    ended: bool = False


@dataclass(eq=False)
class Issue:
    """One answer's pair of tokens."""

    session: Session
    access: str
    refresh: str
    given_at: datetime
    expires_at: datetime
    job: Job  # which asked for it
    signed_in: bool  # not refreshed
    spent: bool = False
    stored_at: datetime | None = None
    generation: int = 0  # once it is stored


@dataclass
class Ledger:
    """`accounts`: the secret that an account's upstream accepts."""

    accounts: dict[str, str] = field(default_factory=dict)
    account_of: dict[uuid.UUID, str] = field(default_factory=dict)  # by profile
    by_access: dict[str, Issue] = field(default_factory=dict)
    by_refresh: dict[str, Issue] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)  # refresh tokens, each time
    exchanges: dict[str, list[datetime]] = field(default_factory=dict)  # by URL, our own
    voids: dict[uuid.UUID, list[datetime]] = field(default_factory=dict)  # owners' deeds

    def enter(self, issue: Issue) -> None:
        self.by_access[issue.access] = self.by_refresh[issue.refresh] = issue
