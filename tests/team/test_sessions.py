"""The session of a request is read by a compiled query, and means what Django's means."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as DjangoSessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from console.team.sessions import SessionStore

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
STORES = pytest.mark.parametrize("store", [SessionStore, DjangoSessionStore])


def saved(**data: str) -> str:
    session = SessionStore()
    session.update(data)
    session.save()
    assert session.session_key
    return session.session_key


@STORES
def test_what_was_saved_is_read(store: type[DjangoSessionStore]):
    key = saved(typed="a query")
    saved(typed="of somebody else")
    assert store(key)["typed"] == "a query"


@STORES
def test_an_expired_session_is_empty_and_its_key_is_given_up(store: type[DjangoSessionStore]):
    key = saved(typed="a query")
    Session.objects.filter(pk=key).update(expire_date=timezone.now() - timedelta(seconds=1))
    session = store(key)
    assert "typed" not in session
    assert session.session_key is None


@STORES
def test_a_key_that_nobody_was_given_is_not_taken(store: type[DjangoSessionStore]):
    session = store("a key that was made up by somebody")
    assert list(session.keys()) == []
    session["typed"] = "x"
    session.save()
    assert session.session_key != "a key that was made up by somebody"
