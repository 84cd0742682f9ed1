"""What is recorded of a run, how long, and for whom."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.graphql.history.models import Run
from console.graphql.history.record import prune
from console.graphql.history.sent import SentUnreadable, open_sent
from console.graphql.models import MutationRun
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.systems import System
from tests.factories import RunFactory, UserFactory
from tests.graphql.reading import read_screen
from tests.profiles.sealed import column
from tests.services.profiles import opened_by, screen_of

QUERY = "query Controllers($n: Int) { dataControllers(limit: $n) { id } }"
MUTATION = "mutation Rename { updateDataController(pk_columns: {id: 1}, _set: {}) { id } }"


@pytest.fixture
def client(alice: User) -> Client:
    signed_in = Client()
    signed_in.force_login(alice)
    return signed_in


def send(client: Client, profile: CredentialProfile, query: str, **fields: str) -> Any:
    own = opened_by(kind=System.DXTRA)
    return client.post(screen_of(profile), {"query": query, **own, **fields})


def test_a_run_is_recorded_with_what_it_sent(client, dxtra_profile):
    send(client, dxtra_profile, QUERY, variables='{"n": 1}', role="user")
    run = Run.objects.get()
    assert (run.owner, run.profile, run.target) == (
        dxtra_profile.owner,
        dxtra_profile,
        dxtra_profile.target,
    )
    assert (run.operation, run.fields, run.kind) == ("Controllers", "dataControllers", "query")
    assert (run.profile_name, run.role, run.status) == ("Dxtra", "user", 200)
    assert run.milliseconds > 0
    assert run.size > 0
    sent = open_sent(run)
    assert (sent.query, sent.variables) == (QUERY, '{"n": 1}')
    assert b"Controllers" not in bytes(run.sealed)


def test_failures_are_recorded_with_their_sentence(client, dxtra_profile, dxtra, settings):
    dxtra.faults.add(route="/v1/graphql", status=500)
    send(client, dxtra_profile, QUERY)
    run = Run.objects.get()
    assert (run.outcome, run.status) == ("upstream_failed", 500)
    assert open_sent(run).failure
    assert not run.may_have_happened  # a query changes nothing


def test_a_mutation_whose_answer_was_lost_may_have_happened(db):
    lost = RunFactory.build(owner=None, is_mutation=True, outcome="timed_out")
    unsent = RunFactory.build(owner=None, is_mutation=True, outcome="host_unknown")
    assert (lost.may_have_happened, unsent.may_have_happened) == (True, False)


def test_a_query_whose_process_died_stands_in_the_history(client, dxtra_profile, monkeypatch):
    monkeypatch.setattr("console.graphql.desk.views.run", _dies)
    with pytest.raises(SystemExit):
        send(client, dxtra_profile, QUERY)
    run = Run.objects.get()
    assert (run.outcome_in_words, run.may_have_happened) == ("Under way", False)
    assert open_sent(run).query == QUERY
    run.at -= timedelta(minutes=10)
    assert (run.outcome_in_words, run.outcome_tone) == ("Cut off", "bad")


def test_a_mutation_whose_process_died_stands_in_the_history(client, dxtra_profile, monkeypatch):
    question = read_screen(send(client, dxtra_profile, MUTATION))
    monkeypatch.setattr("console.graphql.runs.run", _dies)
    with pytest.raises(SystemExit):
        send(client, dxtra_profile, MUTATION, confirm=question.confirmation)
    run = Run.objects.get()
    assert (run.outcome_in_words, run.may_have_happened) == ("Under way", True)
    assert open_sent(run).query == MUTATION
    run.at -= timedelta(minutes=10)
    assert (run.outcome_in_words, run.outcome_tone) == ("Cut off", "bad")


def _dies(request: object) -> Any:
    raise SystemExit


def test_a_mutation_has_one_row_from_its_sending_to_its_end(client, dxtra_profile):
    question = read_screen(send(client, dxtra_profile, MUTATION))
    send(client, dxtra_profile, MUTATION, confirm=question.confirmation)
    run = Run.objects.get()
    assert (run.outcome, run.status, run.milliseconds > 0) == ("graphql_errors", 200, True)
    assert open_sent(run).query == MUTATION


def test_an_upstreams_words_about_a_mutation_are_nowhere_in_plain(client, dxtra_profile, dxtra):
    question = read_screen(send(client, dxtra_profile, MUTATION))
    dxtra.faults.add(route="/v1/graphql", status=400, body='{"error": "a secret subject"}')
    send(client, dxtra_profile, MUTATION, confirm=question.confirmation)
    assert "a secret subject" in open_sent(Run.objects.get()).failure
    kept = MutationRun.objects.get().failure
    assert "Dxtra refused the request" in kept
    assert "secret" not in kept


def test_what_was_not_run_is_not_recorded(client, dxtra_profile):
    send(client, dxtra_profile, "{ not closed")
    send(client, dxtra_profile, MUTATION)  # asks for its confirmation
    assert not Run.objects.exists()


@pytest.mark.both_databases
def test_runs_beyond_their_number_and_past_their_time_are_deleted(db, settings):
    settings.HISTORY_MAX_RUNS, settings.HISTORY_KEPT_DAYS = 3, 90
    alice, bob = UserFactory(), UserFactory()
    for number in range(5):
        RunFactory(owner=alice, number=number)
    for days in (89, 91):
        RunFactory(owner=bob, operation=f"{days}", at=timezone.now() - timedelta(days=days))
    assert prune(alice.pk) == 3
    left = set(Run.objects.values_list("operation", flat=True))
    assert left == {"Subjects2", "Subjects3", "Subjects4", "89"}


@pytest.mark.both_databases
def test_a_run_outlives_its_profile_and_goes_with_its_owner(alice, dxtra_profile):
    run = RunFactory(owner=alice, profile=dxtra_profile)
    dxtra_profile.delete()
    run.refresh_from_db()
    assert (run.profile_id, run.profile_name) == (None, "Dxtra")
    alice.delete()
    assert not Run.objects.exists()


@pytest.mark.both_databases
def test_what_was_sent_opens_in_its_own_row_alone(db):
    alice, bob = UserFactory(), UserFactory()
    mine, also_mine, theirs = (RunFactory(owner=owner) for owner in (alice, alice, bob))
    for other in (also_mine, theirs):
        other.sealed = mine.sealed
        with pytest.raises(SentUnreadable):
            open_sent(other)
    assert [column("runs").opens(run) for run in (mine, theirs)] == [True, False]


@pytest.mark.both_databases
def test_it_is_counted_and_sealed_anew_with_the_other_columns(db):
    run = RunFactory()
    assert sum(column("runs").count_by_key().values()) == 1
    assert column("runs").reseal(run.pk)
    before = bytes(run.sealed)
    run.refresh_from_db()
    assert bytes(run.sealed) != before
    assert open_sent(run).query
