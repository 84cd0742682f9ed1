"""The guard of a profile: which writes may leave. Decided by the server."""

from datetime import timedelta
from html import unescape

import pytest
from django.db.models import F
from django.test import Client

from console.profiles import guard
from console.profiles.models import CredentialProfile, Environment, Unlock
from console.upstream.errors import ProfileReadOnly, TargetNotConfirmed
from tests.factories import DpaasProfileFactory, DxtraProfileFactory
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import client_of, seen, text

pytestmark = pytest.mark.both_databases


@pytest.fixture
def profile(alice, settings) -> CredentialProfile:
    """Of acme, in production."""
    made = DpaasProfileFactory(owner=alice, organization_slug="acme", environment="production")
    settings.DPAAS_BASE_URL, settings.UPSTREAM_ORIGINS = made.base_url, [made.base_url]
    return made


@pytest.fixture
def client(alice) -> Client:
    return client_of(alice)


def test_the_name_that_was_typed_to_unlock_is_back_after_expiry(alice, profile):
    address = f"/profiles/{profile.pk}/unlock/"
    typed = {"typed_name": "acm", "next": "/dpaas/acme/accounts/"}
    client, led_to = sent_after_expiry(alice, address, typed)
    page = text(client.get(led_to))
    assert (led_to, Unlock.objects.count()) == (address, 0)
    assert 'value="acm"' in page
    assert 'name="next" value="/dpaas/acme/accounts/"' in page


def end_all() -> None:
    Unlock.objects.update(until=F("at") - timedelta(seconds=1))


@pytest.mark.parametrize("environment", ["staging", "test", "local"])
def test_any_other_environment_asks_for_nothing(profile, environment: str):
    CredentialProfile.objects.update(environment=environment)
    profile.refresh_from_db()
    guard.check_write(profile)
    assert guard.name_to_type(profile) == ""


@pytest.mark.parametrize("typed", ["", " ", "Acme", "acm", "acme2", "acme@127.0.0.1:9", "globex"])
def test_production_needs_the_targets_own_name(profile, typed: str):
    with pytest.raises(TargetNotConfirmed):
        guard.check_write(profile, typed_name=typed)
    guard.check_write(profile, typed_name=" acme ")
    assert guard.name_to_type(profile) == "acme"


def test_a_name_counts_in_both_of_unicodes_spellings(profile):
    CredentialProfile.objects.update(organization_slug="z\u00fcrich")
    profile.refresh_from_db()
    guard.check_write(profile, typed_name="zu\u0308rich")


@pytest.mark.parametrize(
    ("make", "said", "unsaid"),
    [
        (DpaasProfileFactory, "create or change accounts", "utation"),
        (DxtraProfileFactory, "run mutations", "account"),
    ],
)
def test_a_profile_says_what_it_guards_in_the_words_of_its_system(
    alice, client, make, said: str, unsaid: str
):
    made = make(owner=alice, environment="production")
    unlock = text(client.get(f"/profiles/{made.pk}/unlock/")).partition("For 10 minutes")[2]
    unlock = unlock.partition("</p>")[0]
    shown = text(client.get(f"/profiles/{made.pk}/")).partition('id="writes-title"')[2]
    form = text(client.get(f"/profiles/{made.pk}/edit/"))
    CredentialProfile.objects.update(read_only=True)
    closed = text(client.get(f"/profiles/{made.pk}/")).partition('id="writes-title"')[2]
    assert f"can {said} without" in unlock
    assert f"to {said}, type" in shown
    assert f"This profile can't {said}." in unescape(form)
    assert f"this profile can\u2019t {said}." in closed
    for page in (unlock, shown.partition("</section>")[0], closed.partition("</section>")[0]):
        assert unsaid not in page


def test_read_only_lets_nothing_pass_not_even_an_unlocked_profile(profile):
    guard.unlock(profile, typed_name="acme")
    CredentialProfile.objects.update(read_only=True)
    assert not profile.read_only, "as it was read before: what was set meanwhile counts"
    with pytest.raises(ProfileReadOnly, match="The profile DPaaS is read-only, so nothing"):
        guard.check_write(profile, typed_name="acme")


def test_production_that_was_set_meanwhile_counts(profile):
    before = CredentialProfile.objects.get()
    before.environment = Environment.TEST
    with pytest.raises(TargetNotConfirmed):
        guard.check_write(before)


