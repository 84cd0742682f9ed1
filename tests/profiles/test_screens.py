"""The profile screens, over the wire to the sandbox: saving, checking, switching, deleting."""

import re
import socket
import time
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console.database.clock import seconds_from_now
from console.profiles import services
from console.profiles.clients import egress
from console.profiles.lifecycle.sign_in_limits import LONG_AGO
from console.profiles.models import CredentialProfile, SignInSlot, TokenState
from console.upstream.systems import System
from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.services import profiles
from tests.services.profiles import NOBODY_LISTENS, client_of, text
from tests.services.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

PAT = OPS_DXTRA.personal_access_token
PENDING = "Kept from your last try."
HTMX = {"HX-Request": "true", "HX-Target": "profile-form"}


@pytest.fixture
def signed_in(alice: Any) -> Client:
    return client_of(alice)


@pytest.fixture
def dxtra_form(dxtra: Any, reachable: None) -> dict[str, str]:
    return {
        "name": "Dxtra",
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": PAT,
        "role": "",
    }


@pytest.fixture
def dpaas_form(dpaas: Any, reachable: None) -> dict[str, str]:
    return profiles.dpaas_form(dpaas)


def new(kind: str) -> str:
    return reverse("profile_new", args=[kind])


# --- saving and checking ---


def test_a_new_form_starts_with_the_guides_addresses(signed_in):
    dxtra, dpaas = text(signed_in.get(new("dxtra"))), text(signed_in.get(new("dpaas")))
    assert 'value="https://auth.dxtra.ai/v1"' in dxtra
    assert 'value="https://api.dxtra.ai/v1/graphql"' in dxtra
    assert 'value="http://localhost:8000"' in dpaas


def test_saving_signs_in_once_and_says_as_whom_with_which_roles_and_for_how_long(
    signed_in, dxtra, dxtra_form
):
    response = signed_in.post(new("dxtra"), dxtra_form, follow=True)
    assert (
        "signed in as ops@example.com, roles data_protection_officer, me, user (by default user); "
        "the token lasts 1 hour." in text(response)
    )
    assert dxtra.stats.counts.sign_in_calls == 1
    profile = CredentialProfile.objects.get()
    assert (profile.state, profile.is_current) == (TokenState.VALID, True)
    assert len(profile.recent_sign_ins) == 1


def test_saving_a_dpaas_profile_says_how_long_its_token_lasts(signed_in, dpaas, dpaas_form):
    response = signed_in.post(new("dpaas"), dpaas_form, follow=True)
    assert "signed in as ops@example.com; the token lasts 15 minutes." in text(response)
    assert dpaas.stats.counts.sign_in_calls == 1


def test_saving_without_a_check_calls_nobody(signed_in, dpaas, dpaas_form):
    response = signed_in.post(new("dpaas"), dpaas_form | {"save_unchecked": "1"}, follow=True)
    assert "Saved without a check." in text(response)
    assert "never used" in text(response)
    assert dpaas.stats.counts.sign_in_calls == 0


def test_a_wrong_secret_saves_nothing_and_everything_typed_is_still_there(
    signed_in, dpaas, dpaas_form
):
    wrong = dpaas_form | {"password": "not-the-password-9431", "name": "Zürich & Søn <b>"}
    response = signed_in.post(new("dpaas"), wrong)
    page = text(response)
    assert response.status_code == 422
    assert "DPaaS refused" in page
    assert "Zürich &amp; Søn &lt;b&gt;" in page
    assert 'value="ops@example.com"' in page
    assert "not-the-password-9431" not in page
    assert PENDING in page
    assert CredentialProfile.objects.count() == 0


def test_a_pending_secret_is_used_when_its_field_is_empty(signed_in, dpaas, dpaas_form):
    signed_in.post(new("dpaas"), dpaas_form | {"organization_slug": "wrong"})
    response = signed_in.post(new("dpaas"), dpaas_form | {"password": ""})
    assert response.status_code == 302
    assert CredentialProfile.objects.get().state == TokenState.VALID
    assert PENDING not in text(signed_in.get(new("dpaas")))


