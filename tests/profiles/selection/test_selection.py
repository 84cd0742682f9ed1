"""A page shows and writes what its address names: over two tabs, organizations and teammates."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from console.accounts.models import AccountSubmission, SubmissionState
from console.profiles.editing import saving
from console.profiles.models import CredentialProfile, Environment
from console.profiles.selection import NO_TARGET
from console.profiles.selection.credential_state import credential_state
from console.profiles.targets import Target
from console.team.groups import OPERATIONS
from console.team.models import User
from console.upstream.systems import System
from console.vault.secret import Secret
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import GLOBEX_DPAAS, READER_DPAAS
from tests.factories import (
    NOBODY_LISTENS,
    AccountSubmissionFactory,
    DpaasProfileFactory,
    DxtraProfileFactory,
)
from tests.services.profiles import client_of, opened_by, screen_of, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

ACME, GLOBEX = "/dpaas/acme/accounts/", "/dpaas/globex/accounts/"
PART = {"HX-Request": "true", "HX-Target": "list-rows"}
MUTATION = 'mutation { insert_dataSubjects(objects: [{did: "d"}]) { affected_rows } }'


@pytest.fixture
def alice(alice: User) -> User:
    """In the group Operations."""
    alice.groups.add(Group.objects.get(name=OPERATIONS))
    return alice


@pytest.fixture
def acme(alice: User, dpaas: DpaasUpstream, reachable: None) -> CredentialProfile:
    profile: CredentialProfile = DpaasProfileFactory(
        owner=alice, name="Of acme", base_url=dpaas.url
    )
    return profile


@pytest.fixture
def globex(acme: CredentialProfile, alice: User, dpaas: DpaasUpstream) -> CredentialProfile:
    profile: CredentialProfile = DpaasProfileFactory(
        owner=alice, name="Of globex", base_url=dpaas.url, person=GLOBEX_DPAAS
    )
    return profile


@pytest.fixture
def dxtra_profile(dxtra_profile: CredentialProfile) -> CredentialProfile:
    return CredentialProfile.objects.get(pk=dxtra_profile.pk)


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


def names(dpaas: DpaasUpstream, organization: str) -> set[str]:
    id = dpaas.data.organizations[organization]["id"]
    return {each["name"] for each in dpaas.data.accounts if each["organization_id"] == id}


def ids(dpaas: DpaasUpstream, organization: str) -> set[str]:
    id = dpaas.data.organizations[organization]["id"]
    return {each["id"] for each in dpaas.data.accounts if each["organization_id"] == id}


def rows(response: Any) -> set[str]:
    """The ids of the accounts in the table."""
    return set(re.findall(r'data-copy="([^"]*)"', text(response)))


def chips(response: Any) -> list[str]:
    return re.findall(r'<bdi class="using-name">(.*?)</bdi>', text(response))


def title(response: Any) -> str:
    return unescape(re.findall(r"<title>(.*?)</title>", text(response))[0])


def opened(client: Client, address: str) -> dict[str, str]:
    """The hidden fields of the form at `address`, as a browser would send them."""
    page = text(client.get(address, follow=True))
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def exchange(profile: CredentialProfile, secret: str) -> None:
    """Its owner types another secret into the profile's form."""
    saving.save_profile(
        CredentialProfile.objects.get(pk=profile.pk), secret=Secret(secret), checked=None
    )


def point_at_globex(profile: CredentialProfile) -> None:
    changed = CredentialProfile.objects.get(pk=profile.pk)
    changed.organization_slug, changed.email = "globex", GLOBEX_DPAAS.email
    saving.save_profile(changed, secret=Secret(GLOBEX_DPAAS.password), checked=None)


# --- two tabs ---


def test_an_account_is_created_where_the_form_was_opened_whatever_another_tab_uses(
    client, acme, globex, dpaas
):
    fields = opened(client, f"{ACME}new/")
    assert client.get(GLOBEX).status_code == 200
    answer = client.post(f"{ACME}new/", {**fields, "name": "Made in a tab", "submission": uuid4()})
    assert "Made in a tab" in names(dpaas, "acme") - names(dpaas, "globex")
    assert answer["Location"].startswith(f"{ACME}?created=")


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "htmx"])
def test_a_list_sorted_after_another_tab_switched_shows_the_rows_of_its_path(
    client, acme, globex, dpaas, headers: dict[str, str]
):
    client.get(ACME)
    client.get(GLOBEX)
    sorted_list = client.get(ACME, {"order_by": "name"}, headers=headers)
    assert len(rows(sorted_list)) == 20
    assert rows(sorted_list) <= ids(dpaas, "acme")


