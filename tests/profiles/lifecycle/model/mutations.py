"""Mistakes to be made in console/profiles on purpose, and which promise each of them breaks.

A mutation changes the source of a function at one place, and puts the new function in the place of
the old one, also where other modules have imported it. What stands twice in the code, so that
either alone is enough, is taken out together: the generation and the epoch in a claim, the state,
the owner and the epoch in what a holder writes.
"""

import inspect
import sys
import textwrap
from dataclasses import dataclass
from functools import reduce
from importlib import import_module
from typing import Any

import pytest

from tests.profiles.lifecycle.model.invariants import Invariant


@dataclass(frozen=True)
class Change:
    """In the function `name` ("module:function", or "module:Class.method") texts are replaced."""

    name: str
    texts: dict[str, str]

    def make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        module_name, _, path_and_name = self.name.partition(":")
        *path, name = path_and_name.split(".")
        module = import_module(f"console.profiles.{module_name}")
        owner: Any = reduce(getattr, path, module)
        function = getattr(owner, name)
        source = textwrap.dedent(inspect.getsource(function))
        for old, new in self.texts.items():
            assert source.count(old) == 1, f"{self.name} has changed: {old} is not there once"
            source = source.replace(old, new)
        made: dict[str, Any] = {}
        exec(source, vars(module), made)
        monkeypatch.setattr(owner, name, made[name])
        for user in [each for key, each in sys.modules.items() if key.startswith("console.")]:
            if vars(user).get(name) is function:
                monkeypatch.setattr(user, name, made[name])


