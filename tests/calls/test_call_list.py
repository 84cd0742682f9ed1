"""/calls/: one's own calls."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.team.models import User
from tests.factories import CallFactory, UserFactory
from tests.services.profiles import client_of, text

CALLS = "/calls/"


@pytest.fixture
def alice(db: None) -> User:
    return UserFactory()


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


def operations(response: Any) -> list[str]:
    return re.findall(r'class="call-what"><b>(.*?)</b>', text(response))


def test_a_row_tells_what_was_called_and_how_it_went(client, alice):
    CallFactory(user=alice, status=504, outcome="timed_out")
    page = text(client.get(CALLS))
    for fact in (
        "Sandbox",
        "DPaaS",
        "GET /accounts",
        'is-bad">Timed out',
        "504",
        "2.0 KB",
        "12 ms",
        "first byte <b>11 ms</b>",
    ):
        assert fact in page


@pytest.mark.parametrize(
    ("status", "outcome", "tone", "words"),
    [
        (200, "ok", "good", "Succeeded"),
        (422, "validation_failed", "warning", "Validation failed"),
        (200, "graphql_errors", "bad", "GraphQL errors"),
        (200, "connection_cut", "bad", "Connection cut"),
        (503, "upstream_failed", "bad", "Upstream failed"),
        (None, "host_unknown", "bad", "Host unknown"),
        (None, "credential_needs_owner", "bad", "Sign-in refused"),
        (None, "broken", "bad", "Gatehouse error"),
    ],
)
def test_the_badge_shows_whose_fault_it_was(
    status: int | None, outcome: str, tone: str, words: str
):
    call = CallFactory.build(user=None, status=status, outcome=outcome)
    assert (call.outcome_tone, call.outcome_in_words) == (tone, words)


def test_times_have_seconds(client, alice):
    CallFactory(user=alice, at=datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC))
    assert ">1 Mar 2026, 14:05:09</time>" in text(client.get(CALLS))


def test_badges_are_for_what_stands_out(client, alice):
    CallFactory(user=alice)
    assert "badge" not in text(client.get(CALLS)).partition("<tbody>")[2]


def test_the_newest_stand_first_fifty_on_a_page(client, alice):
    for number in range(103):
        CallFactory(user=alice, number=number)
    first, third = client.get(CALLS), client.get(CALLS, {"page": 3})
    assert operations(first) == [f"list accounts {number}" for number in range(102, 52, -1)]
    assert operations(third) == ["list accounts 2", "list accounts 1", "list accounts 0"]
    assert 'rel="next"' in text(first)
    assert 'rel="next"' not in text(third)
    assert 'href="?page=2" rel="prev"' in text(third)


def test_calls_are_filtered_by_system_and_outcome(client, alice):
    CallFactory(user=alice, number=1)
    CallFactory(user=alice, number=2, system="dxtra", outcome="access_denied")
    CallFactory(user=alice, number=3, outcome="forbidden")
    assert operations(client.get(CALLS, {"system": "dxtra"})) == ["list accounts 2"]
    assert operations(client.get(CALLS, {"outcome": "succeeded"})) == ["list accounts 1"]
    assert operations(client.get(CALLS, {"outcome": "failed", "system": "dpaas"})) == [
        "list accounts 3"
    ]
    assert len(operations(client.get(CALLS, {"outcome": "'", "system": "x", "page": "-7"}))) == 3


def test_calls_are_ones_own(client, alice):
    CallFactory(profile_name="Bob's profile")
    response = client.get(CALLS)
    assert "Bob" not in text(response)
    assert "No calls yet" in text(response)


def test_htmx_gets_the_list_alone(client, alice):
    CallFactory(user=alice)
    headers = {"HX-Request": "true", "HX-Target": "calls-list"}
    page = text(client.get(CALLS, headers=headers))
    assert page.startswith('<section id="calls-list"')


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_few_statements(client, alice, rows: int):
    for number in range(rows):
        CallFactory(user=alice, number=number)
    with CaptureQueriesContext(connection) as statements:
        client.get(CALLS)
    assert len(statements) == 4


@pytest.mark.parametrize("field", ["operation", "profile_name", "path", "method", "outcome"])
def test_what_others_named_is_harmless(client, alice, field: str):
    CallFactory(user=alice, **{field: "<i>"})
    page = text(client.get(CALLS))
    assert "<i>" not in page
    assert "&lt;i&gt;" in page


def test_a_page_far_beyond_the_end_leads_back(client, alice):
    CallFactory(user=alice)
    assert 'href="/calls/">Show all calls</a>' in text(client.get(CALLS, {"page": "99999"}))