def test_an_unlock_needs_the_name_and_ends_after_ten_minutes(profile):
    with pytest.raises(TargetNotConfirmed):
        guard.unlock(profile, typed_name="globex")
    guard.unlock(profile, typed_name="acme")
    guard.check_write(profile)
    unlock = guard.current_unlock(profile)
    assert unlock is not None
    assert 598 <= guard.seconds_left(unlock) <= 600
    end_all()
    with pytest.raises(TargetNotConfirmed):
        guard.check_write(profile)
    assert guard.latest_unlocks(profile) == [unlock], "it stays on record"


def test_an_unlock_is_of_one_profile_and_of_the_target_that_was_typed(profile, alice):
    guard.unlock(profile, typed_name="acme")
    other = DpaasProfileFactory(
        owner=alice, name="Other", organization_slug="acme", environment="production"
    )
    profile.organization_slug = "globex"
    for each in (other, profile):
        with pytest.raises(TargetNotConfirmed):
            guard.check_write(each)


def test_an_unlock_counts_for_the_owner_who_typed_the_name_and_beside_a_later_one(profile, bob):
    guard.unlock(profile, typed_name="acme")
    Unlock.objects.update(user=bob)
    assert guard.current_unlock(profile) is None
    guard.unlock(profile, typed_name="acme")
    owners = guard.current_unlock(profile)
    profile.organization_slug = "globex"
    guard.unlock(profile, typed_name="globex")
    profile.organization_slug = "acme"
    assert guard.current_unlock(profile) == owners


def test_locked_again_by_its_button(profile, client):
    guard.unlock(profile, typed_name="acme")
    answer = client.post(f"/profiles/{profile.pk}/lock/")
    assert answer["Location"] == f"/profiles/{profile.pk}/"
    assert Unlock.objects.get().locked_at is not None
    with pytest.raises(TargetNotConfirmed):
        guard.check_write(profile)
    assert "locked again" in text(client.get(answer["Location"]))


def test_unlocked_on_its_page_and_told_on_every_screen_of_the_target(profile, client):
    unlock = f"/profiles/{profile.pk}/unlock/"
    assert f'href="{unlock}"' in text(client.get(f"/profiles/{profile.pk}/"))
    wrong = client.post(unlock, {"typed_name": "globex", "next": "/dpaas/acme/accounts/new/"})
    assert wrong.status_code == 422
    assert 'value="globex"' in text(wrong)
    assert "The name does not match: type acme exactly." in text(wrong)
    assert Unlock.objects.count() == 0
    right = client.post(unlock, {"typed_name": "acme", "next": "/dpaas/acme/accounts/new/"})
    assert right["Location"] == "/dpaas/acme/accounts/new/"
    page = text(client.get("/dpaas/acme/accounts/new/"))
    assert "Production is unlocked for <b><bdi>DPaaS</bdi></b>" in page
    assert "data-countdown=" in page
    assert "Lock again" in page
    assert client.get(unlock).status_code == 302


def test_a_stranger_can_neither_unlock_nor_lock(profile, bob):
    guard.unlock(profile, typed_name="acme")
    strangers = client_of(bob)
    for action in ("unlock", "lock"):
        url = f"/profiles/{profile.pk}/{action}/"
        assert strangers.post(url, {"typed_name": "acme"}).status_code == 404
    assert Unlock.objects.get().locked_at is None


def test_read_only_is_set_in_the_form_and_told_wherever_the_profile_stands(profile, client):
    form = {
        "name": "DPaaS",
        "environment": "production",
        "base_url": profile.base_url,
        "dpaas_email": profile.email,
        "organization_slug": "acme",
        "read_only": "on",
        "save_unchecked": "1",
    }
    edit = f"/profiles/{profile.pk}/edit/"
    assert client.post(edit, {**form, **seen(profile)}).status_code == 302
    for page in ("/profiles/", f"/profiles/{profile.pk}/", "/dpaas/acme/accounts/new/"):
        assert "read-only" in text(client.get(page)).lower(), page
    del form["read_only"]
    client.post(edit, {**form, **seen(profile)})
    assert not CredentialProfile.objects.get().read_only


def test_old_unlocks_are_deleted_with_the_next(profile, settings):
    guard.unlock(profile, typed_name="acme")
    Unlock.objects.update(at=F("at") - timedelta(days=settings.CALLS_KEPT_DAYS + 1))
    guard.unlock(profile, typed_name="acme")
    assert Unlock.objects.count() == 1
