"""A session lets in whom it names until it is over; Django's own store reads what ours wrote."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from console.team.models import User
from console.team.sessions import SessionStore

pytestmark = pytest.mark.both_databases


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_a_session_ends_when_its_time_is_over(client: Client):
    assert client.get("/profiles/").status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/profiles/").status_code == 302


@pytest.mark.parametrize("key", ["unknown0000000000000000000000000", "' OR 1=1 --", "%s"])
def test_an_unknown_key_opens_nothing(client: Client, key: str):
    client.cookies["sessionid"] = key
    assert client.get("/profiles/").status_code == 302


def test_a_session_ends_with_its_teammate(client: Client, alice: User):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/profiles/").status_code == 302


def test_djangos_store_reads_it_and_the_other_way_round(db: None):
    for one, other in ((SessionStore, DjangosStore), (DjangosStore, SessionStore)):
        stored = one()
        stored["kept"] = "here"
        stored.save()
        assert other(stored.session_key)["kept"] == "here"


def test_a_session_that_somebody_changed_in_the_database_opens_nothing(client: Client):
    assert client.get("/profiles/").status_code == 200
    stored = Session.objects.get()
    stored.session_data = ("A" if stored.session_data[0] != "A" else "B") + stored.session_data[1:]
    stored.save()
    assert client.get("/profiles/").status_code == 302


def test_what_one_request_changes_in_a_session_another_one_does_not_see(db: None):
    stored = SessionStore()
    stored["kept"] = ["here"]
    stored.save()
    SessionStore(stored.session_key)["kept"].append("there")
    assert SessionStore(stored.session_key)["kept"] == ["here"]