def test_heading_title_rows_and_chip_of_a_page_name_one_target(client, acme, globex, dpaas):
    client.get(GLOBEX)
    page = client.get(ACME)
    assert title(page) == "Accounts · acme · Gatehouse"
    assert "<b><bdi>acme</bdi></b>" in text(page)
    assert chips(page)[0] == "acme"
    assert len(rows(page)) == 20
    assert rows(page) <= ids(dpaas, "acme")


def test_a_failed_form_is_redrawn_for_the_target_of_its_path(client, acme, globex):
    client.get(GLOBEX)
    page = client.post(f"{ACME}new/", {"name": "", "opened_with": credential_state(acme)})
    assert page.status_code == 422
    assert f'action="{ACME}new/"' in text(page)
    assert chips(page)[0] == "acme"


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("?order_by=name&quantity=50&page=3", "?order_by=name&quantity=50"),
        ("new/", "new/"),
        ("", ""),
    ],
)
def test_the_chips_lead_to_the_same_screen_of_the_other_target(
    client, acme, globex, here: str, there: str
):
    page = unescape(text(client.get(f"{ACME}{here}")))
    assert f'<a class="menu-choice menu-other" href="{GLOBEX}{there}">' in page


def test_from_another_system_or_screen_the_chips_lead_to_the_main_screen(
    client, acme, globex, dxtra_profile
):
    for address in ("/calls/", "/profiles/", screen_of(dxtra_profile)):
        page = text(client.get(address))
        assert f'href="{ACME}">' in page
        assert f'href="{GLOBEX}">' in page
    assert f'href="{screen_of(dxtra_profile)}"' in text(client.get(ACME))


@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "htmx"])
@pytest.mark.parametrize("address", ["accounts/", "accounts/new/", "users/"])
def test_short_addresses_lead_to_the_target_used_last(
    client, acme, globex, address: str, headers: dict[str, str]
):
    for target in ("globex", "acme"):
        assert client.get(f"/dpaas/{target}/users/").status_code == 200
        answer = client.get(f"/{address}?order_by=name", headers=headers)
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"/dpaas/{target}/{address}?order_by=name",
        )


def test_a_form_sent_to_a_short_address_creates_nothing_and_keeps_what_was_typed(
    client, acme, globex, dpaas
):
    page = client.post("/accounts/new/", {"name": "Typed", "submission": uuid4()})
    assert page.status_code == 409
    assert NO_TARGET in text(page)
    assert 'value="Typed"' in text(page)
    assert f'action="{ACME}new/"' in text(page)
    assert dpaas.stats.counts.creates == 0


# --- two teammates ---


def test_a_link_shows_a_colleague_the_same_organization_by_a_profile_of_their_own(
    client, acme, bob, dpaas
):
    DpaasProfileFactory(owner=bob, base_url=dpaas.url, person=GLOBEX_DPAAS)
    DpaasProfileFactory(owner=bob, base_url=dpaas.url, person=READER_DPAAS, name="Mine")
    page = client_of(bob).get(f"{ACME}?profile={acme.pk}")
    assert len(rows(page)) == 20
    assert rows(page) <= ids(dpaas, "acme")
    assert chips(page)[0] == "acme"


@pytest.mark.parametrize("address", ["accounts/", "accounts/new/", "users/", "accounts/?page=9"])
@pytest.mark.parametrize("part", [False, True])
def test_who_has_no_profile_for_a_target_is_told_so_and_offered_one_filled_in(
    alice, client, globex, dpaas, address: str, part: bool
):
    CredentialProfile.objects.filter(organization_slug="acme").delete()
    name = "list-rows"
    headers = {**PART, "HX-Target": "account-form" if "new" in address else name} if part else {}
    page = client.get(f"/dpaas/acme/{address}", headers=headers)
    assert page.status_code == 404
    assert "You have no profile for acme" in text(page)
    assert "No accounts yet" not in text(page)
    assert (rows(page), dpaas.stats.counts.connections) == (set(), 0)
    add = unescape(re.findall(r'class="button" href="([^"]*)">Add one', text(page))[0])
    form = text(client.get(add))
    assert 'value="acme"' in form
    assert f'value="{dpaas.url}"' in form