def test_a_pending_secret_opens_for_its_form_and_teammate_alone(signed_in, bob, dpaas_form):
    signed_in.post(new("dpaas"), dpaas_form | {"name": ""})
    assert PENDING not in text(signed_in.get(new("dxtra")))
    other = client_of(bob)
    session = other.session
    copied = {name: value for name, value in signed_in.session.items() if "_auth" not in name}
    session.update(copied)
    session.save()
    assert copied != {}
    assert PENDING not in text(other.get(new("dpaas")))
    assert PENDING in text(signed_in.get(new("dpaas")))


@pytest.mark.parametrize(("seconds", "is_pending"), [(880, True), (901, False)])
def test_a_pending_secret_is_dropped_after_15_minutes(
    signed_in, dpaas_form, monkeypatch, seconds, is_pending
):
    signed_in.post(new("dpaas"), dpaas_form | {"name": ""})
    later = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later)
    assert (PENDING in text(signed_in.get(new("dpaas")))) is is_pending


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"auth_url": NOBODY_LISTENS + "/v1"}, "auth_url", "No connection to Dxtra"),
        ({"personal_access_token": str(uuid.uuid4())}, "personal_access_token", "Dxtra refused"),
        ({"personal_access_token": "dxtra_pat_nonsense"}, "personal_access_token", "Dxtra refused"),
        ({"auth_url": "https://evil.example/v1"}, "auth_url", "Allowed are:"),
        ({"auth_url": "ftp://auth.dxtra.ai/v1"}, "auth_url", "must begin with https://"),
        ({"role": "no_such_role"}, "role", "The token does not allow this role. It allows: "),
        ({"name": ""}, "name", "This field is required."),
    ],
)
def test_each_failure_stands_beside_its_field(signed_in, dxtra_form, change, field, sentence):
    response = signed_in.post(new("dxtra"), dxtra_form | change)
    assert response.status_code == 422
    assert sentence in " ".join(response.context["form"].errors[field])
    assert CredentialProfile.objects.count() == 0


def test_a_name_that_leads_inside_the_network_stands_beside_its_address(
    signed_in, dpaas, dpaas_form, settings, monkeypatch
):
    """Until an administrator allows it, as the sentence says."""
    by_system = socket.getaddrinfo

    def by_the_company(host, *more, **options):
        inner = "127.0.0.1" if host == "dpaas.corp.example" else host
        return by_system(inner, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", by_the_company)
    url = f"http://dpaas.corp.example:{dpaas.url.rpartition(':')[2]}"
    settings.UPSTREAM_ORIGINS = [url]
    egress.cache_clear()
    response = signed_in.post(new("dpaas"), dpaas_form | {"base_url": url})
    assert response.status_code == 422
    assert response.context["form"].errors["base_url"] == [
        "Nothing was sent to DPaaS: its address 127.0.0.1 is inside the network; an administrator"
        " can allow it with UPSTREAM_INTERNAL_ORIGINS."
    ]
    assert dpaas.stats.counts.sign_in_calls == 0
    settings.UPSTREAM_INTERNAL_ORIGINS = [url]
    egress.cache_clear()
    assert signed_in.post(new("dpaas"), dpaas_form | {"base_url": url}).status_code == 302
    assert dpaas.stats.counts.sign_ins == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"html": True}, {"lose_answer": True}])
def test_an_upstream_in_trouble_is_told_apart_from_a_wrong_credential(
    signed_in, dpaas, dpaas_form, fault
):
    dpaas.faults.add(route="/authentication/login", **fault)
    response = signed_in.post(new("dpaas"), dpaas_form)
    assert response.status_code == 422
    assert "password" not in response.context["form"].errors
    assert response.context["form"].non_field_errors()


