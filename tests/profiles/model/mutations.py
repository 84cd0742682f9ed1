"""Mistakes to be made in console/profiles on purpose, and which promise each of them breaks.

A mutation changes the source of a function at one place, and puts the new function in the place of
the old one. What stands twice in the code, so that either alone is enough, is taken out together:
the generation and the epoch in a claim, the owner and the epoch in what a holder may write.
"""

import inspect
import textwrap
from dataclasses import dataclass
from functools import reduce
from types import ModuleType
from typing import Any

import pytest

from console.profiles import fetching, lease, services, tokens
from tests.profiles.model.invariants import Invariant


@dataclass(frozen=True)
class Change:
    """In the function `name` of `module` (or "Class.method"), each old text becomes a new one."""

    module: ModuleType
    name: str
    texts: dict[str, str]

    def make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        *path, name = self.name.split(".")
        owner: Any = reduce(getattr, path, self.module)
        source = textwrap.dedent(inspect.getsource(getattr(owner, name)))
        for old, new in self.texts.items():
            assert source.count(old) == 1, f"{self.name} has changed: {old} is not there once"
            source = source.replace(old, new)
        made: dict[str, Any] = {}
        exec(source, vars(self.module), made)
        monkeypatch.setattr(owner, name, made[name])


@dataclass(frozen=True)
class Mutation:
    """`mistake`: what the code does wrong then. `broken`: what the model says, one of these."""

    mistake: str
    broken: tuple[Invariant, ...]
    changes: tuple[Change, ...]


MUTATIONS = [
    Mutation(
        "a lease is claimed while another holds it",
        (Invariant.ONE_AT_A_TIME,),
        (
            Change(lease, "claim", {"Q(lease_until=None) | Q(lease_until__lt=DatabaseNow()),": ""}),
            Change(tokens, "_leased", {"row.lease_until is not None and": "False and"}),
        ),
    ),
    Mutation(
        "a claim is made on the strength of an old look",
        (Invariant.NEVER_TWICE, Invariant.GENERATION, Invariant.NOT_NEEDED, Invariant.LEFT_ALONE),
        (
            Change(
                lease,
                "claim",
                {"generation=row.generation,": "", "lease_epoch=row.lease_epoch,": ""},
            ),
        ),
    ),
    Mutation(
        "whoever was overtaken stores all the same",
        (Invariant.OVERTAKEN,),
        (
            Change(
                lease, "Lease.held", {"lease_owner=self.owner,": "", "lease_epoch=self.epoch,": ""}
            ),
        ),
    ),
    Mutation(
        "a failed sign-in puts the state back to what it was before the refresh",
        (Invariant.SPENT_IS_STICKY,),
        (
            Change(
                fetching,
                "Fetch._sign_in",
                {
                    "TokenState.UNKNOWN if had_tokens else TokenState.EMPTY": "self.lease.prior_state"
                },
            ),
        ),
    ),
    Mutation(
        "DPaaS's refresh token is tried again after its answer was lost",
        (Invariant.NEVER_TWICE,),
        (Change(fetching, "_spendable", {"row.kind == Kind.DXTRA and": ""}),),
    ),
    Mutation(
        "a refresh whose answer was lost counts as not sent",
        (Invariant.SPENT_IS_STICKY,),
        (
            Change(
                fetching, "Fetch._refresh", {"except NotSent as": "except (NotSent, AnswerLost) as"}
            ),
        ),
    ),
    Mutation(
        "a refresh that was not sent counts as lost",
        (Invariant.UNSENT_IS_UNSPENT,),
        (Change(fetching, "Fetch._refresh", {"except NotSent as": "except ZeroDivisionError as"}),),
    ),
    Mutation(
        "a refused credential is only paused",
        (Invariant.NEEDS_USER,),
        (
            Change(
                fetching,
                "Fetch._sign_in",
                {
                    "raise self._needs_owner(error.sentence) from None": "self._give_back(state, error); raise"
                },
            ),
        ),
    ),
    Mutation(
        "an edit leaves generation and epoch as they were",
        (Invariant.GENERATION,),
        (
            Change(
                lease,
                "empty_columns",
                {
                    '"generation": F("generation") + 1,': "",
                    '"lease_epoch": F("lease_epoch") + 1,': "",
                },
            ),
        ),
    ),
    Mutation(
        "a token's life counts from its answer",
        (Invariant.LIFE,),
        (
            Change(
                fetching,
                "Fetch._store",
                {
                    "started_at = now - timedelta(seconds=time.monotonic() - began)": "started_at = now"
                },
            ),
        ),
    ),
    Mutation(
        "nobody counts forced refreshes",
        (Invariant.FORCED,),
        (Change(tokens, "_forced_lately", {"row.forced_at is not None and": "False and"}),),
    ),
    Mutation(
        "the new access token is stored with the old refresh token",
        (Invariant.ONE_ANSWER,),
        (
            Change(
                lease,
                "fresh_columns",
                {
                    "seal(_bundle(tokens)": "seal(_bundle(TokenSet(tokens.access_token, open_tokens(profile)[1]"
                    " if profile.sealed_tokens else tokens.refresh_token, 1.0))"
                },
            ),
        ),
    ),
    Mutation(
        "what was dropped is handed out",
        (Invariant.OWN_TOKEN,),
        (Change(lease, "store", {"raise LeaseLost": "pass"}),),
    ),
    Mutation(
        "a dead holder's lease does not end",
        (Invariant.HEALS, Invariant.ENDS),
        (Change(lease, "claim", {" | Q(lease_until__lt=DatabaseNow())": ""}),),
    ),
    Mutation(
        "a pause is not kept",
        (Invariant.LEFT_ALONE,),
        (Change(tokens, "_paused", {"row.not_before is not None and": "False and"}),),
    ),
    Mutation(
        "sign-ins are not counted",
        (Invariant.FIVE_AN_HOUR,),
        (
            Change(
                fetching,
                "Fetch._sign_in",
                {"with_sign_in(row.recent_sign_ins, now=leases.database_time(row))": "[]"},
            ),
        ),
    ),
    Mutation(
        "no slot is taken",
        (Invariant.SIX_EXCHANGES,),
        (Change(fetching, "Fetch._keep_to_the_limits", {" or take_slot(row, now=now)": ""}),),
    ),
    Mutation(
        "a sign-out makes a refused credential good again",
        (Invariant.NEEDS_USER,),
        (Change(services, "sign_out_profile", {"before.state == TokenState.NEEDS_USER": "False"}),),
    ),
]
