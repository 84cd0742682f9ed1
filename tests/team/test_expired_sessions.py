"""Expired sessions go by themselves."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def expired(key: str) -> None:
    Session.objects.create(session_key=key, expire_date=timezone.now() - timedelta(minutes=1))


def left() -> set[str]:
    return set(Session.objects.values_list("session_key", flat=True))


def test_the_first_sign_in_of_a_day_deletes_those_that_expired_and_no_other():
    cache.clear()
    ana, other = UserFactory(), Client()
    other.force_login(UserFactory())
    cache.clear()
    expired("old")
    Client().force_login(ana)
    assert "old" not in left()
    assert other.session.session_key in left()

    expired("newer")
    Client().force_login(ana)
    assert "newer" in left()  # tomorrow