def test_htmx_gets_the_form_alone_and_then_a_redirect(signed_in, dpaas_form):
    refused = signed_in.post(new("dpaas"), dpaas_form | {"email": ""}, headers=HTMX)
    assert refused.status_code == 422
    assert text(refused).startswith('<form id="profile-form"')
    accepted = signed_in.post(new("dpaas"), dpaas_form | {"password": ""}, headers=HTMX)
    profile = CredentialProfile.objects.get()
    assert accepted["HX-Redirect"] == reverse("profile", args=[profile.pk])


def test_a_name_is_used_once_for_each_kind(signed_in, dpaas_form):
    signed_in.post(new("dpaas"), dpaas_form)
    response = signed_in.post(new("dpaas"), dpaas_form)
    assert response.context["form"].errors["name"] == ["You have a profile of this name already."]


def test_two_clicks_save_one_profile(signed_in, dpaas, dpaas_form):
    drawn = re.search(r'name="profile" value="([^"]+)"', text(signed_in.get(new("dpaas"))))
    assert drawn
    form = dpaas_form | {"profile": drawn[1]}
    shown = reverse("profile", args=[drawn[1]])
    assert [signed_in.post(new("dpaas"), form).url for _ in range(2)] == [shown, shown]
    assert CredentialProfile.objects.count() == 1


def test_two_clicks_at_once_save_one_profile(alice, dpaas, dpaas_form):
    dpaas.faults.add(route="/authentication/login", latency=0.3, times=None)
    form = dpaas_form | {"profile": str(uuid.uuid4())}
    answers = in_threads(3, lambda: client_of(alice).post(new("dpaas"), form).status_code)
    assert answers == [302] * 3
    assert CredentialProfile.objects.count() == 1


def test_a_form_under_the_id_of_another_teammate_s_profile_touches_nothing(
    bob, dpaas, dpaas_form, dpaas_profile
):
    form = dpaas_form | {"profile": str(dpaas_profile.pk), "name": "Bob's"}
    assert client_of(bob).post(new("dpaas"), form).status_code == 422
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.name, CredentialProfile.objects.count()) == ("DPaaS", 1)


# --- editing ---


def test_an_edit_with_an_empty_secret_keeps_the_stored_one(signed_in, dpaas, dpaas_profile):
    before = bytes(dpaas_profile.sealed_credential)
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    assert "Stored since" in text(signed_in.get(url))
    form = {
        "name": "Renamed",
        "base_url": dpaas.url,
        "email": OPS_DPAAS.email,
        "password": "",
        "organization_slug": "acme",
    }
    assert signed_in.post(url, form).status_code == 302
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.name, dpaas_profile.state) == ("Renamed", TokenState.VALID)
    assert bytes(dpaas_profile.sealed_credential) == before
    assert dpaas.stats.counts.sign_ins == 1


def test_a_changed_secret_voids_the_tokens_and_ends_their_session(
    signed_in, dxtra, dxtra_form, dxtra_profile
):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_edit", args=[dxtra_profile.pk])
    form = dxtra_form | {"personal_access_token": PAT, "save_unchecked": "1"}
    assert signed_in.post(url, form).status_code == 302
    dxtra_profile.refresh_from_db()
    assert (dxtra_profile.state, dxtra_profile.sealed_tokens) == (TokenState.EMPTY, None)
    assert dxtra.stats.counts.sign_outs == 1


@pytest.mark.parametrize("change", [{"base_url": NOBODY_LISTENS}, {"email": "other@example.com"}])
def test_a_changed_address_or_user_voids_the_tokens_too(
    signed_in, dpaas_form, dpaas_profile, change
):
    services.refresh_now(dpaas_profile)
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    form = dpaas_form | change | {"password": "", "save_unchecked": "1"}
    assert signed_in.post(url, form).status_code == 302
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.state, dpaas_profile.sealed_tokens) == (TokenState.EMPTY, None)


