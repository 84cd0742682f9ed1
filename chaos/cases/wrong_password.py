"""The upstream refuses the stored credential: the console tries it once, and then no more."""

from dataclasses import dataclass, replace

from chaos import naive_processes
from chaos.clients import Client, Response, in_parallel
from chaos.harness import Harness, Site
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict
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
    saying_why: int = 0  # pages that say that the credential was refused

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.profiles} profiles, {self.calls} calls, {self.edits} edits",
            f"{self.first_sign_ins} sign-ins for {self.profiles} wrong credentials, "
            f"{self.sign_ins_after_edits} after {self.edits} edits; "
            f"{self.saying_why} of {self.calls} pages say why",
            self.first_sign_ins == self.profiles > 0
            and self.sign_ins_after_edits == self.edits
            and self.saying_why == self.calls,
        )


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    for database in harness.databases:
        upstreams = harness.start_upstreams()
        site = harness.start_site(database, upstreams, workers=4, threads=8)
        for upstream in upstreams.both:
            upstream.accept(OPS_DPAAS.email, False)  # the same person at both
            tally.profiles += 1
            tally.first_sign_ins += _call(site, upstream, harness.scaled(CALLS), tally)
            for _ in range(EDITS):
                site.clients[0] = _edit(site.clients[0], upstream)
                tally.edits += 1
                tally.sign_ins_after_edits += _call(site, upstream, harness.scaled(CALLS), tally)
        site.console.kill()
        harness.log(f"{database} done")
    return tally.verdict()


def _call(site: Site, upstream: Upstream, count: int, tally: Tally) -> int:
    """Call in bursts; return how many sign-ins the upstream saw for it."""
    before = upstream.stats()["sign_in_calls"]
    responses: list[Response] = []
    while len(responses) < count:
        responses += in_parallel([lambda: site.clients[0].call(upstream.name)] * BURST)
    tally.calls += len(responses)
    tally.saying_why += sum(
        response.is_page_of_ours and REFUSED in response.text for response in responses
    )
    return upstream.stats()["sign_in_calls"] - before


def _edit(client: Client, upstream: Upstream) -> Client:
    """Type another secret, without the check: the next call tries it. Returns the client with the
    forms of afterwards."""
    if upstream.name == "DPaaS":
        profile = client.dpaas
        form = {
            "base_url": upstream.url,
            "dpaas_email": OPS_DPAAS.email,
            "dpaas_secret": OPS_DPAAS.password,
            "organization_slug": OPS_DPAAS.organization_slug,
        }
    else:
        profile = client.dxtra
        form = {
            "auth_url": f"{upstream.url}/v1",
            "graphql_url": f"{upstream.url}/v1/graphql",
            "personal_access_token": OPS_DXTRA.personal_access_token,
        }
    form |= {"name": "Sandbox", "save_unchecked": "1"}
    path = f"/profiles/{profile}/edit/"
    response = client.post(path, form | {"opened_with": client.opened_with(path)})
    assert response.status == 302, f"the edit returned {response.status}"
    return replace(client, dxtra_state=client.opened_with(client.graphql))


def naive(harness: Harness) -> Verdict:
    """The seeds' scripts sign in before each call."""
    upstream = harness.start_upstreams().dpaas
    upstream.accept(OPS_DPAAS.email, False)
    calls = harness.scaled(CALLS)
    process = naive_processes.start(
        "SignsInAlways", harness.folder / "naive", upstream.url, calls=max(BURST, calls)
    )
    made, arrived = len(naive_processes.results([process])), upstream.stats()["sign_in_calls"]
    return Verdict(f"{made} calls", f"{arrived} sign-ins for {made} calls", arrived == 1)


CASE = Case(
    "wrong-password",
    "wrong password, or personal access token, on each database",
    "1 sign-in, then none until the profile is edited",
    measure,
    naive,
)