def test_of_dxtra_too(bob, dxtra_profile, dxtra):
    page = client_of(bob).get(screen_of(dxtra_profile))
    assert page.status_code == 404
    assert f"You have no profile for {dxtra_profile.target.name}" in text(page)


def test_only_an_allowed_address_is_filled_in(client, reachable, dpaas):
    form = text(
        client.get("/profiles/new/dpaas/?base_url=https://evil.example&organization_slug=a")
    )
    assert "evil.example" not in form.replace("base_url=https://evil.example", "")
    assert f'value="{dpaas.url}"' in form


def test_two_hosts_with_an_organization_of_one_name_are_two_targets(client, alice, acme, dpaas):
    there = DpaasProfileFactory(owner=alice, name="There", base_url=NOBODY_LISTENS)
    assert screen_of(there) == "/dpaas/acme@127.0.0.1:9/accounts/"
    assert client.get(screen_of(there)).status_code == 502
    page = client.get(ACME)
    assert (page.status_code, chips(page)[0]) == (200, "acme")
    assert 'href="/dpaas/acme@127.0.0.1:9/accounts/">' in text(page)


@pytest.mark.parametrize("slug", ["ação", "a/b", "..", "a b", "<b>", "%2F", "x" * 100, "a?b#c"])
def test_an_organization_of_any_name_has_its_pages(alice, client, acme, slug: str):
    odd = DpaasProfileFactory(owner=alice, name="Odd", base_url=NOBODY_LISTENS)
    CredentialProfile.objects.filter(pk=odd.pk).update(organization_slug=slug)
    odd.refresh_from_db()
    for screen in ("accounts", "account_new", "users"):
        page = client.get(screen_of(odd, screen))
        assert page.status_code in ((200,) if screen == "account_new" else (502, 503))
        assert unescape(chips(page)[0]) == f"{slug}@127.0.0.1:9"
        in_header_and_tabs = 0 if screen == "account_new" else 2
        assert page.content.count(b'aria-current="page"') == in_header_and_tabs


@pytest.mark.parametrize("slug", ["%00", "%FF", "a%20b", "acme@", "a@b@c", "acme@host~%20", "%25"])
def test_an_address_that_names_nothing_is_404(client, acme, slug: str):
    for rest in ("accounts/", "accounts/new/", "users/", f"accounts/submissions/{uuid4()}/"):
        assert client.get(f"/dpaas/{slug}/{rest}").status_code == 404
        assert client.post(f"/dpaas/{slug}/{rest}").status_code in (404, 405)
    assert client.get(f"/dxtra/{slug}/graphql/").status_code == 404


# --- two profiles of one target ---


def test_two_profiles_of_one_target_are_told_apart_by_the_address(client, alice, acme, dpaas):
    other = DpaasProfileFactory(owner=alice, name="Reader", base_url=dpaas.url, person=READER_DPAAS)
    first = client.get(ACME)
    assert first["Location"] == f"{ACME}?profile={acme.pk}"
    page = client.get(f"{ACME}new/?profile={other.pk}")
    assert "with the profile <b><bdi>Reader</bdi></b>" in text(page)
    assert f'action="{ACME}new/?profile={other.pk}"' in text(page)
    assert f'href="{ACME}new/?profile={acme.pk}"' in text(page)
    assert client.get("/accounts/")["Location"] == f"{ACME}?profile={other.pk}"


def test_a_form_is_sent_with_the_profile_that_it_was_opened_with(client, alice, acme, dpaas):
    other = DpaasProfileFactory(owner=alice, name="Reader", base_url=dpaas.url, person=READER_DPAAS)
    fields = opened(client, f"{ACME}new/?profile={other.pk}")
    client.get(f"{ACME}?profile={acme.pk}")
    client.post(f"{ACME}new/", {**fields, "name": "By the reader"})
    assert AccountSubmission.objects.get().profile_id == other.pk


