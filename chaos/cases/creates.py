"""Creates whose answer is lost; sent doubly, by the back button, and in two tabs."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from chaos.callers import Answer, Caller, at_once, shows
from chaos.naive import Naive, Row, create_account
from chaos.proxy import WELL, Fault, Proxy, always
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

CREATES = 50  # on each database
NEW = "/accounts/new/"
DEADLINE = "1"  # seconds for a call, so that those without any answer end soon
# The sandbox does the work, and its answer is lost; or the proxy loses that, or the request.
BY_THE_SANDBOX: tuple[dict[str, Any], ...] = (
    {"lose_answer": True},
    {"reset": True},
    {"work": True, "cut_after": 5},
    {"work": True, "cut_head_after": 10},
    {"work": True, "html": True, "status": 504},
    {"work": True, "hang": 3},
)
BY_THE_PROXY = (
    Fault(lose_answer=True),
    Fault(lose_request=True),
    Fault(reset_after=0),
    Fault(cut_after=30),
    Fault(half_close_after=30),
    Fault(drip=0.2),
    Fault(black_hole=True),
)
BY_TURNS = zip_longest(BY_THE_SANDBOX, BY_THE_PROXY)
KINDS: tuple[Mapping[str, Any] | Fault, ...] = tuple(
    kind for pair in BY_TURNS for kind in pair if kind
)


@dataclass
class Tally:
    creates: int = 0
    shown_unknown: int = 0
    arrived_twice: int = 0
    settled_right: int = 0
    made: int = 0  # of them there is an account, as the sandbox knows
    posts: int = 0

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.creates} creates, each form sent {self.posts // max(1, self.creates)} times",
            f"{self.shown_unknown} of {self.creates} shown as unknown, {self.arrived_twice} sent "
            f"twice; looking settled {self.settled_right} rightly ({self.made} created, "
            f"{self.creates - self.made} not found)",
            self.shown_unknown == self.settled_right == self.creates > 0 and not self.arrived_twice,
        )


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    for database in place.databases:
        judges = place.upstreams()
        proxy = place.proxy(judges.dpaas)
        site = place.site(
            database,
            judges,
            dpaas=proxy.url,
            workers=2,
            threads=4,
            environment={"DPAAS_DEADLINE": DEADLINE},
        )
        assert shows(site.callers[0].ask("DPaaS"), "DPaaS"), "it does not work to begin with"
        for number in range(place.times(CREATES)):
            _create(site, judges.dpaas, proxy, KINDS[number % len(KINDS)], tally)
        site.console.stop()
        place.say(f"{database} done")
    return tally.verdict()


def _create(
    site: Site, judge: Upstream, proxy: Proxy, kind: Mapping[str, Any] | Fault, tally: Tally
) -> None:
    caller, name = site.callers[0], f"Lost {uuid.uuid4().hex}"
    before = judge.stats()
    if isinstance(kind, Fault):
        proxy.rule = always(kind)
    else:
        judge.fault(route="POST /accounts", **kind)
    form = {"name": name, "submission": str(uuid.uuid4())}
    # Two tabs, a double click in one of them, and then the back button.
    sent = at_once([lambda: caller.post(NEW, form)] * 3)
    sent.append(caller.post(NEW, form))
    proxy.rule = always(WELL)
    judge.all_well()
    unknown = site.ask("submissions")[name] == "unknown"
    tally.creates += 1
    tally.posts += len(sent)
    tally.shown_unknown += unknown and all(_shows_unknown(caller, answer) for answer in sent)
    after = judge.stats()
    made = after["creates"] > before["creates"]
    tally.made += made
    tally.settled_right += _look(site, sent[0], name) == ("created" if made else "missing")
    arrived = judge.stats()["create_calls"] - before["create_calls"]
    tally.arrived_twice += arrived > 1


def _shows_unknown(caller: Caller, answer: Answer) -> bool:
    """Whether a sending led to the page that says that nobody knows."""
    page = caller.get(answer.location) if answer.status == 302 else answer
    return page.is_page_of_ours and bool(re.search(r"It may exist", page.text))


def _look(site: Site, sent: Answer, name: str) -> str:
    """Press 'Look for it'; the state that the submission has then."""
    site.callers[0].post(f"{sent.location}look/", {})
    return str(site.ask("submissions")[name])


def naive(place: Workshop) -> Verdict:
    """A script that sends the create again where no answer came."""
    judge = place.upstreams().dpaas
    row = Row(str(place.folder / "naive"))
    Naive(row, judge.url).sign_in()
    creates, twice = place.times(CREATES), 0
    for number in range(creates):
        before = judge.stats()["create_calls"]
        judge.fault(route="POST /accounts", **BY_THE_SANDBOX[number % len(BY_THE_SANDBOX)])
        create_account(judge.url, row.get("access"), f"Lost {time.monotonic_ns()}")
        twice += judge.stats()["create_calls"] - before > 1
    return Verdict(f"{creates} creates", f"{twice} of {creates} sent twice or more", not twice)


CASE = Case(
    "creates",
    "a create whose answer is lost, on each database: the form sent from two tabs, by a double "
    "click, and by the back button",
    "50 of 50 shown as unknown, none sent twice by itself, 'look' settles each",
    measure,
    naive,
)
