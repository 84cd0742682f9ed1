"""The form of a profile, over the wire to the sandbox: checking, saving, editing."""

import re
import socket
import time
import uuid

import pytest
from django.urls import reverse

from console.profiles import services
from console.profiles.clients import egress
from console.profiles.models import CredentialProfile, TokenState
from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.services.profiles import NOBODY_LISTENS, carried, client_of, seen, text
from tests.services.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

PAT = OPS_DXTRA.personal_access_token

PENDING = "Kept from your last attempt."

HTMX = {"HX-Request": "true", "HX-Target": "profile-form"}


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
        "signed in as ops@example.com, roles data_protection_officer, me, user (default: user); "
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
    assert "Saved without checking." in text(response)
    assert "Not used yet" in text(response)
    assert dpaas.stats.counts.sign_in_calls == 0


def test_a_wrong_secret_saves_nothing_and_everything_typed_is_still_there(
    signed_in, dpaas, dpaas_form
):
    wrong = dpaas_form | {"dpaas_secret": "not-the-password-9431", "name": "Zürich & Søn <b>"}
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
    refused = signed_in.post(new("dpaas"), dpaas_form | {"organization_slug": "wrong"})
    assert PENDING in text(refused)
    response = signed_in.post(new("dpaas"), carried(refused) | dpaas_form | {"dpaas_secret": ""})
    assert response.status_code == 302
    assert CredentialProfile.objects.get().state == TokenState.VALID


def test_a_pending_secret_opens_for_its_form_and_teammate_alone(signed_in, bob, dpaas_form):
    refused = signed_in.post(new("dpaas"), dpaas_form | {"name": ""})
    other = client_of(bob)
    session = other.session
    copied = {name: value for name, value in signed_in.session.items() if "_auth" not in name}
    session.update(copied)
    session.save()
    assert copied != {}
    again = carried(refused) | dpaas_form | {"dpaas_secret": ""}
    assert other.post(new("dpaas"), again).status_code == 422
    another_profile = again | {"profile": str(uuid.uuid4())}
    assert signed_in.post(new("dpaas"), another_profile).status_code == 422
    assert CredentialProfile.objects.count() == 0


@pytest.mark.parametrize(("seconds", "status"), [(880, 302), (901, 422)])
def test_a_pending_secret_is_dropped_after_15_minutes(
    signed_in, dpaas_form, monkeypatch, seconds, status
):
    refused = signed_in.post(new("dpaas"), dpaas_form | {"name": ""})
    later = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later)
    again = carried(refused) | dpaas_form | {"dpaas_secret": ""}
    assert signed_in.post(new("dpaas"), again).status_code == status


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"auth_url": NOBODY_LISTENS + "/v1"}, "auth_url", "Could not connect to Dxtra"),
        ({"personal_access_token": str(uuid.uuid4())}, "personal_access_token", "Dxtra refused"),
        ({"personal_access_token": "dxtra_pat_nonsense"}, "personal_access_token", "Dxtra refused"),
        ({"auth_url": "https://evil.example/v1"}, "auth_url", "Allowed:"),
        ({"auth_url": "ftp://auth.dxtra.ai/v1"}, "auth_url", "must begin with https://"),
        ({"role": "no_such_role"}, "role", "The token does not allow this role. Allowed roles: "),
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
    assert "dpaas_secret" not in response.context["form"].errors
    assert response.context["form"].non_field_errors()


def test_htmx_gets_the_form_alone_and_then_a_redirect(signed_in, dpaas_form):
    refused = signed_in.post(new("dpaas"), dpaas_form | {"dpaas_email": ""}, headers=HTMX)
    assert refused.status_code == 422
    assert text(refused).startswith('<form id="profile-form"')
    again = carried(refused) | dpaas_form | {"dpaas_secret": ""}
    accepted = signed_in.post(new("dpaas"), again, headers=HTMX)
    profile = CredentialProfile.objects.get()
    assert accepted["HX-Redirect"] == reverse("profile", args=[profile.pk])


def test_a_name_is_used_once_for_each_kind(signed_in, dpaas_form):
    signed_in.post(new("dpaas"), dpaas_form)
    response = signed_in.post(new("dpaas"), dpaas_form)
    assert response.context["form"].errors["name"] == ["You already have a profile with this name."]


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
    assert "Leave empty to keep it" in text(signed_in.get(url))
    form = {
        "name": "Renamed",
        "base_url": dpaas.url,
        "dpaas_email": OPS_DPAAS.email,
        "dpaas_secret": "",
        "organization_slug": "acme",
    }
    assert signed_in.post(url, form | seen(dpaas_profile)).status_code == 302
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
    assert signed_in.post(url, form | seen(dxtra_profile)).status_code == 302
    dxtra_profile.refresh_from_db()
    assert (dxtra_profile.state, dxtra_profile.sealed_tokens) == (TokenState.EMPTY, None)
    assert dxtra.stats.counts.sign_outs == 1


@pytest.mark.parametrize("change", ["another path", "another user"])
def test_a_changed_address_or_user_voids_the_tokens_too(
    signed_in, dpaas, dpaas_form, dpaas_profile, change
):
    services.refresh_now(dpaas_profile)
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    changes = {
        "another path": {"base_url": f"{dpaas.url}/v2"},
        "another user": {"dpaas_email": "other@example.com"},
    }
    form = dpaas_form | changes[change] | {"dpaas_secret": "", "save_unchecked": "1"}
    assert signed_in.post(url, form | seen(dpaas_profile)).status_code == 302
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.state, dpaas_profile.sealed_tokens) == (TokenState.EMPTY, None)


def test_the_tokens_of_a_check_take_the_place_of_those_before_whose_session_is_ended(
    signed_in, dxtra, dxtra_form, dxtra_profile
):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_edit", args=[dxtra_profile.pk])
    form = dxtra_form | {"personal_access_token": "", "name": "Checked once more"}
    assert signed_in.post(url, form | seen(dxtra_profile)).status_code == 302
    dxtra_profile.refresh_from_db()
    assert dxtra_profile.state == TokenState.VALID
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (2, 1)


def test_a_new_name_alone_keeps_the_tokens(signed_in, dpaas, dpaas_form, dpaas_profile):
    services.refresh_now(dpaas_profile)
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    form = dpaas_form | {"name": "Only the name", "dpaas_secret": "", "save_unchecked": "1"}
    signed_in.post(url, form | seen(dpaas_profile))
    dpaas_profile.refresh_from_db()
    assert (dpaas_profile.name, dpaas_profile.state) == ("Only the name", TokenState.VALID)


def test_a_credential_that_does_not_open_asks_for_its_secret_and_shows_nothing(
    signed_in, dpaas, dpaas_form, dpaas_profile
):
    CredentialProfile.objects.update(sealed_credential=b"\x01damaged")
    url = reverse("profile_edit", args=[dpaas_profile.pk])
    response = signed_in.post(url, dpaas_form | {"dpaas_secret": ""} | seen(dpaas_profile))
    assert response.status_code == 422
    assert "cannot be decrypted" in text(response)
    assert signed_in.post(url, dpaas_form | seen(dpaas_profile)).status_code == 302