@pytest.mark.parametrize("named", ["of a colleague", "of another target", "nonsense"])
def test_a_profile_that_does_not_answer_for_the_target_is_ignored(
    client, acme, globex, bob, dpaas, named: str
):
    of_bob = DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    pk = {"of a colleague": of_bob.pk, "of another target": globex.pk}.get(named, "x")
    page = client.get(f"{ACME}?profile={pk}")
    assert (page.status_code, chips(page)[0]) == (200, "acme")


# --- the credential changes while a form is open ---

Change = Callable[[CredentialProfile], None]


def delete(profile: CredentialProfile) -> None:
    CredentialProfile.objects.filter(pk=profile.pk).delete()


def edit(profile: CredentialProfile) -> None:
    changed = CredentialProfile.objects.get(pk=profile.pk)
    changed.environment = Environment.PRODUCTION
    saving.save_profile(changed, secret=None, checked=None)


CHANGES: list[tuple[Change, str]] = [
    (lambda profile: exchange(profile, "another"), "The credential of acme was changed at"),
    (edit, "The profile Of acme was edited after this form was opened."),
    (delete, "The profile that this form was opened with was deleted."),
    (point_at_globex, "The profile Of acme was moved to globex after this form was opened."),
]


@pytest.mark.parametrize(("change", "words"), CHANGES, ids=["secret", "edit", "delete", "move"])
@pytest.mark.parametrize("left", ["none", "another"], ids=["no profile left", "another left"])
def test_a_create_is_not_sent_with_a_credential_that_changed_since_the_form_was_opened(
    client, alice, acme, dpaas, change: Change, words: str, left: str
):
    if left == "another":
        DpaasProfileFactory(owner=alice, name="Reader", base_url=dpaas.url, person=READER_DPAAS)
    fields = opened(client, f"{ACME}new/")
    change(acme)
    sent = {**fields, "name": "Søn <b>", "is_default": "on"}
    page = client.post(f"{ACME}new/", sent)
    assert page.status_code == 409
    assert words in text(page)
    assert "Nothing was sent." in text(page)
    assert 'value="Søn &lt;b&gt;"' in text(page)
    assert " checked" in text(page)
    assert f'action="{ACME}new/' in text(page)
    assert AccountSubmission.objects.count() == dpaas.stats.counts.connections == 0


def test_the_redrawn_form_carries_the_new_state_and_can_be_sent(client, acme, dpaas):
    fields = opened(client, f"{ACME}new/")
    edit(acme)
    page = client.post(f"{ACME}new/", {**fields, "name": "Checked"})
    state = re.findall(r'name="opened_with" value="([^"]*)"', text(page))[0]
    assert state != fields["opened_with"]
    now = {"opened_with": state, "typed_name": "acme"}  # `edit` marks it production
    client.post(f"{ACME}new/", {**fields, "name": "Checked", **now})
    assert "Checked" in names(dpaas, "acme")


def test_the_redrawn_part_brings_heading_and_chip_along(client, acme):
    """Else the page goes on saying "local" above a button that says "production"."""
    fields = opened(client, f"{ACME}new/")
    edit(acme)
    part = {"HX-Request": "true", "HX-Target": "account-form"}
    page = client.post(f"{ACME}new/", {**fields, "name": "Checked"}, headers=part)
    assert (page.status_code, "<html" in text(page)) == (409, False)
    environment = re.findall(r'<span id="of-environment" hx-swap-oob="true">.*', text(page))
    assert ["badge is-production" in each for each in environment] == [True]
    header = text(page).partition('<header id="masthead" class="masthead" hx-swap-oob="true">')[2]
    assert "is-production" in header.partition("</header>")[0]


@pytest.mark.parametrize(
    "state", ["x", "none", "..", "\x00", "00000000-0000-4000-8000-000000000000.1.2", "é" * 3000]
)
def test_a_state_that_is_none_of_ours_sends_nothing(client, acme, dpaas, state: str):
    page = client.post(f"{ACME}new/", {"name": "Name", "opened_with": state})
    assert (page.status_code, dpaas.stats.counts.creates) == (409, 0)


