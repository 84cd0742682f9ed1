"""Find runs: by what is stored plainly in all of them, by what they sent in the newest ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db.models import Q

from console.calls.models import WORDS
from console.graphql.answers.search import Term
from console.graphql.answers.turns import own_turn
from console.graphql.history.models import KINDS, OUTCOMES, Run, RunQuerySet
from console.graphql.history.sent import SentUnreadable, open_sent
from console.profiles.targets import Target
from console.team.models import User

# Runs whose documents and variables are opened for one search, after the filters.
SEARCHED_DOCUMENTS = 500
BATCH = 50  # opened at a time: at 200 kB each for query and variables, 20 MB at worst
MAX_TEXT = 200  # characters
PLAIN = ("operation", "fields", "profile_name", "role", "outcome")


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for. Empty means all."""

    text: str = ""
    outcome: str = ""
    kind: str = ""
    role: str = ""
    starred: bool = False
    everywhere: bool = False  # at all targets

    @classmethod
    def read(cls, typed: Mapping[str, str]) -> Self:
        """The filters of a form or a query string; what is no choice counts as empty."""
        outcome, kind = typed.get("outcome", ""), typed.get("kind", "")
        return cls(
            text=_without_nul(typed.get("text", ""))[:MAX_TEXT].strip(),
            outcome=outcome if outcome in OUTCOMES else "",
            kind=kind if kind in KINDS else "",
            role=_without_nul(typed.get("role", ""))[:100],
            starred=bool(typed.get("starred")),
            everywhere=bool(typed.get("everywhere")),
        )

    @property
    def words(self) -> list[str]:
        return self.text.casefold().split()

    @property
    def in_url(self) -> dict[str, str]:
        """For addresses: without the text, which may be of somebody's personal data."""
        flags = {"starred": self.starred, "everywhere": self.everywhere}
        chosen = {"outcome": self.outcome, "kind": self.kind, "role": self.role}
        chosen |= {name: "1" for name, is_set in flags.items() if is_set}
        return {name: value for name, value in chosen.items() if value}

    @property
    def narrow(self) -> bool:
        """Whether some runs may not be shown."""
        return bool(self.text or self.in_url.keys() - {"everywhere"})


def find_runs(user: User, target: Target | None, filters: Filters) -> RunQuerySet:
    """The teammate's own runs that match, the newest first, without what they sent.

    Raises StillBusy: a text is looked for in one search of a teammate at a time.
    """
    runs = Run.objects.visible_to(user).of_target(None if filters.everywhere else target)
    runs = runs.of_outcome(filters.outcome).of_kind(filters.kind)
    if filters.role:
        runs = runs.filter(role=filters.role)
    if filters.starred:
        runs = runs.filter(starred=True)
    if filters.words:
        with own_turn(user.pk):
            in_documents = list(_matching_documents(runs, filters.words))
        runs = runs.filter(_in_plain_columns(filters.words) | Q(pk__in=in_documents))
    return runs.defer("sealed")


def _without_nul(text: str) -> str:
    """No run holds a NUL, and PostgreSQL takes none to look for."""
    return text.replace("\x00", "")


def roles_of(user: User) -> list[str]:
    """The roles of the teammate's runs, to choose from."""
    runs = Run.objects.visible_to(user).exclude(role="")
    return sorted(runs.order_by().values_list("role", flat=True).distinct()[:100])


def _in_plain_columns(words: list[str]) -> Q:
    """Every word stands in one of the columns."""
    found = Q()
    for word in words:
        somewhere = Q(outcome__in=_outcomes_called(word))
        for column in PLAIN:
            somewhere |= Q(**{f"{column}__icontains": word})
        found &= somewhere
    return found


def _outcomes_called(word: str) -> list[str]:
    """The outcomes whose words on the screen, other than their names, contain `word`."""
    return [outcome for outcome, words in WORDS.items() if word in words.casefold()]


def _matching_documents(runs: RunQuerySet, words: list[str]) -> Iterator[UUID]:
    """The ids of the newest runs in which every word stands, in what they sent or plainly.

    In strings it is found as it reads: an é also where it is written as an escape.
    """
    patterns = [(word, Term(word).pattern) for word in words]
    for start in range(0, SEARCHED_DOCUMENTS, BATCH):
        batch = list(runs[start : min(start + BATCH, SEARCHED_DOCUMENTS)])
        yield from (run.pk for run in batch if _holds(run, patterns))
        if len(batch) < BATCH:
            return


def _holds(run: Run, words: list[tuple[str, re.Pattern[bytes]]]) -> bool:
    try:
        sent = open_sent(run)
    except SentUnreadable:
        return False
    plain = [str(getattr(run, column)) for column in PLAIN]
    text = "\n".join([sent.query, sent.variables, run.outcome_in_words, *plain]).casefold()
    as_sent = f"{sent.query}\n{sent.variables}".encode(errors="replace")
    return all(word in text or pattern.search(as_sent) for word, pattern in words)