def test_the_tokens_of_a_check_take_the_place_of_those_before_whose_session_is_ended(
    signed_in, dxtra, dxtra_form, dxtra_profile
):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_edit", args=[dxtra_profile.pk])
    form = dxtra_form | {"personal_access_token": "", "name": "Checked once more"}
    assert signed_in.post(url, form).status_code == 302
    dxtra_profile.refresh_from_db()
    assert dxtra_profile.state == TokenState.VALID
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (2, 1)


def test_a_new_name_alone_keeps_the_tokens(signed_in, dpaas, dpaas_form, dpaas_profile):
    services.refresh_now(dpaas_profile)
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    form = dpaas_form | {"name": "Only the name", "password": "", "save_unchecked": "1"}
    signed_in.post(url, form)
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.name, dpaas_profile.state) == ("Only the name", TokenState.VALID)


def test_a_credential_that_does_not_open_asks_for_its_secret_and_shows_nothing(
    signed_in, dpaas, dpaas_form, dpaas_profile
):
    CredentialProfile.objects.update(sealed_credential=b"\x01damaged")
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    response = signed_in.post(url, dpaas_form | {"password": ""})
    assert response.status_code == 422
    assert "cannot be opened" in text(response)
    assert signed_in.post(url, dpaas_form).status_code == 302


# --- what else can be done ---


def test_the_first_profile_of_a_kind_is_in_use_and_one_click_switches(signed_in, alice, dpaas_form):
    signed_in.post(new("dpaas"), dpaas_form | {"name": "First", "save_unchecked": "1"})
    signed_in.post(new("dpaas"), dpaas_form | {"name": "Second", "save_unchecked": "1"})
    current = CredentialProfile.objects.filter(owner=alice, is_current=True)
    assert [profile.name for profile in current] == ["First"]
    second = CredentialProfile.objects.get(name="Second")
    response = signed_in.post(reverse("profile_use", args=[second.pk]), follow=True)
    assert [profile.name for profile in current.all()] == ["Second"]
    assert "Second is now in use for DPaaS." in text(response)


def test_refresh_now_brings_a_new_token(signed_in, dpaas, dpaas_profile):
    url = reverse("profile_refresh", args=[dpaas_profile.pk])
    assert "A new token is here." in text(signed_in.post(url, follow=True))
    signed_in.post(url)
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 1)


def test_signing_out_ends_only_this_session_and_never_a_personal_access_token(
    signed_in, dxtra, dxtra_profile
):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_sign_out", args=[dxtra_profile.pk])
    assert "Signed out" in text(signed_in.post(url, follow=True))
    counts = dxtra.stats.counts
    assert (counts.sign_outs, counts.sign_outs_of_all, counts.misplaced_personal_tokens) == (
        1,
        0,
        0,
    )
    dxtra_profile.refresh_from_db()
    assert dxtra_profile.sealed_tokens is None
    assert "signed out" in text(signed_in.get(reverse("profile", args=[dxtra_profile.pk])))


def test_deleting_asks_first_and_signs_the_session_out(signed_in, dxtra, dxtra_profile):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_delete", args=[dxtra_profile.pk])
    assert "Delete Dxtra?" in text(signed_in.get(url))
    assert CredentialProfile.objects.count() == 1
    signed_in.post(url)
    assert (CredentialProfile.objects.count(), dxtra.stats.counts.sign_outs) == (0, 1)


def test_the_next_profile_is_in_use_when_the_current_one_is_deleted(signed_in, alice, dpaas_form):
    for name in ("First", "Second"):
        signed_in.post(new("dpaas"), dpaas_form | {"name": name, "save_unchecked": "1"})
    first = CredentialProfile.objects.get(name="First")
    signed_in.post(reverse("profile_delete", args=[first.pk]))
    assert CredentialProfile.objects.get(is_current=True).name == "Second"