def test_a_refreshed_token_changes_nothing_for_an_open_form(client, acme, dpaas):
    fields = opened(client, f"{ACME}new/")
    client.get(ACME)
    client.post(f"/profiles/{acme.pk}/refresh/")
    client.post(f"{ACME}new/", {**fields, "name": "Refreshed meanwhile"})
    assert "Refreshed meanwhile" in names(dpaas, "acme")


@pytest.mark.parametrize("confirmed", [False, True], ids=["asked", "confirmed"])
@pytest.mark.parametrize("part", [False, True])
def test_a_mutation_is_not_sent_with_a_credential_that_was_exchanged(
    client, dxtra_profile, dxtra: DxtraUpstream, confirmed: bool, part: bool
):
    address = screen_of(dxtra_profile)
    typed = {**opened(client, address), "query": MUTATION}
    if confirmed:
        question = text(client.post(address, typed))
        typed["confirm"] = re.findall(r'name="confirm" value="([^"]*)"', question)[0]
    exchange(dxtra_profile, "another")
    headers = {"HX-Request": "true", "HX-Target": "graphql-result"} if part else {}
    page = client.post(address, typed, headers=headers)
    assert page.status_code == 409
    assert f"The credential of {dxtra_profile.target} was changed at" in text(page)
    assert "insert_dataSubjects" in text(page)
    assert "Run the mutation" not in text(page)
    assert dxtra.stats.counts.connections == 0
    if part:
        assert page["HX-Retarget"] == "#graphql-work"


def test_a_confirmation_does_not_outlive_an_exchanged_credential(
    client, dxtra_profile, dxtra: DxtraUpstream
):
    """Whatever the form's own field says: the confirmation by itself is for the old credential."""
    address, kind = screen_of(dxtra_profile), System.DXTRA
    question = text(client.post(address, {"query": MUTATION, **opened_by(kind=kind)}))
    confirmation = re.findall(r'name="confirm" value="([^"]*)"', question)[0]
    exchange(dxtra_profile, "another")
    sent = {"query": MUTATION, "confirm": confirmation, **opened_by(kind=kind)}
    page = text(client.post(address, sent))
    assert "the mutation changed after you confirmed it" in page
    assert dxtra.stats.counts.connections == 0


def test_a_query_goes_to_the_endpoint_of_its_path_whatever_another_tab_uses(
    client, alice, dxtra_profile, dxtra: DxtraUpstream
):
    other = DxtraProfileFactory(owner=alice, name="Nowhere", origin=NOBODY_LISTENS)
    fields = opened(client, screen_of(dxtra_profile))
    client.get(screen_of(other))
    page = client.post(screen_of(dxtra_profile), {**fields, "query": "{ dataControllers { id } }"})
    assert (page.status_code, dxtra.stats.counts.api_calls) == (200, 1)
    assert chips(page)[1] == dxtra_profile.target.name


# --- creates in doubt ---


def in_doubt(profile: CredentialProfile, **columns: Any) -> AccountSubmission:
    row: AccountSubmission = AccountSubmissionFactory(
        user=profile.owner, profile=profile, state=SubmissionState.UNKNOWN, name="Lost", **columns
    )
    return row


def test_a_create_in_doubt_is_sent_again_to_the_target_that_its_page_names(
    client, acme, globex, dpaas
):
    row = in_doubt(acme)
    client.get(GLOBEX)
    page = client.get(f"{ACME}submissions/{row.pk}/")
    assert "<dt>Organization</dt> <dd> <bdi>acme</bdi> </dd>" in text(page)
    assert f'action="{ACME}new/"' in text(page)
    fields = opened(client, f"{ACME}submissions/{row.pk}/")
    client.post(f"{ACME}new/", {**fields, "name": "Lost"})
    assert "Lost" in names(dpaas, "acme") - names(dpaas, "globex")


def test_its_page_names_its_target_after_the_profile_was_moved_or_deleted(
    client, acme, globex, dpaas
):
    row = in_doubt(acme)
    for change in (point_at_globex, delete):
        change(acme)
        page = text(client.get(f"{ACME}submissions/{row.pk}/"))
        assert "<dt>Organization</dt> <dd> <bdi>acme</bdi> </dd>" in page
        assert "You no longer have a profile for <bdi>acme</bdi>" in page
        assert "/dpaas/globex/accounts/new/" not in page.partition("<main")[2]
        client.post(f"{ACME}submissions/{row.pk}/reconcile/")
    assert dpaas.stats.counts.connections == 0


