"""The profile screens, over the wire to the sandbox: refreshing, signing out, deleting; who may."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from console.database.clock import seconds_from_now
from console.profiles import services
from console.profiles.editing.retry import try_again
from console.profiles.lifecycle.sign_in_limits import LONG_AGO
from console.profiles.models import CredentialProfile, SignInSlot, TokenState
from console.upstream.errors import ProfileChanged
from console.upstream.systems import System
from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.services.profiles import client_of, seen, text

pytestmark = pytest.mark.django_db(transaction=True)

PAT = OPS_DXTRA.personal_access_token


def new(kind: str) -> str:
    return reverse("profile_new", args=[kind])


# --- what else can be done ---


def test_the_profile_whose_target_was_opened_last_is_the_one_in_use(signed_in, alice, dpaas_form):
    signed_in.post(new("dpaas"), dpaas_form | {"name": "First", "save_unchecked": "1"})
    signed_in.post(new("dpaas"), dpaas_form | {"name": "Second", "save_unchecked": "1"})
    current = CredentialProfile.objects.filter(owner=alice, is_current=True)
    assert [profile.name for profile in current] == ["First"]
    second = CredentialProfile.objects.get(name="Second")
    address = f"/dpaas/acme/accounts/?profile={second.pk}"
    assert f'href="{address}"' in text(signed_in.get(reverse("profiles")))
    signed_in.get(address)
    assert [profile.name for profile in current.all()] == ["Second"]


def test_refresh_now_brings_a_new_token(signed_in, dpaas, dpaas_profile):
    url = reverse("profile_refresh", args=[dpaas_profile.pk])
    assert "Token refreshed." in text(signed_in.post(url, follow=True))
    signed_in.post(url)
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 1)


def test_signing_out_ends_only_this_session_and_never_a_personal_access_token(
    signed_in, dxtra, dxtra_profile
):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_sign_out", args=[dxtra_profile.pk])
    assert "Session ended." in text(signed_in.post(url, follow=True))
    counts = dxtra.stats.counts
    assert (counts.sign_outs, counts.sign_outs_of_all, counts.misplaced_personal_tokens) == (
        1,
        0,
        0,
    )
    dxtra_profile.refresh_from_db()
    assert dxtra_profile.sealed_tokens is None
    assert "Session ended" in text(signed_in.get(reverse("profile", args=[dxtra_profile.pk])))


def test_deleting_asks_first_and_signs_the_session_out(signed_in, dxtra, dxtra_profile):
    services.refresh_now(dxtra_profile)
    url = reverse("profile_delete", args=[dxtra_profile.pk])
    assert "Delete Dxtra?" in text(signed_in.get(url))
    assert CredentialProfile.objects.count() == 1
    signed_in.post(url, seen(dxtra_profile))
    assert (CredentialProfile.objects.count(), dxtra.stats.counts.sign_outs) == (0, 1)


def test_the_next_profile_is_in_use_when_the_current_one_is_deleted(signed_in, alice, dpaas_form):
    for name in ("First", "Second"):
        signed_in.post(new("dpaas"), dpaas_form | {"name": name, "save_unchecked": "1"})
    first = CredentialProfile.objects.get(name="First")
    signed_in.post(reverse("profile_delete", args=[first.pk]), seen(first))
    assert CredentialProfile.objects.get(is_current=True).name == "Second"


def test_a_refused_credential_says_so_and_is_tried_again_when_its_owner_asks(
    signed_in, dpaas, dpaas_profile
):
    dpaas.set_credential(OPS_DPAAS.email, False)
    again = reverse("profile_refresh", args=[dpaas_profile.pk])
    for sign_ins in (1, 2):
        page = text(signed_in.post(again, follow=True))
        assert ("Sign-in refused" in page, "Try again" in page, again in page) == (True,) * 3
        assert dpaas.stats.counts.sign_in_calls == sign_ins
    signed_in.get("/dpaas/acme/accounts/")
    assert dpaas.stats.counts.sign_in_calls == 2  # nothing is retried
    dpaas.set_credential(OPS_DPAAS.email, True)
    page = text(signed_in.post(again, follow=True))
    assert ("Ready" in page, "Refresh token" in page) == (True, True)
    assert signed_in.get("/dpaas/acme/accounts/").status_code == 200
    assert dpaas.stats.counts.sign_in_calls == 3


def test_a_credential_that_was_edited_meanwhile_is_not_healed_by_the_old_one(
    signed_in, dpaas_profile, monkeypatch
):
    stale = CredentialProfile.objects.with_clock().get()
    stale.state = TokenState.NEEDS_USER
    CredentialProfile.objects.update(state=TokenState.NEEDS_USER, email="other@example.com")
    with pytest.raises(ProfileChanged):
        try_again(stale)
    assert CredentialProfile.objects.get().state == TokenState.NEEDS_USER


GATEWAYS = [
    {"status": 403, "html": True},
    {"status": 401, "html": True},
    {"status": 403, "body": {"message": "Forbidden"}},
    {"status": 400, "body": ""},
    {"status": 403, "body": "RBAC: access denied", "content_type": "text/plain"},
]


@pytest.mark.parametrize("fault", GATEWAYS, ids=str)
@pytest.mark.parametrize("kind", ["dpaas", "dxtra"])
def test_a_gateway_at_the_sign_in_closes_no_profile(
    request, signed_in, kind: str, fault: dict[str, Any]
):
    upstream = request.getfixturevalue(kind)
    profile = request.getfixturevalue(f"{kind}_profile")
    upstream.faults.add(route="/*/login", times=1, **fault)
    upstream.faults.add(route="/v1/signin/pat", times=1, **fault)
    again = reverse("profile_refresh", args=[profile.pk])
    page = text(signed_in.post(again, follow=True))
    assert ("in front of" in page, "Sign-in refused" in page) == (True, False)
    profile.refresh_from_db()
    assert (profile.state, profile.failures) == (TokenState.EMPTY, 1)
    assert profile.backoff_until is not None
    assert "Try again" in page
    assert "Ready" in text(signed_in.post(again, follow=True))


@pytest.mark.parametrize("fault", GATEWAYS, ids=str)
def test_a_gateway_at_the_sign_in_is_tried_again_by_itself(
    signed_in, dpaas, dpaas_profile, fault: dict[str, Any]
):
    dpaas.faults.add(route="/authentication/login", **fault)
    assert "in front of DPaaS" in text(signed_in.get("/dpaas/acme/accounts/"))
    assert "The next try is in" in text(signed_in.get("/dpaas/acme/accounts/"))
    CredentialProfile.objects.update(backoff_until=None)
    assert "in front of DPaaS" not in text(signed_in.get("/dpaas/acme/accounts/"))


def test_a_gateway_at_the_refresh_leads_to_a_sign_in_and_never_to_the_spent_token(
    signed_in, dpaas, dpaas_profile
):
    signed_in.get("/dpaas/acme/accounts/")
    dpaas.expire("access")
    dpaas.faults.add(route="/authentication/*", times=2, status=403, html=True)
    assert "in front of DPaaS" in text(signed_in.get("/dpaas/acme/accounts/"))
    CredentialProfile.objects.update(backoff_until=None)
    assert "in front of DPaaS" not in text(signed_in.get("/dpaas/acme/accounts/"))
    assert (dpaas.stats.counts.replays, dpaas.stats.counts.refresh_calls) == (0, 1)


def test_an_upstream_that_did_not_answer_the_last_call_is_shown_until_one_is_answered(
    signed_in, dpaas, dpaas_profile
):
    shown = reverse("profile", args=[dpaas_profile.pk])
    signed_in.get("/dpaas/acme/accounts/")
    assert "Unreachable" not in text(signed_in.get(shown))
    dpaas.faults.add(route="/accounts", status=503)
    signed_in.get("/dpaas/acme/accounts/")
    assert "Unreachable" in text(signed_in.get(shown))
    assert "Unreachable" in text(signed_in.get(reverse("profiles")))
    signed_in.get("/dpaas/acme/accounts/")
    assert "Unreachable" not in text(signed_in.get(shown))


def test_a_profile_that_may_not_sign_in_for_now_is_shown_as_paused(signed_in, dpaas_profile):
    sentence = "There were too many sign-ins to DPaaS lately."
    CredentialProfile.objects.update(backoff_until=seconds_from_now(600), last_error=sentence)
    assert "Paused" in text(signed_in.get(reverse("profiles")))
    assert sentence in text(signed_in.get(reverse("profile", args=[dpaas_profile.pk])))


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ({"state": TokenState.NEEDS_USER}, "Sign-in refused"),
        ({"failures": 1}, "Unreachable"),
        ({"backoff_until": seconds_from_now(600)}, "Paused"),
        ({"backoff_until": seconds_from_now(-1)}, ""),
        ({}, ""),
    ],
    ids=["refused", "unreachable", "paused", "no longer paused", "well"],
)
def test_a_profile_in_trouble_shows_it_in_the_header_for_no_more_queries(
    signed_in, dpaas_profile, row, state: str
):
    with CaptureQueriesContext(connection) as without:
        signed_in.get("/calls/")
    CredentialProfile.objects.update(**row)
    with CaptureQueriesContext(connection) as queries:
        page = signed_in.get("/calls/").content.decode()
    chip = re.search(r"<summary>\s*<span class=.using-system.>DPaaS.*?</summary>", page, re.DOTALL)
    assert chip
    spoken = re.findall(r'role="img" aria-label="([^"]+)"', chip[0])
    assert [label for label in spoken if label != "Production"] == ([state] if state else [])
    assert len(queries) == len(without)


def test_the_header_of_a_page_agrees_with_the_call_that_the_page_has_just_made(
    signed_in, dpaas, dpaas_profile
):
    accounts, unreachable = "/dpaas/acme/accounts/", 'aria-label="Unreachable"'
    dpaas.faults.add(route="/authentication/login", status=503)
    assert unreachable in signed_in.get(accounts).content.decode()
    CredentialProfile.objects.update(backoff_until=None)
    page = signed_in.get(accounts).content.decode()
    assert ("<tbody>" in page, unreachable in page) == (True, False)


@pytest.mark.parametrize("field", ["sealed_credential", "sealed_tokens"])
def test_a_value_that_does_not_open_asks_for_its_owner(signed_in, dpaas, dpaas_profile, field):
    CredentialProfile.objects.update(**{field: b"damaged"})
    page = text(signed_in.get(reverse("profiles")))
    assert ("Credential unreadable" in page, "Sign-in refused" in page) == (True, False)
    assert dpaas.stats.counts.sign_in_calls == 0


# --- who may ---


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("profile", ["get"]),
        ("profile_edit", ["get", "post"]),
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
    assert "No profiles yet" in text(stranger.get(reverse("profiles")))
    assert reverse("profile", args=[dpaas_profile.pk]) in text(signed_in.get(reverse("profiles")))


def test_an_unknown_kind_is_not_found(signed_in):
    assert signed_in.get(new("soap")).status_code == 404


def test_no_secret_is_in_the_database_as_it_was_typed(signed_in, dpaas_form, dxtra_form, tmp_path):
    signed_in.post(new("dpaas"), dpaas_form)
    signed_in.post(new("dxtra"), dxtra_form)
    signed_in.post(new("dpaas"), dpaas_form | {"dpaas_secret": "pending-secret-8812"})
    profiles = list(CredentialProfile.objects.values())
    dump = repr(profiles) + repr(dict(signed_in.session))
    for secret in (PAT, OPS_DPAAS.password, "pending-secret-8812"):
        assert secret not in dump
    assert SignInSlot.objects.exclude(used_at=LONG_AGO).count() == 1
    assert {profile["kind"] for profile in profiles} == {System.DPAAS, System.DXTRA}
