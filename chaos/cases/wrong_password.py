"""The upstream refuses the stored credential: it is asked once, and then no more."""

from dataclasses import dataclass

from chaos import naive_processes
from chaos.callers import Answer, Caller, at_once
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop
from sandbox.people import OPS_DPAAS, OPS_DXTRA

CALLS = 200  # for each profile, in bursts over four processes
BURST = 20
EDITS = 2
REFUSED = "refused"


@dataclass
class Tally:
    profiles: int = 0
    calls: int = 0
    first_sign_ins: int = 0
    sign_ins_after_edits: int = 0
    edits: int = 0
    told: int = 0  # pages that say that the credential was refused

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.profiles} profiles, {self.calls} calls, {self.edits} edits",
            f"{self.first_sign_ins} sign-ins for {self.profiles} wrong credentials, "
            f"{self.sign_ins_after_edits} after {self.edits} edits; "
            f"{self.told} of {self.calls} pages say why",
            self.first_sign_ins == self.profiles > 0
            and self.sign_ins_after_edits == self.edits
            and self.told == self.calls,
        )


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    for database in place.databases:
        judges = place.upstreams()
        site = place.site(database, judges, workers=4, threads=8)
        for judge in judges.both:
            judge.accept(OPS_DPAAS.email, False)  # the same person at both
            tally.profiles += 1
            tally.first_sign_ins += _call(site, judge, place.times(CALLS), tally)
            for _ in range(EDITS):
                _edit(site.callers[0], judge)
                tally.edits += 1
                tally.sign_ins_after_edits += _call(site, judge, place.times(CALLS), tally)
        site.console.stop()
        place.say(f"{database} done")
    return tally.verdict()


def _call(site: Site, judge: Upstream, count: int, tally: Tally) -> int:
    """Call in bursts; return how many sign-ins the upstream saw for it."""
    before = judge.stats()["sign_in_calls"]
    answers: list[Answer] = []
    while len(answers) < count:
        answers += at_once([lambda: site.callers[0].ask(judge.name)] * BURST)
    tally.calls += len(answers)
    tally.told += sum(answer.is_page_of_ours and REFUSED in answer.text for answer in answers)
    return judge.stats()["sign_in_calls"] - before


def _edit(caller: Caller, judge: Upstream) -> None:
    """Type another secret, without the check: the next call tries it."""
    if judge.name == "DPaaS":
        profile = caller.dpaas
        form = {
            "base_url": judge.url,
            "email": OPS_DPAAS.email,
            "password": OPS_DPAAS.password,
            "organization_slug": OPS_DPAAS.organization_slug,
        }
    else:
        profile = caller.dxtra
        form = {
            "auth_url": f"{judge.url}/v1",
            "graphql_url": f"{judge.url}/v1/graphql",
            "personal_access_token": OPS_DXTRA.personal_access_token,
        }
    form |= {"name": "Sandbox", "save_unchecked": "1"}
    done = caller.post(f"/profiles/{profile}/edit/", form)
    assert done.status == 302, f"the edit was answered {done.status}"


def naive(place: Workshop) -> Verdict:
    """The seeds' scripts sign in before each call."""
    judge = place.upstreams().dpaas
    judge.accept(OPS_DPAAS.email, False)
    calls = place.times(CALLS)
    client = naive_processes.start(
        "SignsInAlways", place.folder / "naive", judge.url, calls=max(BURST, calls)
    )
    made, arrived = len(naive_processes.results([client])), judge.stats()["sign_in_calls"]
    return Verdict(f"{made} calls", f"{arrived} sign-ins for {made} calls", arrived == 1)


CASE = Case(
    "wrong-password",
    "wrong password, or personal access token, on each database",
    "1 sign-in, then none until the profile is edited",
    measure,
    naive,
)
