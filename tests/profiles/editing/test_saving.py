"""What a person types into a profile is sent where it was meant for, kept, and never overwritten
unseen; and every session that a check begins upstream is somebody's."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse

from console.profiles.clients import egress
from console.profiles.editing import saving
from console.profiles.editing.versions import version_of
from console.profiles.lifecycle import lease as leases
from console.profiles.models import CredentialProfile, TokenState
from console.upstream.tokens import TokenSet
from console.vault.keyset import new_keyset
from console.vault.sealing import CannotUnseal, unseal_bytes
from console.vault.secret import Secret
from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.profiles.lifecycle.rows import change, row_of, run_out
from tests.profiles.sealed import profile_with_tokens
from tests.services import profiles
from tests.services.profiles import carried, client_of, text
from tests.services.threads import in_threads
from tests.upstream.servers import answer, answering, listening

pytestmark = pytest.mark.django_db(transaction=True)

PAT = OPS_DXTRA.personal_access_token
BINDING = "bind_secrets_to_their_servers"
MOVED = "You changed the server. Enter the"
HTMX = {"HX-Request": "true", "HX-Target": "profile-form"}


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def elsewhere(settings: Any, reachable: None) -> Any:
    """A server at another origin that the console may call too; it keeps what it receives."""
    with listening(answering(answer())) as server:
        settings.UPSTREAM_ORIGINS = [*settings.UPSTREAM_ORIGINS, server.url]
        egress.cache_clear()
        yield server


def edit(profile: CredentialProfile) -> str:
    return reverse("profile_edit", args=[profile.pk])


def dxtra_form(dxtra: Any, **changes: str) -> dict[str, str]:
    return {
        "name": "Dxtra",
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": "",
        "role": "",
    } | changes


# --- a secret is bound to the servers that it was typed for ---


@pytest.mark.parametrize("button", ["save_checked", "save_unchecked"])
@pytest.mark.parametrize("field", ["base_url", "auth_url", "graphql_url"])
def test_a_profile_that_moves_asks_for_its_secret_again_and_the_new_server_hears_nothing(
    signed_in, dpaas, dxtra, dpaas_profile, dxtra_profile, elsewhere, field, button
):
    profile, form, secret = dpaas_profile, profiles.dpaas_form(dpaas), "dpaas_secret"
    if field != "base_url":
        profile, form, secret = dxtra_profile, dxtra_form(dxtra), "personal_access_token"
    moved = form | {field: elsewhere.url + "/v1", secret: "", button: "1"}
    response = signed_in.post(edit(profile), carried(signed_in.get(edit(profile))) | moved)
    assert response.status_code == 422
    (sentence,) = response.context["form"].errors[secret]
    assert sentence.startswith(MOVED)
    assert ("required" in secret_input(response, secret), elsewhere.requests) == (True, [])
    assert getattr(row_of(profile), field) == getattr(profile, field)


def secret_input(response: Any, name: str) -> str:
    found = re.search(rf'<input type="password" name="{name}"[^>]*>', text(response))
    assert found
    return found[0]


def test_another_path_of_the_same_server_keeps_the_secret(signed_in, dpaas, dpaas_profile):
    form = profiles.dpaas_form(dpaas) | {"dpaas_secret": "", "save_unchecked": "1"}
    moved = form | {"base_url": f"{dpaas.url.upper().replace('HTTP', 'http')}/v2"}
    moved |= profiles.seen(dpaas_profile)
    assert signed_in.post(edit(dpaas_profile), moved).status_code == 302
    assert leases.open_credential(row_of(dpaas_profile)).reveal() == OPS_DPAAS.password


def test_a_row_that_was_moved_in_the_database_sends_nothing_there(
    signed_in, dpaas_profile, elsewhere, alice
):
    """By construction: neither the secret nor the tokens open."""
    signed_in.get("/accounts/", follow=True)
    assert row_of(dpaas_profile).sealed_tokens
    change(dpaas_profile, base_url=elsewhere.url)
    assert "cannot be decrypted" in text(signed_in.get("/accounts/", follow=True))
    run_out(dpaas_profile)
    assert "cannot be decrypted" in text(signed_in.get("/accounts/", follow=True))
    signed_in.post(reverse("profile_refresh", args=[dpaas_profile.pk]))
    assert elsewhere.requests == []


def test_a_pending_secret_is_not_sent_to_another_server_than_it_was_typed_for(
    signed_in, dpaas, elsewhere
):
    form = profiles.dpaas_form(dpaas)
    refused = signed_in.post(
        reverse("profile_new", args=["dpaas"]), form | {"organization_slug": "wrong"}
    )
    moved = carried(refused) | form | {"base_url": elsewhere.url, "dpaas_secret": ""}
    response = signed_in.post(reverse("profile_new", args=["dpaas"]), moved)
    assert response.context["form"].errors["dpaas_secret"] == [f"{MOVED} password again."]
    assert elsewhere.requests == []


@pytest.mark.both_databases
def test_rows_of_the_release_before_go_on_opening_and_are_bound_from_then_on(alice, settings):
    """The values are sealed anew by the migration, and back by its reverse."""
    profile = profile_with_tokens(alice, 0)
    column = CredentialProfile.objects.values_list("sealed_credential", flat=True)
    graph = MigrationExecutor(connection).loader.graph
    (binding,) = (node for node in graph.nodes if node[1].endswith(BINDING))
    (before,) = (node for node in graph.node_map[binding].parents if node.key[0] == "profiles")
    bound = bytes(column.get())
    try:
        migrate(before.key)
        unbound = bytes(column.get())
        with pytest.raises(CannotUnseal):
            unseal_bytes(unbound, context=profile.sealing_context("credential"))
        keyset, settings.VAULT_KEYSET = settings.VAULT_KEYSET, new_keyset()
        with pytest.raises(CommandError, match="VAULT_KEYSET opens none"):
            migrate(binding)
        with pytest.raises(CommandError, match="Migrations are pending"):
            call_command("keys", "forget", "--yes")
        assert bytes(column.get()) == unbound
        settings.VAULT_KEYSET = keyset
        change(profile, sealed_tokens=b"damaged")
    finally:
        migrate(*graph.leaf_nodes())  # of all apps: others stand on profiles
    row = row_of(profile)
    assert leases.open_credential(row).reveal() == "password 0 of alice@example.com"
    assert bytes(row.sealed_credential) not in (bound, unbound)
    assert bytes(row.sealed_tokens or b"") == b"damaged"


def migrate(*targets: tuple[str, str]) -> None:
    MigrationExecutor(connection).migrate(list(targets))


# --- what was typed ---


def test_a_refused_token_does_not_crowd_out_the_good_one(signed_in, dxtra, dxtra_profile):
    typed = dxtra_form(dxtra, personal_access_token="00000000-0000-0000-0000-000000000000")
    refused = signed_in.post(
        edit(dxtra_profile), carried(signed_in.get(edit(dxtra_profile))) | typed
    )
    assert "Kept from your last attempt" in text(refused)
    opened = signed_in.get(edit(dxtra_profile))
    assert ("Leave empty to keep it" in text(opened), "Kept from" in text(opened)) == (True, False)
    response = signed_in.post(edit(dxtra_profile), carried(opened) | dxtra_form(dxtra))
    assert response.status_code == 302
    assert leases.open_credential(row_of(dxtra_profile)).reveal() == PAT
    # The other tab still shows that its own was kept: the stored one is not taken in its place.
    stale = signed_in.post(edit(dxtra_profile), carried(refused) | dxtra_form(dxtra))
    assert stale.context["form"].errors["personal_access_token"] == [
        "What you typed here is no longer stored. Enter it again."
    ]


@pytest.mark.parametrize(
    "around", [" ", "\t", "\u00a0", "\u200b", "\ufeff", "\r\n", "\u2060 \u200e"]
)
def test_what_one_cannot_see_around_a_pasted_token_is_taken_off(
    signed_in, dxtra, reachable, around
):
    form = dxtra_form(dxtra, personal_access_token=f"{around}{PAT}{around}")
    assert signed_in.post(reverse("profile_new", args=["dxtra"]), form).status_code == 302
    assert leases.open_credential(CredentialProfile.objects.get()).reveal() == PAT


def test_a_token_of_nothing_but_blanks_is_none(signed_in, dxtra, reachable):
    form = dxtra_form(dxtra, personal_access_token=" \u200b")
    response = signed_in.post(reverse("profile_new", args=["dxtra"]), form)
    assert response.context["form"].errors["personal_access_token"] == ["This field is required."]


@pytest.mark.parametrize("password", [" a b ", "\tx", "\u00a0x\u200b", "   "])
def test_a_password_is_taken_exactly_as_typed(signed_in, dpaas, reachable, password):
    form = profiles.dpaas_form(dpaas) | {"dpaas_secret": password, "save_unchecked": "1"}
    assert signed_in.post(reverse("profile_new", args=["dpaas"]), form).status_code == 302
    assert leases.open_credential(CredentialProfile.objects.get()).reveal() == password


@pytest.mark.parametrize(
    "email", ["ops@internal", "jörg@example.com", "a+b@[::1]", "ops@münchen.de"]
)
def test_an_address_that_dpaas_may_know_is_not_refused_here(signed_in, dpaas, reachable, email):
    form = profiles.dpaas_form(dpaas) | {"dpaas_email": f" {email}\u200b", "save_unchecked": "1"}
    assert signed_in.post(reverse("profile_new", args=["dpaas"]), form).status_code == 302
    assert CredentialProfile.objects.get().email == email


@pytest.mark.parametrize(
    "email", ["", "ops", "@internal", "ops@", "a@b@c", "o ps@x", "o\u0007ps@x"]
)
def test_what_is_no_address_at_all_is(signed_in, dpaas, reachable, email):
    form = profiles.dpaas_form(dpaas) | {"dpaas_email": email, "save_unchecked": "1"}
    response = signed_in.post(reverse("profile_new", args=["dpaas"]), form)
    assert list(response.context["form"].errors) == ["dpaas_email"]


# --- a check's session is stored, or ended ---


def test_a_check_that_fails_for_its_role_signs_its_session_out(signed_in, dxtra, reachable):
    form = dxtra_form(dxtra, personal_access_token=PAT, role="no_such_role")
    assert signed_in.post(reverse("profile_new", args=["dxtra"]), form).status_code == 422
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (1, 1)


def test_a_check_whose_profile_cannot_be_saved_signs_its_session_out(dxtra, dxtra_profile):
    again = CredentialProfile(owner=dxtra_profile.owner, kind="dxtra", name="Dxtra")
    again.auth_url, again.graphql_url = dxtra_profile.auth_url, dxtra_profile.graphql_url
    checked = saving.check_credential(again, Secret(PAT))
    with pytest.raises(Exception, match=r"(?i)unique"):
        saving.save_profile(again, secret=Secret(PAT), checked=checked)
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (1, 1)


@pytest.mark.parametrize("meanwhile", ["replaced", "deleted", "moved"])
def test_a_check_that_was_overtaken_signs_its_session_out(dxtra, dxtra_profile, meanwhile):
    editing = row_of(dxtra_profile)
    opened_with = version_of(editing)
    checked = saving.check_credential(editing, None)
    if meanwhile == "deleted":
        CredentialProfile.objects.all().delete()
    elif meanwhile == "replaced":
        saving.save_profile(row_of(dxtra_profile), secret=Secret(PAT), checked=None)
    else:
        change(dxtra_profile, auth_url="http://127.0.0.1:9/v1")
    if meanwhile == "replaced":
        saving.save_profile(editing, secret=None, checked=checked)
    else:
        with pytest.raises(saving.EditedMeanwhile):
            saving.save_profile(editing, secret=None, checked=checked, opened_with=opened_with)
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (1, 1)


def test_a_refresh_that_was_overtaken_signs_its_session_out(dxtra, dxtra_profile, monkeypatch):
    store = leases.store

    def overtaken(lease: Any, tokens: TokenSet, **columns: Any) -> int:
        monkeypatch.setattr(leases, "store", store)
        change(dxtra_profile, lease_epoch=lease.epoch + 1, lease_until=None)
        return store(lease, tokens, **columns)

    monkeypatch.setattr(leases, "store", overtaken)
    signed_in = client_of(dxtra_profile.owner)
    signed_in.post(reverse("profile_refresh", args=[dxtra_profile.pk]))
    assert row_of(dxtra_profile).state == TokenState.VALID
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (2, 1)


# --- two tabs ---


def test_the_later_of_two_tabs_is_told_what_changed_and_nothing_is_lost(
    signed_in, dpaas, dpaas_profile
):
    form = profiles.dpaas_form(dpaas) | {"dpaas_secret": "", "save_unchecked": "1"}
    first, second = signed_in.get(edit(dpaas_profile)), signed_in.get(edit(dpaas_profile))
    renamed = carried(first) | form | {"name": "Renamed", "dpaas_secret": "new-password"}
    assert signed_in.post(edit(dpaas_profile), renamed).status_code == 302
    later = carried(second) | form | {"organization_slug": "other"}
    told = signed_in.post(edit(dpaas_profile), later)
    assert told.status_code == 422
    assert "Name is now “Renamed”; Password was replaced." in text(told)
    assert ('value="other"' in text(told), row_of(dpaas_profile).name) == (True, "Renamed")
    # Having seen it, the same form may replace it.
    seen = carried(told) | form | {"organization_slug": "other"}
    assert signed_in.post(edit(dpaas_profile), seen).status_code == 302
    assert row_of(dpaas_profile).organization_slug == "other"
    assert leases.open_credential(row_of(dpaas_profile)).reveal() == "new-password"


def test_of_two_tabs_nothing_is_sent_for_the_later_one(signed_in, dpaas, dpaas_profile):
    opened = signed_in.get(edit(dpaas_profile))
    change(dpaas_profile, name="Renamed")
    form = carried(opened) | profiles.dpaas_form(dpaas)
    assert signed_in.post(edit(dpaas_profile), form).status_code == 422
    assert dpaas.stats.counts.sign_in_calls == 0


def test_a_profile_that_is_saved_during_the_check_is_not_overwritten(
    signed_in, dpaas, dpaas_profile, monkeypatch
):
    check = saving.check_credential

    def slow(*args: Any) -> Any:
        change(dpaas_profile, name="Renamed")
        return check(*args)

    monkeypatch.setattr(saving, "check_credential", slow)
    form = carried(signed_in.get(edit(dpaas_profile))) | profiles.dpaas_form(dpaas)
    told = signed_in.post(edit(dpaas_profile), form)
    assert "Name is now “Renamed”" in text(told)
    assert row_of(dpaas_profile).name == "Renamed"


def test_two_clicks_on_one_edit_are_one_edit(signed_in, dpaas, dpaas_profile):
    form = carried(signed_in.get(edit(dpaas_profile))) | profiles.dpaas_form(dpaas)
    form |= {"name": "Renamed"}
    assert [signed_in.post(edit(dpaas_profile), form).status_code for _ in range(2)] == [302, 302]


def test_the_form_of_a_new_profile_that_was_saved_and_edited_since_overwrites_nothing(
    signed_in, dpaas, reachable
):
    url = reverse("profile_new", args=["dpaas"])
    form = carried(signed_in.get(url)) | profiles.dpaas_form(dpaas) | {"save_unchecked": "1"}
    signed_in.post(url, form)
    CredentialProfile.objects.update(name="Renamed")
    told = signed_in.post(url, form)
    assert "Name is now “Renamed”" in text(told)
    profile = CredentialProfile.objects.get()
    assert f'action="{edit(profile)}"' in text(told)
    assert signed_in.post(edit(profile), form | carried(told)).status_code == 302
    assert CredentialProfile.objects.get().name == "DPaaS"


@pytest.mark.parametrize("carries", [{}, {"opened_with": "x"}, {"opened_with": ""}])
def test_an_edit_that_does_not_say_what_it_was_opened_with_saves_nothing(
    signed_in, dpaas, dpaas_profile, carries: dict[str, str]
):
    form = profiles.dpaas_form(dpaas) | {"name": "Søn <b>", "dpaas_secret": "new"}
    told = signed_in.post(edit(dpaas_profile), form | carries)
    assert (told.status_code, dpaas.stats.counts.sign_in_calls) == (409, 0)
    assert "does not say which version of the profile" in text(told)
    assert 'value="Søn &lt;b&gt;"' in text(told)
    seen = carried(told) | form | {"dpaas_secret": "", "save_unchecked": "1"}
    assert signed_in.post(edit(dpaas_profile), seen).status_code == 302
    assert leases.open_credential(row_of(dpaas_profile)).reveal() == "new"


def test_the_version_of_another_profile_is_none(signed_in, dpaas, dpaas_profile, dxtra_profile):
    form = profiles.dpaas_form(dpaas) | profiles.seen(dxtra_profile)
    assert signed_in.post(edit(dpaas_profile), form).status_code == 409


def test_an_edit_of_a_profile_that_was_deleted_in_another_tab_loses_nothing(
    signed_in, bob, dpaas, dpaas_profile
):
    form = carried(signed_in.get(edit(dpaas_profile))) | profiles.dpaas_form(dpaas)
    form |= {"name": "Søn <b>"}
    assert client_of(bob).post(edit(dpaas_profile), form).status_code == 404
    url = edit(dpaas_profile)
    dpaas_profile.delete()
    told = signed_in.post(url, form)
    assert (told.status_code, dpaas.stats.counts.sign_in_calls) == (409, 0)
    assert "This profile was deleted after you opened this form" in text(told)
    assert signed_in.post(reverse("profile_new", args=["dpaas"]), form | carried(told)).url
    assert CredentialProfile.objects.get().name == "Søn <b>"


def test_the_later_of_two_tabs_deletes_nothing_that_it_has_not_seen(signed_in, bob, dpaas_profile):
    url = reverse("profile_delete", args=[dpaas_profile.pk])
    opened = carried(signed_in.get(url), "confirm-title")
    change(dpaas_profile, name="Renamed")
    for form, why in ((opened, "was edited after you opened"), ({}, "does not say which version")):
        told = signed_in.post(url, form)
        assert (told.status_code, CredentialProfile.objects.count()) == (409, 1)
        assert (why in text(told), "Delete Renamed?" in text(told)) == (True, True)
    again = carried(told, "confirm-title")
    assert client_of(bob).post(url, again).status_code == 404
    assert signed_in.post(url, again).status_code == 302
    assert CredentialProfile.objects.count() == 0
    assert "was already deleted" in text(signed_in.post(url, again, follow=True))


# --- no more guesses than a person makes ---


def test_checks_are_bounded_for_each_teammate_over_all_ways_to_make_one(
    signed_in, bob, dpaas, dpaas_profile
):
    form = profiles.dpaas_form(dpaas) | {"name": "", "profile": ""}
    new = reverse("profile_new", args=["dpaas"])
    guess = form | {"name": "Guess", "dpaas_secret": "wrong"}
    in_threads(15, lambda: client_of(dpaas_profile.owner).post(new, guess).status_code)
    assert dpaas.stats.counts.sign_in_calls == 10
    assert "Try again in 5 minutes." in text(signed_in.post(new, guess))
    refreshed = signed_in.post(reverse("profile_refresh", args=[dpaas_profile.pk]), follow=True)
    assert "Try again in 5 minutes." in text(refreshed)
    assert dpaas.stats.counts.sign_in_calls == 10
    client_of(bob).post(new, guess)
    assert dpaas.stats.counts.sign_in_calls == 11
    unchecked = signed_in.post(new, guess | {"save_unchecked": "1"})
    assert unchecked.status_code == 302  # nothing is sent


# --- and back ---


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        ("http://testserver/accounts/?page=2", "/accounts/?page=2"),
        ("http://testserver:8001/accounts/", ""),
        ("https://evil.test/accounts/", ""),
        ("http://testserver/login/?next=/profiles/", ""),
        ("http://testserver/nowhere/", ""),
        ("", ""),
    ],
)
def test_after_saving_one_is_back_where_the_form_was_opened(
    signed_in, dpaas, reachable, referer, back
):
    url = reverse("profile_new", args=["dpaas"])
    opened = signed_in.get(url, headers={"Referer": referer})
    wrong = carried(opened) | profiles.dpaas_form(dpaas) | {"name": ""}
    right = carried(signed_in.post(url, wrong)) | profiles.dpaas_form(dpaas)
    saved = signed_in.post(url, right | {"save_unchecked": "1"})
    shown = reverse("profile", args=[CredentialProfile.objects.get().pk])
    assert saved.url == (back or shown)


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "//evil.test/", f"/profiles/{UUID(int=7)}/refresh/"]
)
def test_nobody_is_led_elsewhere_after_saving(signed_in, dpaas, reachable, target):
    form = profiles.dpaas_form(dpaas) | {"save_unchecked": "1", "next": target}
    saved = signed_in.post(reverse("profile_new", args=["dpaas"]), form)
    assert saved.url == reverse("profile", args=[CredentialProfile.objects.get().pk])