def test_a_refused_credential_says_so_and_offers_no_refresh(signed_in, dpaas, dpaas_profile):
    dpaas.set_credential(OPS_DPAAS.email, False)
    refresh = reverse("profile_refresh", args=[dpaas_profile.pk])
    page = text(signed_in.post(refresh, follow=True))
    assert "credential refused" in page
    assert refresh not in page


def test_an_upstream_that_did_not_answer_the_last_call_is_shown_until_one_is_answered(
    signed_in, dpaas, dpaas_profile
):
    shown = reverse("profile", args=[dpaas_profile.pk])
    signed_in.get(reverse("accounts"))
    assert "upstream unreachable" not in text(signed_in.get(shown))
    dpaas.faults.add(route="/accounts", status=503)
    signed_in.get(reverse("accounts"))
    assert "upstream unreachable" in text(signed_in.get(shown))
    assert "upstream unreachable" in text(signed_in.get(reverse("profiles")))
    signed_in.get(reverse("accounts"))
    assert "upstream unreachable" not in text(signed_in.get(shown))


def test_a_profile_that_may_not_sign_in_for_now_is_shown_as_paused(signed_in, dpaas_profile):
    sentence = "There were too many sign-ins to DPaaS lately."
    CredentialProfile.objects.update(backoff_until=seconds_from_now(600), last_error=sentence)
    assert "paused" in text(signed_in.get(reverse("profiles")))
    assert sentence in text(signed_in.get(reverse("profile", args=[dpaas_profile.pk])))


@pytest.mark.parametrize("field", ["sealed_credential", "sealed_tokens"])
def test_a_value_that_does_not_open_asks_for_its_owner(signed_in, dpaas, dpaas_profile, field):
    CredentialProfile.objects.update(**{field: b"damaged"})
    page = text(signed_in.get(reverse("profiles")))
    assert ("needs you" in page, "credential refused" in page) == (True, False)
    assert dpaas.stats.counts.sign_in_calls == 0


# --- who may ---


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("profile", ["get"]),
        ("profile_edit", ["get", "post"]),
        ("profile_use", ["post"]),
        ("profile_refresh", ["post"]),
        ("profile_sign_out", ["post"]),
        ("profile_delete", ["get", "post"]),
    ],
)
def test_another_teammate_s_profile_is_not_found(bob, dpaas, dpaas_profile, name, methods):
    stranger = client_of(bob)
    url = reverse(name, args=[dpaas_profile.pk])
    answers = [getattr(stranger, method)(url, {"name": "mine"}).status_code for method in methods]
    assert answers == [404] * len(methods)
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.name, dpaas.stats.counts.sign_in_calls) == ("DPaaS", 0)


def test_the_list_shows_one_s_own_profiles_only(signed_in, bob, dpaas_profile):
    stranger = client_of(bob)
    assert "No profile yet" in text(stranger.get(reverse("profiles")))
    assert reverse("profile", args=[dpaas_profile.pk]) in text(signed_in.get(reverse("profiles")))


def test_an_unknown_kind_is_not_found(signed_in):
    assert signed_in.get(new("soap")).status_code == 404


def test_no_secret_is_in_the_database_as_it_was_typed(signed_in, dpaas_form, dxtra_form, tmp_path):
    signed_in.post(new("dpaas"), dpaas_form)
    signed_in.post(new("dxtra"), dxtra_form)
    signed_in.post(new("dpaas"), dpaas_form | {"password": "pending-secret-8812"})
    profiles = list(CredentialProfile.objects.values())
    dump = repr(profiles) + repr(dict(signed_in.session))
    for secret in (PAT, OPS_DPAAS.password, "pending-secret-8812"):
        assert secret not in dump
    assert SignInSlot.objects.exclude(used_at=LONG_AGO).count() == 1
    assert {profile["kind"] for profile in profiles} == {System.DPAAS, System.DXTRA}
