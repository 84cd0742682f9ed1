"""/dxtra/<target>/graphql/history/: one's own runs."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.graphql.history import search
from console.graphql.history.models import Run
from console.graphql.stored import store_result
from console.team.models import User
from tests.factories import DxtraProfileFactory, RunFactory, UserFactory
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import client_of, text

pytestmark = pytest.mark.both_databases

HISTORY = "/dxtra/api.dxtra.ai/graphql/history/"
ELSEWHERE = "https://staging.dxtra.ai/v1/graphql"


@pytest.fixture
def alice(db: None) -> User:
    user = UserFactory()
    DxtraProfileFactory(owner=user, origin="https://api.dxtra.ai")
    return user


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


def operations(response: Any) -> list[str]:
    return re.findall(r'run-what"><a href="[^"]+">(.*?)</a>', text(response))


def look_for(client: Client, words: str, **filters: str) -> list[str]:
    return operations(client.post(HISTORY, {"text": words, **filters}))


def test_what_was_looked_for_is_looked_for_again_after_expiry(alice):
    RunFactory(owner=alice, operation="Erase")
    RunFactory(owner=alice, operation="People")
    typed = {"text": "peop", "kind": "query", "everywhere": "1"}
    client, led_to = sent_after_expiry(alice, HISTORY, typed)
    back = client.get(led_to)
    page = text(back)
    assert (led_to, operations(back)) == (HISTORY, ["People"])
    assert 'value="peop"' in page
    assert '<option value="query" selected>' in page
    assert re.search(r'name="everywhere"\s+value="1" checked', page)


def test_a_row_tells_what_was_run_and_how_it_went(client, alice):
    moment = datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)
    run = RunFactory(owner=alice, at=moment, operation="Erase", is_mutation=True, role="dpo")
    Run.objects.filter(pk=run.pk).update(outcome="timed_out", status=None, profile_name="Mine")
    page = text(client.get(HISTORY))
    for fact in (
        "Sunday 1 March 2026",
        ">14:05:09</time>",
        f'href="{HISTORY}{run.pk}/">Erase</a>',
        ">Mutation<",
        "Mine",
        ">dpo<",
        'is-bad">Timed out',
        "may have gone through",
        "14 ms",
    ):
        assert fact in page


def test_runs_are_grouped_by_day_the_newest_first(client, alice):
    now = timezone.now()
    for days in (40, 1, 0):
        RunFactory(owner=alice, operation=f"Before{days}", at=now - timedelta(days=days))
    page = client.get(HISTORY)
    assert operations(page) == ["Before0", "Before1", "Before40"]
    days = re.findall(r'scope="rowgroup">(\w+)', text(page))
    assert days[:2] == ["Today", "Yesterday"]
    assert len(days) == 3


def test_runs_are_ones_own_and_of_the_target_unless_all_are_asked_for(client, alice):
    RunFactory(operation="OfBob")
    RunFactory(owner=alice, operation="Here", number=1)
    RunFactory(owner=alice, operation="There", graphql_url=ELSEWHERE)
    assert operations(client.get(HISTORY)) == ["Here"]
    everywhere = client.get(HISTORY, {"everywhere": "1"})
    assert operations(everywhere) == ["Here", "There"]
    assert "staging.dxtra.ai" in text(everywhere)
    assert "OfBob" not in text(everywhere)


def test_runs_are_filtered(client, alice):
    RunFactory(owner=alice, operation="Fine", starred=True)
    RunFactory(owner=alice, operation="Wrong", outcome="graphql_errors", role="me", number=1)
    RunFactory(owner=alice, operation="Half", outcome="action_failed", number=2)
    RunFactory(owner=alice, operation="Late", outcome="timed_out", is_mutation=True, number=3)

    def shown(**filters: str) -> list[str]:
        return operations(client.get(HISTORY, filters))

    assert shown(outcome="succeeded") == ["Fine"]
    assert shown(outcome="graphql_errors") == ["Half", "Wrong"]
    assert shown(outcome="failed") == ["Late"]
    assert shown(kind="mutation") == ["Late"]
    assert shown(kind="query", outcome="graphql_errors", role="me") == ["Wrong"]
    assert shown(starred="1") == ["Fine"]
    assert len(shown(outcome="'", kind="x", page="-7")) == 4
    assert "Show all runs" in text(client.get(HISTORY, {"role": "nobody"}))


@pytest.mark.parametrize(
    "words",
    ["subjects of", "DATASUBJECTS", "production", "dpo", "succeeded", "elodie@example.com", "id:"],
)
def test_runs_are_found_by_what_is_plain_and_by_what_they_sent(client, alice, words: str):
    RunFactory(
        owner=alice,
        operation="SubjectsOf",
        profile_name="Production",
        role="dpo",
        query="query SubjectsOf { dataSubjects(id: 1) { id } }",
        variables='{"email": "Elodie@example.com"}',
    )
    RunFactory(owner=alice, operation="Other", fields="consents", query="{ consents }", status=None)
    Run.objects.filter(operation="Other").update(outcome="timed_out", role="me")
    assert look_for(client, words) == ["SubjectsOf"]


def test_an_outcome_is_found_by_its_words(client, alice):
    RunFactory(owner=alice, operation="Late", outcome="timed_out")
    RunFactory(owner=alice, operation="Fine")
    assert look_for(client, "timed out") == ["Late"]


def test_older_runs_are_found_by_what_is_plain_alone(client, alice, monkeypatch):
    monkeypatch.setattr(search, "SEARCHED_DOCUMENTS", 2)
    for number in range(4):
        RunFactory(owner=alice, number=number, variables='{"name": "needle"}')
    assert look_for(client, "needle") == ["Subjects3", "Subjects2"]
    assert look_for(client, "subjects0") == ["Subjects0"]
    assert look_for(client, "subjects3 needle") == ["Subjects3"]


@pytest.mark.parametrize("words", ["zoë", 'the "best"', "a/b", "one\\two", "zo\\u00eb"])
def test_what_a_variable_or_a_query_writes_as_an_escape_is_found_as_it_reads(
    client, alice, words: str
):
    written = r'"Zo\u00eb the \"best\" a\/b one\\two"'
    RunFactory(owner=alice, operation="Sent", variables=f'{{"name": {written}}}')
    RunFactory(owner=alice, operation="Typed", query=f"{{ a(name: {written}) }}")
    RunFactory(owner=alice, operation="Other", variables='{"name": "Zoe"}')
    assert look_for(client, words) == ["Typed", "Sent"]


def test_a_search_stays_within_the_filters(client, alice):
    RunFactory(owner=alice, operation="Mine", variables='{"name": "needle"}')
    RunFactory(owner=alice, operation="Away", graphql_url=ELSEWHERE, variables='{"a": "needle"}')
    RunFactory(operation="OfBob", variables='{"name": "needle"}')
    assert look_for(client, "needle") == ["Mine"]
    assert look_for(client, "needle", kind="mutation") == []
    assert look_for(client, "needle", everywhere="1") == ["Away", "Mine"]


def test_what_was_looked_for_stands_in_no_address(client, alice):
    RunFactory(owner=alice)
    headers = {"HX-Request": "true", "HX-Target": "history-list"}
    typed = {"text": "elodie@example.com", "kind": "query"}
    response = client.post(HISTORY, typed, headers=headers)
    assert response["HX-Push-Url"] == f"{HISTORY}?kind=query"
    assert text(response).startswith('<section id="history-list"')


def test_pages_hold_fifty_runs_and_keep_the_search(client, alice):
    for number in range(52):
        RunFactory(owner=alice, number=number)
    first = client.post(HISTORY, {"text": "subjects"})
    assert len(operations(first)) == 50
    assert 'form="history-filter" name="page" value="2"' in text(first)
    assert look_for(client, "subjects", page="2") == ["Subjects1", "Subjects0"]


@pytest.mark.parametrize("rows", [1, 50])
def test_the_list_takes_few_statements(client, alice, rows: int):
    for number in range(rows):
        RunFactory(owner=alice, number=number)
    client.get(HISTORY)  # notes the target as the one used last
    with CaptureQueriesContext(connection) as statements:
        client.get(HISTORY)
    assert len(statements) == 5
    assert not any('"sealed"' in each["sql"] for each in statements)


def test_the_answer_is_linked_while_it_is_kept(client, alice):
    stored = store_result(alice.pk, graphql_url=ELSEWHERE, operation="x", body=b"{}")
    run = RunFactory(owner=alice, answer=stored)
    link = f"/dxtra/api.dxtra.ai/graphql/results/{stored.pk}/"
    assert link in text(client.get(HISTORY))
    Run.objects.update(at=timezone.now() - timedelta(minutes=61))
    assert link not in text(client.get(HISTORY))
    stored.delete()
    run.refresh_from_db()
    assert run.answer_id is None


def test_a_star_is_set_and_taken_with_and_without_htmx(client, alice):
    run = RunFactory(owner=alice)
    url = f"{HISTORY}{run.pk}/star/"
    response = client.post(
        url, {"starred": "1"}, headers={"Referer": f"http://testserver{HISTORY}"}
    )
    assert (response.status_code, response["Location"]) == (302, HISTORY)
    assert Run.objects.get().starred
    part = text(client.post(url, {"starred": "0"}, headers={"HX-Request": "true"}))
    assert part.startswith('<form class="star-form"')
    assert 'aria-pressed="false"' in part
    assert not Run.objects.get().starred


def test_a_stranger_stars_nothing(alice):
    run = RunFactory(owner=alice, sharing="variables")
    bob = UserFactory()
    DxtraProfileFactory(owner=bob, origin="https://api.dxtra.ai")
    for action in ("star", "share", "again"):
        assert client_of(bob).post(f"{HISTORY}{run.pk}/{action}/").status_code == 404


def test_what_was_named_by_others_is_harmless(client, alice):
    RunFactory(owner=alice, profile_name="<script>alert(1)</script>", role="<b>")
    assert "<script>alert" not in text(client.get(HISTORY))


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["x\x00y", "\x00"])
def test_a_nul_finds_nothing_and_breaks_nothing(client, alice, text: str):
    assert client.get(HISTORY, {"role": text}).status_code == 200
    assert client.post(HISTORY, {"text": text}).status_code == 200
