"""No create leaves past the profile's guard, whichever way it comes in."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from console.accounts import services, submissions
from console.accounts.models import AccountSubmission
from console.profiles.models import CredentialProfile, Unlock
from console.upstream.errors import WriteRefused
from tests.accounts.conftest import htmx
from tests.factories import AccountSubmissionFactory
from tests.services.profiles import opened_by, text

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/dpaas/acme/accounts/new/"


def typed(**more: str) -> dict[str, str]:
    return {"name": "Staging", "submission": str(uuid.uuid4()), **opened_by(), **more}


def submit(profile: CredentialProfile) -> None:
    fields = {"submission": uuid.uuid4(), "name": "Staging", "is_default": False}
    with suppress(WriteRefused):
        submissions.submit(profile.owner, profile, **fields)


# Every way in. "Send it again", on the page of a submission, posts the same form.
WAYS: dict[str, Callable[[Any, CredentialProfile], object]] = {
    "form": lambda client, profile: client.post(NEW, typed()),
    "htmx": lambda client, profile: client.post(NEW, typed(), headers=htmx("account-form")),
    "unlock": lambda client, profile: client.post(NEW, typed(typed_name="globex", unlock="on")),
    "service": lambda client, profile: services.create_account(
        profile, name="Staging", is_default=False
    ),
    "submission": lambda client, profile: submit(profile),
}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_guard_the_way_leads_to_dpaas(client, profile, dpaas, way: str):
    WAYS[way](client, profile)
    assert dpaas.stats.counts.creates == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("guarded", [{"environment": "production"}, {"read_only": True}])
def test_nothing_is_created_past_the_guard(client, profile, dpaas, guarded, way: str):
    CredentialProfile.objects.update(**guarded)
    profile.refresh_from_db()
    WAYS[way](client, profile)
    assert (dpaas.stats.counts.api_calls, AccountSubmission.objects.count()) == (0, 0)


def test_read_only_stays_so_whatever_is_typed(client, profile, dpaas):
    CredentialProfile.objects.update(read_only=True, environment="production")
    answer = client.post(NEW, typed(typed_name="acme", unlock="on"))
    assert answer.status_code == 422
    assert "is read-only, so nothing was sent" in text(answer)
    assert 'value="Staging"' in text(answer)
    assert (dpaas.stats.counts.api_calls, Unlock.objects.count()) == (0, 0)


def test_in_production_the_name_is_typed_in_the_form_itself(client, profile, dpaas):
    CredentialProfile.objects.update(environment="production")
    assert "Type <b><bdi>acme</bdi></b> to confirm" in text(client.get(NEW))
    sent = typed()
    wrong = text(client.post(NEW, {**sent, "typed_name": "globex"}))
    assert "The name does not match: type acme exactly." in wrong
    assert 'value="globex"' in wrong
    assert 'value="Staging"' in wrong
    assert sent["submission"] in wrong, "it was not used up"
    assert client.post(NEW, {**sent, "typed_name": "acme"}).status_code == 302
    assert client.post(NEW, sent).status_code == 422, "the second sending names it too"
    assert (dpaas.stats.counts.creates, Unlock.objects.count()) == (1, 0)


def test_sent_again_asks_for_the_name_too(client, profile, dpaas):
    CredentialProfile.objects.update(environment="production")
    lost = AccountSubmissionFactory(user=profile.owner, profile=profile, state="missing")
    page = client.get(f"/dpaas/acme/accounts/submissions/{lost.pk}/")
    assert "Type <b><bdi>acme</bdi></b> to confirm" in text(page)


def test_an_unlock_asks_for_no_name(client, profile, dpaas):
    CredentialProfile.objects.update(environment="production")
    client.post(NEW, typed(typed_name="acme", unlock="on"))
    assert "to confirm" not in text(client.get(NEW))
    client.post(NEW, typed(name="Another"))
    assert dpaas.stats.counts.creates == 2