@dataclass(frozen=True)
class Mutation:
    """`mistake`: what the code does wrong then. `broken`: what the model says, one of these."""

    mistake: str
    broken: tuple[Invariant, ...]
    changes: tuple[Change, ...]

    def make(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for change in self.changes:
            change.make(monkeypatch)


def mutation(mistake: str, name: str, texts: dict[str, str], *broken: Invariant) -> Mutation:
    return Mutation(mistake, broken, (Change(name, texts),))


MUTATIONS = [  # each is met within some tens of runs
    Mutation(
        "a lease is claimed while another holds it",
        (Invariant.ONE_AT_A_TIME,),
        (
            Change(
                "lifecycle.lease:claim",
                {"Q(lease_until=None) | Q(lease_until__lt=DatabaseNow()),": ""},
            ),
            Change(
                "lifecycle.availability:is_leased", {"row.lease_until is not None and": "False and"}
            ),
        ),
    ),
    mutation(
        "a claim is made on the strength of an old look",
        "lifecycle.lease:claim",
        {"generation=row.generation,": "", "lease_epoch=row.lease_epoch,": ""},
        Invariant.NEVER_TWICE,
        Invariant.GENERATION,
        Invariant.NOT_NEEDED,
        Invariant.LEFT_ALONE,
        Invariant.OWN_TOKEN,
    ),
    mutation(
        "a holder that was overtaken writes all the same",
        "lifecycle.lease:Lease.held",
        {
            "state=TokenState.REFRESHING,": "",
            "lease_owner=self.owner,": "",
            "lease_epoch=self.epoch,": "",
        },
        Invariant.GENERATION,
        Invariant.OVERTAKEN,
        Invariant.NEEDS_USER,
    ),
    mutation(
        "a failed sign-in puts the state back to what it was before the refresh",
        "lifecycle.refresh:TokenRefresh._sign_in",
        {"TokenState.UNKNOWN if had_tokens else": "self.lease.prior_state if had_tokens else"},
        Invariant.SPENT_IS_STICKY,
    ),
    mutation(
        "DPaaS's refresh token is tried again after its answer was lost",
        "lifecycle.refresh:_spendable",
        {"row.kind == System.DXTRA and": ""},
        Invariant.NEVER_TWICE,
    ),
    mutation(
        "a refresh whose answer was lost counts as not sent",
        "lifecycle.refresh:TokenRefresh._refresh",
        {"except NotSent as": "except (NotSent, UpstreamError) as"},
        Invariant.SPENT_IS_STICKY,
    ),
    mutation(
        "a refresh that was not sent counts as lost",
        "lifecycle.refresh:TokenRefresh._refresh",
        {"except NotSent as": "except ZeroDivisionError as"},
        Invariant.UNSENT_IS_UNSPENT,
    ),
    mutation(
        "a refused credential is only paused",
        "lifecycle.refresh:TokenRefresh._sign_in",
        {"raise self._needs_owner(error.sentence)": "self._back_off(state, error); raise error"},
        Invariant.NEEDS_USER,
    ),
    mutation(
        "whatever the sign-in is answered counts as the auth server's refusal",
        "lifecycle.refresh:TokenRefresh._sign_in",
        {"except CredentialRefused as error": "except UpstreamError as error"},
        Invariant.NEEDS_USER,
    ),
    mutation(
        "a sign-out makes a refused credential good again",
        "services:_forget_tokens",
        {"before.state == TokenState.NEEDS_USER": "False"},
        Invariant.NEEDS_USER,
    ),
    mutation(
        "an edit leaves generation and epoch as they were",
        "lifecycle.lease:empty_columns",
        {'"generation": F("generation") + 1,': "", '"lease_epoch": F("lease_epoch") + 1,': ""},
        Invariant.OVERTAKEN,
        Invariant.GENERATION,
    ),
    mutation(
        "the new access token is stored with the old refresh token",
        "lifecycle.lease:fresh_columns",
        {
            "_bundle(tokens)": "_bundle(TokenSet(tokens.access_token, open_tokens(profile)[1]"
            " if profile.sealed_tokens else tokens.refresh_token, life))"
        },
        Invariant.ONE_ANSWER,
    ),
    mutation(
        "a token that could not be stored is handed out",
        "lifecycle.lease:store",
        {"raise LeaseLost": "pass"},
        Invariant.OWN_TOKEN,
    ),
    mutation(
        "a dead holder's lease does not end",
        "lifecycle.lease:claim",
        {" | Q(lease_until__lt=DatabaseNow())": ""},
        Invariant.ENDS,
        Invariant.HEALS,
    ),
    mutation(
        "a pause is not kept",
        "lifecycle.availability:is_backing_off",
        {"row.backoff_until is not None and": "False and"},
        Invariant.LEFT_ALONE,
    ),
]

RARE_MUTATIONS = [  # it may take hundreds: several things must come together
    mutation(
        "a check's tokens are stored though its secret was replaced meanwhile",
        "editing.saving:_tried_a_replaced_secret",
        {"return before.credential_changed_at != profile.credential_changed_at": "return False"},
        Invariant.OWN_TOKEN,
    ),
    mutation(
        "a token's life counts from its answer",
        "lifecycle.refresh:TokenRefresh._store",
        {"now - timedelta(seconds=time.monotonic() - began)": "now"},
        Invariant.LIFE,
    ),
    mutation(
        "nobody counts forced refreshes",
        "lifecycle.availability:was_forced_lately",
        {"row.forced_at is None": "True"},
        Invariant.FORCED,
    ),
    mutation(
        "nobody counts sign-ins",
        "lifecycle.refresh:TokenRefresh._sign_in",
        {"with_sign_in(row.recent_sign_ins, now=leases.database_time(row))": "[]"},
        Invariant.FIVE_AN_HOUR,
    ),
    mutation(
        "no slot is taken",
        "lifecycle.refresh:TokenRefresh._keep_to_the_limits",
        {" or take_slot(row, now=now)": ""},
        Invariant.SIX_EXCHANGES,
    ),
]


def mistaken(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one mistake, by its name."""
    (one,) = (one for one in MUTATIONS + RARE_MUTATIONS if one.mistake == mistake)
    one.make(monkeypatch)
