"""/calls/: one's own calls."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.calls.models import Call
from console.team.models import User

CALLS = "/calls/"


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.com")


@pytest.fixture
def client(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def record(user: User, number: int = 0, **facts: Any) -> Call:
    given = {
        "user": user,
        "profile_name": "Sandbox",
        "system": "dpaas",
        "operation": f"list accounts {number}",
        "method": "GET",
        "path": "/accounts",
        "status": 200,
        "outcome": "ok",
        "received_bytes": 2048,
        "milliseconds": 12.4,
        "timeline": [["token reused", 0.0], ["first byte", 11.2], ["body", 0.7]],
    }
    call = Call.objects.create(**{**given, **facts})
    Call.objects.filter(pk=call.pk).update(at=timezone.now() + timedelta(seconds=number))
    return call


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def operations(response: Any) -> list[str]:
    return re.findall(r'class="call-what"><b>(.*?)</b>', text(response))


def test_a_row_tells_what_was_called_and_how_it_went(client, alice):
    record(alice, status=504, outcome="timed_out")
    page = text(client.get(CALLS))
    for fact in (
        "Sandbox",
        "DPaaS",
        "GET /accounts",
        'is-bad">timed out',
        "504",
        "2.0 KB",
        "12 ms",
        "first byte <b>11 ms</b>",
    ):
        assert fact in page


@pytest.mark.parametrize(
    ("status", "outcome", "tone"),
    [
        (200, "ok", "good"),
        (422, "validation_failed", "warning"),
        (200, "graphql_errors", "bad"),
        (200, "connection_cut", "bad"),
        (503, "upstream_failed", "bad"),
        (None, "host_unknown", "bad"),
    ],
)
def test_the_badge_shows_whose_fault_it_was(status: int | None, outcome: str, tone: str):
    call = Call(status=status, outcome=outcome)
    assert (call.outcome_tone, call.outcome_in_words) == (tone, outcome.replace("_", " "))


def test_the_newest_stand_first_fifty_on_a_page(client, alice):
    for number in range(103):
        record(alice, number)
    first, third = client.get(CALLS), client.get(CALLS, {"page": 3})
    assert operations(first) == [f"list accounts {number}" for number in range(102, 52, -1)]
    assert operations(third) == ["list accounts 2", "list accounts 1", "list accounts 0"]
    assert 'rel="next"' in text(first)
    assert 'rel="next"' not in text(third)
    assert 'href="?page=2" rel="prev"' in text(third)


def test_calls_are_filtered_by_system_and_outcome(client, alice):
    record(alice, 1)
    record(alice, 2, system="dxtra", outcome="access_denied")
    record(alice, 3, outcome="forbidden")
    assert operations(client.get(CALLS, {"system": "dxtra"})) == ["list accounts 2"]
    assert operations(client.get(CALLS, {"ended": "well"})) == ["list accounts 1"]
    assert operations(client.get(CALLS, {"ended": "badly", "system": "dpaas"})) == [
        "list accounts 3"
    ]
    assert len(operations(client.get(CALLS, {"ended": "'", "system": "x", "page": "-7"}))) == 3


def test_calls_are_ones_own(client, alice):
    bob = User.objects.create_user("bob@example.com")
    record(bob, profile_name="Bob's profile")
    response = client.get(CALLS)
    assert "Bob" not in text(response)
    assert "No calls yet" in text(response)


def test_htmx_gets_the_list_alone(client, alice):
    record(alice)
    headers = {"HX-Request": "true", "HX-Target": "calls-list"}
    page = text(client.get(CALLS, headers=headers))
    assert page.startswith('<section id="calls-list"')


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_few_statements(client, alice, rows: int):
    for number in range(rows):
        record(alice, number)
    with CaptureQueriesContext(connection) as statements:
        client.get(CALLS)
    assert len(statements) == 4


def test_what_an_upstream_named_is_harmless(client, alice):
    record(alice, operation="<script>alert(1)</script>", profile_name="<b>")
    assert "<script>alert" not in text(client.get(CALLS))


def test_a_page_far_beyond_the_end_leads_back(client, alice):
    record(alice)
    assert 'href="/calls/">All calls</a>' in text(client.get(CALLS, {"page": "99999"}))
