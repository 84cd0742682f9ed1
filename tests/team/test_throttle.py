"""Wrong passwords are counted by e-mail and IP address, however a request is spelled."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from console.team import throttle
from console.team.models import User
from tests.factories import UserFactory
from tests.services.profiles import client_of, text
from tests.services.threads import in_threads

PASSWORD = "a long enough passphrase"
THROTTLED = "Too many failed attempts. Try again in 5 minutes."
HOSTS = ["console.example.org", "a.example.org", "b.example.org"]
STRANGER, HOME = "203.0.113.7", "198.51.100.1"

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def fresh_counts(db: None) -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def behind_one_proxy(settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.ALLOWED_HOSTS = HOSTS


@pytest.fixture
def ana() -> User:
    return UserFactory(email="ana@example.org", password=PASSWORD)


def sign_in(
    login: str = "ana@example.org",
    password: str = "wrong",
    *,
    forwarded: str = STRANGER,
    host: str = "console.example.org",
) -> Any:
    headers = {"X-Forwarded-For": forwarded, "Host": host}
    return Client().post("/login/", {"login": login, "password": password}, headers=headers)


def evaluated(*attempts: Callable[[], Any]) -> int:
    return [attempt().status_code for attempt in attempts].count(200)


@pytest.mark.parametrize(
    "spellings",
    [
        [{"host": f"console.example.org{end}"} for end in ("", ":80")],
        [{"host": host} for host in HOSTS],
        [
            {"login": login}
            for login in ("ANA@example.org", " ana@example.org\u2000", "ana@EXAMPLE.org")
        ],
        [{"forwarded": f"192.0.2.{n}, {STRANGER}"} for n in range(6)],
        [{"forwarded": f"{STRANGER}:{port}"} for port in (1, 65535)],
        [{"forwarded": f"::ffff:{STRANGER}"}, {"forwarded": STRANGER}],
        [{"forwarded": f"2001:db8:1:2::{n:x}"} for n in range(6)],
    ],
    ids=["ports", "hosts", "e-mails", "spoofed", "source ports", "mapped", "one /64"],
)
def test_a_stranger_has_five_guesses_however_they_are_spelled(
    ana: User, spellings: list[dict[str, str]]
) -> None:
    attempts = [lambda change=change: sign_in(**change) for change in spellings * 8]

    assert evaluated(*attempts[:8]) == 5


@pytest.mark.django_db(transaction=True)
def test_guesses_that_come_at_once_are_five_too(ana: User) -> None:
    answers = in_threads(12, lambda: sign_in().status_code)

    assert answers.count(200) <= 5
    assert answers.count(429) == 12 - answers.count(200)


def test_a_stranger_does_not_lock_the_owner_out(ana: User) -> None:
    for _ in range(8):
        sign_in()

    assert sign_in(password=PASSWORD, forwarded=STRANGER).status_code == 429
    assert sign_in(password=PASSWORD, forwarded=HOME).status_code == 302


def test_two_ipv4_clients_of_a_dual_stack_proxy_are_two(ana: User) -> None:
    for _ in range(5):
        sign_in(forwarded=f"::ffff:{STRANGER}")

    assert sign_in(password=PASSWORD, forwarded=f"::ffff:{HOME}").status_code == 302


def test_guesses_from_many_addresses_come_to_an_end(ana: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "password_by_email": "7/h/key"}
    attempts = [lambda n=n: sign_in(forwarded=f"203.0.113.{n}") for n in range(9)]

    assert evaluated(*attempts) == 7
    assert "Try again in 60 minutes." in text(sign_in(forwarded=HOME))


def test_one_address_alone_cannot_spend_all_guesses_at_an_e_mail() -> None:
    [strict], [loose] = (
        ratelimit.get_rates(app="allauth.account", action=action)
        for action in ("password_by_email_and_ip", "password_by_email")
    )

    assert strict.amount / strict.duration < loose.amount / loose.duration


def test_guesses_for_many_teammates_come_to_an_end() -> None:
    attempts = [lambda n=n: sign_in(f"{n}@example.org") for n in range(35)]

    assert evaluated(*attempts) == 30
    assert "Try again in 1 minute." in text(sign_in("one-more@example.org"))


def test_a_throttled_answer_is_429_says_when_and_is_the_same_for_everybody(ana: User) -> None:
    pages = []
    for login in ("ana@example.org", "nob@example.org"):
        for _ in range(5):
            sign_in(login)
        answer = sign_in(login, PASSWORD)
        page = re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", text(answer))
        pages.append((answer.status_code, page.replace(login, "")))

    assert pages[0] == pages[1]
    assert pages[0][0] == 429
    assert THROTTLED in pages[0][1]


def test_it_says_how_long_it_still_is(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        sign_in()
    later = timezone.now() + timedelta(minutes=3, seconds=30)
    monkeypatch.setattr(throttle.time, "time", later.timestamp)

    assert "Try again in 2 minutes." in text(sign_in())


def test_a_refused_attempt_is_not_counted_and_a_right_password_neither(ana: User) -> None:
    for _ in range(4):
        sign_in()
    right = [sign_in(password=PASSWORD).status_code for _ in range(10)]

    assert right == [302] * 10
    assert evaluated(sign_in, sign_in, sign_in) == 1


def test_an_open_session_is_no_place_to_guess_the_password(ana: User) -> None:
    typed = {"password1": "another long one", "password2": "another long one"}
    client = client_of(ana)

    def change(old: str) -> Any:
        headers = {"Host": "console.example.org"}
        return client.post("/password/", {**typed, "oldpassword": old}, headers=headers)

    assert evaluated(*[lambda: change("wrong")] * 8) == 5
    refused = change(PASSWORD)
    ana.refresh_from_db()

    assert refused.status_code == 429
    assert THROTTLED in text(refused)
    assert ana.check_password(PASSWORD)
