"""Creates whose response is lost; each form is sent from two tabs, twice from one, and again."""

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from chaos.clients import Client, Response, in_parallel
from chaos.harness import Harness, Site
from chaos.naive import Naive, Row, create_account
from chaos.proxy import NO_FAULT, Fault, Proxy, always
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict

CREATES = 50  # on each database
SETTLING_SECONDS = 15.0
DEADLINE = 3.0  # seconds for a call, so that those without any response end soon
# The sandbox creates, and loses the response; or the proxy loses the response or the request.
BY_THE_SANDBOX: tuple[dict[str, Any], ...] = (
    {"lose_answer": True},
    {"reset": True},
    {"work": True, "cut_after": 5},
    {"work": True, "cut_head_after": 10},
    {"work": True, "html": True, "status": 504},
    {"work": True, "hang": DEADLINE + 2},
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
LOSSES: tuple[Mapping[str, Any] | Fault, ...] = tuple(
    loss for pair in zip_longest(BY_THE_SANDBOX, BY_THE_PROXY) for loss in pair if loss
)


@dataclass
class Tally:
    creates: int = 0
    shown_unknown: int = 0
    arrived_twice: int = 0
    settled_rightly: int = 0
    created: int = 0  # by the sandbox, although its response was lost
    posts: int = 0

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.creates} creates, each form sent {self.posts // max(1, self.creates)} times",
            f"{self.shown_unknown} of {self.creates} shown as unknown, {self.arrived_twice} sent "
            f"twice; reconciling settled {self.settled_rightly} rightly "
            f"({self.created} created, {self.creates - self.created} not found)",
            self.shown_unknown == self.settled_rightly == self.creates > 0
            and not self.arrived_twice,
        )


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    for database in harness.databases:
        upstreams = harness.start_upstreams()
        proxy = harness.start_proxy(upstreams.dpaas)
        site = harness.start_site(
            database,
            upstreams,
            dpaas=proxy.url,
            workers=2,
            threads=4,
            environment={"DPAAS_DEADLINE": str(DEADLINE)},
        )
        site.settle(site.clients[0], upstreams.dpaas)
        for number in range(harness.scaled(CREATES)):
            _create(site, upstreams.dpaas, proxy, LOSSES[number % len(LOSSES)], tally)
        site.console.kill()
        harness.log(f"{database} done")
    return tally.verdict()


def _create(
    site: Site,
    upstream: Upstream,
    proxy: Proxy,
    loss: Mapping[str, Any] | Fault,
    tally: Tally,
) -> None:
    client, name = site.clients[0], f"Lost {uuid.uuid4().hex}"
    before = upstream.stats()
    if isinstance(loss, Fault):
        proxy.rule = always(loss)
    else:
        upstream.fault(route="POST /accounts", **loss)
    form = {
        "name": name,
        "submission": str(uuid.uuid4()),
        "opened_with": client.dpaas_state,
    }
    # Two tabs, a double click in one of them, and then the back button.
    sent = in_parallel([lambda: client.post(f"{client.accounts}new/", form)] * 3)
    sent.append(client.post(f"{client.accounts}new/", form))
    proxy.rule = always(NO_FAULT)
    upstream.clear_faults()
    unknown = site.control("submissions")[name] == "unknown"
    tally.creates += 1
    tally.posts += len(sent)
    tally.shown_unknown += unknown and all(_shows_unknown(client, response) for response in sent)
    after = upstream.stats()
    created = after["creates"] > before["creates"]
    tally.created += created
    tally.settled_rightly += _reconcile(site, sent[0], name) == (
        "created" if created else "missing"
    )
    arrived = upstream.stats()["create_calls"] - before["create_calls"]
    tally.arrived_twice += arrived > 1


def _shows_unknown(client: Client, response: Response) -> bool:
    """Whether it led to the page that says that the outcome is unknown."""
    page = client.get(response.location) if response.status == 302 else response
    return page.is_page_of_ours and bool(
        re.search(r"We don't know whether it was created", page.text)
    )


def _reconcile(site: Site, sent: Response, name: str) -> str:
    """Press 'Check DPaaS' until it is settled; returns the state of the submission after that."""
    state, give_up_at = "unknown", time.monotonic() + SETTLING_SECONDS
    while state == "unknown" and time.monotonic() < give_up_at:
        site.clients[0].post(f"{sent.location}reconcile/", {})
        state = str(site.control("submissions")[name])
        if state == "unknown":
            time.sleep(1)  # DPaaS is given ten seconds to finish
    return state


def naive(harness: Harness) -> Verdict:
    """A script that sends the create again where no response came."""
    upstream = harness.start_upstreams().dpaas
    row = Row(str(harness.folder / "naive"))
    Naive(row, upstream.url).sign_in()
    creates, twice = harness.scaled(CREATES), 0
    for number in range(creates):
        before = upstream.stats()["create_calls"]
        upstream.fault(route="POST /accounts", **BY_THE_SANDBOX[number % len(BY_THE_SANDBOX)])
        create_account(upstream.url, row.get("access"), f"Lost {time.monotonic_ns()}")
        twice += upstream.stats()["create_calls"] - before > 1
    return Verdict(f"{creates} creates", f"{twice} of {creates} sent twice or more", not twice)


CASE = Case(
    "creates",
    "a create whose answer is lost, on each database: the form sent from two tabs, by a double "
    "click, and by the back button",
    "50 of 50 shown as unknown, none sent twice by itself, reconciling settles each",
    measure,
    naive,
)