def test_a_retry_is_not_sent_with_a_credential_that_was_exchanged(client, acme, dpaas):
    row = in_doubt(acme)
    fields = opened(client, f"{ACME}submissions/{row.pk}/")
    exchange(acme, "another")
    assert client.post(f"{ACME}new/", {**fields, "name": "Lost"}).status_code == 409
    assert dpaas.stats.counts.connections == 0


def test_a_list_reminds_of_the_creates_in_doubt_of_its_own_target(client, acme, globex):
    row = in_doubt(acme)
    assert f"{ACME}submissions/{row.pk}/" in text(client.get(ACME))
    assert str(row.pk) not in text(client.get(GLOBEX))


def test_a_submission_is_found_under_its_own_target_and_its_old_address_leads_there(
    client, acme, globex, bob
):
    row = in_doubt(acme)
    old = f"/accounts/submissions/{row.pk}/"
    assert client.get(old)["Location"] == f"{ACME}submissions/{row.pk}/"
    assert client.get(f"{GLOBEX}submissions/{row.pk}/").status_code == 404
    assert client_of(bob).get(old).status_code == 404
    assert client_of(bob).get(f"{ACME}submissions/{row.pk}/").status_code == 404


def test_an_account_of_another_target_is_not_announced(client, acme, globex):
    row = in_doubt(acme)
    AccountSubmission.objects.filter(pk=row.pk).update(state=SubmissionState.CREATED)
    assert "was created" in text(client.get(f"{ACME}?created={row.pk}"))
    assert "was created" not in text(client.get(f"{GLOBEX}?created={row.pk}"))


def test_one_form_sent_to_two_targets_is_two_creates(client, acme, globex, dpaas):
    fields = {"name": "Twice", "submission": str(uuid4())}
    client.post(f"{ACME}new/", fields | {"opened_with": credential_state(acme)})
    page = client.post(f"{GLOBEX}new/", fields | {"opened_with": credential_state(globex)})
    assert page.status_code == 422
    assert f'href="{ACME}submissions/{fields["submission"]}/"' in text(page)
    assert "Twice" not in names(dpaas, "globex")


# --- production ---


def test_production_shows_in_title_heading_chip_icon_and_buttons(client, acme, dxtra_profile):
    CredentialProfile.objects.update(environment=Environment.PRODUCTION)
    badge = '<span class="badge is-production">production</span>'
    for address, name, button in (
        (ACME, "Accounts · acme", ""),
        (f"{ACME}new/", "New account · acme", "Create in <bdi>acme · production</bdi>"),
        ("/dpaas/acme/users/", "Users · acme", ""),
        (
            screen_of(dxtra_profile),
            f"GraphQL · {dxtra_profile.target}",
            f"Run on <bdi>{dxtra_profile.target} · production</bdi>",
        ),
    ):
        page = client.get(address)
        head, _, main = text(page).partition("<main")
        assert title(page) == f"{name} · production · Gatehouse"
        assert "favicon-production" in head
        assert "using-one is-production" in head
        assert 'aria-label="Production"' in head
        assert badge in main
        assert button in main


@pytest.mark.parametrize("environment", ["staging", "test", "local"])
def test_any_other_environment_is_quiet(client, acme, environment: str):
    CredentialProfile.objects.update(environment=environment)
    page = text(client.get(f"{ACME}new/"))
    assert f'<span class="environment">{environment}</span>' in page
    assert "production" not in page
    assert ">Create account " in page


def test_a_new_profile_is_taken_for_local_on_loopback_and_for_production_elsewhere(
    client, settings, reachable, dpaas
):
    assert '<option value="local" selected>' in text(client.get("/profiles/new/dpaas/"))
    settings.DPAAS_BASE_URL = "https://dpaas.example"
    assert '<option value="production" selected>' in text(client.get("/profiles/new/dpaas/"))


def test_who_owns_a_target_is_read_from_settings_and_profile_alone(acme, settings):
    assert Target.parse("dpaas", "acme") == acme.target
    settings.DPAAS_BASE_URL = "https://elsewhere.example"
    assert Target.parse("dpaas", "acme") != acme.target
