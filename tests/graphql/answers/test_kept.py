"""Every answer is kept: sealed, for its owner, for an hour, and up to a number and a size."""

import json
import tracemalloc
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from console.graphql.models import StoredResult
from console.graphql.stored import ResultGone, find_result, open_result, seal_typed
from console.team.models import User
from sandbox.dxtra import DxtraUpstream
from tests.factories import UserFactory
from tests.graphql.answers.kept import RESULTS, address, keep, page_of
from tests.graphql.conftest import Post
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

LARGE = "query Events { events(limit: 20000) { id kind at dataSubjectId payload } }"
SMALL_PAGE = 400_000  # bytes of HTML


def test_a_large_answer_opens_as_a_table_and_nothing_asks_again(
    post: Post, client: Client, dxtra: DxtraUpstream
):
    screen = post(LARGE)
    assert screen.status == 200
    assert len(screen.html.encode()) < SMALL_PAGE
    assert [row[0] for row in screen.rows] == [str(number) for number in range(100)]
    assert "1–100 of 20,000" in screen.root.line
    calls = dxtra.stats.counts.api_calls
    stored = StoredResult.objects.get()
    assert page_of(stored, page=200).rows[-1][0] == "19999"
    assert page_of(stored, sort="-0").rows[0][0] == "19999"
    answer = client.get(screen.download)
    body = answer.getvalue()
    assert len(json.loads(body)["data"]["events"]) == 20_000
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Events.json"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Length"] == str(len(body))
    assert dxtra.stats.counts.api_calls == calls


@pytest.mark.both_databases
@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_large_answer_stays_in_memory_once_it_is_stored():
    rows = [{"id": str(uuid4())} for _ in range(60_000)]
    owner = UserFactory()
    with CaptureQueriesContext(connection) as asked:
        stored = keep(owner, {"data": {"rows": rows}})
    assert "sealed" not in stored.__dict__
    if connection.vendor == "sqlite":  # whose statements hold what they have written
        assert connection.connection is None
    else:  # whose connections hold it, so that one of its own wrote it and is closed
        assert not [each for each in asked if "INSERT" in each["sql"]]
    assert len(json.loads(b"".join(open_result(stored)))["data"]["rows"]) == 60_000


def test_a_small_answer_is_kept_too_and_so_is_what_came_in_place_of_one(
    post: Post, dxtra: DxtraUpstream
):
    post("{ dataControllers { id } }")
    dxtra.faults.add(route="/v1/graphql", status=500, body={"message": "broken"})
    post("{ dataControllers { id } }")
    assert [stored.status for stored in StoredResult.objects.order_by("created_at")] == [200, 500]
    dxtra.faults.add(route="/v1/graphql", status=500, body="")
    post("{ dataControllers { id } }")
    assert StoredResult.objects.count() == 2


def test_what_is_kept_is_sealed(post: Post):
    post("{ events(limit: 3) { id kind } }")
    stored = StoredResult.objects.get()
    for sealed in (bytes(stored.sealed), bytes(stored.sealed_outline)):
        assert b"consent.given" not in sealed
        assert b"kind" not in sealed
        assert not sealed.startswith(b"\x1f\x8b")


def test_the_page_tells_headers_but_no_cookie(post: Post, dxtra: DxtraUpstream):
    headers = {"X-Request-Id": "r-77", "Set-Cookie": "a=canary", "X-Secret-Token": "canary"}
    dxtra.faults.add(route="/v1/graphql", body={"data": {"a": 1}}, headers=headers)
    post("{ a }")
    screen = page_of(StoredResult.objects.get())
    assert "x-request-id r-77" in screen.root.line
    assert "canary" not in screen.html


def test_errors_are_listed_at_their_places(alice: User):
    error = {"message": "no", "path": ["a", 3, "b"], "locations": [{"line": 2, "column": 5}]}
    screen = page_of(keep(alice, {"errors": [error], "data": None}))
    assert screen.graphql_errors == ["no at $.a[3].b line 2, column 5"]
    item = screen.root.all("section", class_="graphql-errors")[0].all("li")[0]
    assert (item.attributes["data-line"], item.attributes["data-column"]) == ("2", "5")


def test_a_large_answer_with_errors_beside_its_data_is_no_success(post: Post, dxtra: DxtraUpstream):
    rows = [{"id": number, "text": "x" * 100} for number in range(5_000)]
    answer = {"data": {"rows": rows}, "errors": [{"message": "half of it failed"}]}
    dxtra.faults.add(route="/v1/graphql", body=answer, content_type="application/json")
    assert post("{ rows { id } }").graphql_errors == ["half of it failed"]


def test_an_action_that_failed_is_found_in_a_large_answer(post: Post, dxtra: DxtraUpstream):
    rows = [{"id": number, "status": "error", "text": "x" * 100} for number in range(5_000)]
    failed = {"status": "error", "message": "too many"}
    answer = {"data": {"rows": rows, "act": failed, "fine": {"status": "success"}}}
    dxtra.faults.add(route="/v1/graphql", body=answer, content_type="application/json")
    assert post("{ rows { id } act { status } fine { status } }").notices == [
        "The action act returned status error: too many."
    ]


# --- Who may read, and for how long ---------------------------------------------------------------


@pytest.mark.parametrize("part", ["", "branch/", "download/"])
def test_the_owner_reads_and_a_stranger_finds_nothing(alice: User, bob: User, part: str):
    stored = keep(alice, b'{"data": {}}')
    assert client_of(alice).get(address(stored, part)).status_code == 200
    assert client_of(bob).get(address(stored, part)).status_code == 404
    assert Client().get(address(stored, part)).headers["Location"].startswith("/login/")
    elsewhere = address(stored, part).replace("api.dxtra.ai", "api.dxtra.ai~v2")
    assert client_of(alice).get(elsewhere).status_code == 404
    assert client_of(alice).get(f"{RESULTS}{uuid4()}/{part}").status_code == 404


def test_a_stranger_cannot_type_into_it(alice: User, bob: User):
    stored = keep(alice, b'{"data": {}}')
    assert client_of(bob).post(address(stored), {"find": "x"}).status_code == 404


def test_what_was_typed_for_one_answer_means_nothing_in_another(alice: User):
    stored, other = keep(alice, {"data": [{"a": "x"}]}), keep(alice, {"data": [{"a": "y"}]})
    sealed = seal_typed(stored, "x")
    assert page_of(stored, filter=sealed).value("filter") == "x"
    assert page_of(other, filter=sealed).value("filter") == ""


def test_after_an_hour_an_answer_is_gone(alice: User, bob: User):
    stored, of_bob = keep(alice, {}), keep(bob, {})
    StoredResult.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert page_of(stored).status == 404
    assert not StoredResult.objects.filter(pk__in=[stored.pk, of_bob.pk]).exists()


def test_a_teammate_keeps_the_newest_of_a_number(alice: User, bob: User, settings: Any):
    settings.ANSWERS_MAX_COUNT = 3
    of_bob = keep(bob, {})
    stored = [keep(alice, {}) for _ in range(5)]
    left = set(StoredResult.objects.visible_to(alice).values_list("pk", flat=True))
    assert left == {one.pk for one in stored[-3:]}
    assert find_result(bob, of_bob.pk) == of_bob


def test_a_teammate_keeps_the_newest_of_a_size_and_always_the_last(alice: User, settings: Any):
    settings.ANSWERS_MAX_BYTES = 250
    stored = [keep(alice, {"data": "x" * 80}) for _ in range(4)]
    left = set(StoredResult.objects.values_list("pk", flat=True))
    assert left == {one.pk for one in stored[-2:]}
    last = keep(alice, {"data": "x" * 1000})
    assert StoredResult.objects.get() == last


@pytest.mark.parametrize("column", ["sealed", "sealed_outline"])
def test_an_answer_moved_to_another_row_or_owner_does_not_open(alice: User, bob: User, column: str):
    mine, other = keep(alice, b'{"data": 1}'), keep(alice, b'{"data": 2}')
    StoredResult.objects.filter(pk=mine.pk).update(**{column: getattr(other, column)})
    StoredResult.objects.filter(pk=other.pk).update(owner=bob)
    assert client_of(alice).get(address(mine)).status_code == 404
    assert client_of(bob).get(address(other)).status_code == 404


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 5_000_000])
def test_a_body_comes_back_in_pieces_byte_for_byte(alice: User, size: int):
    body = bytes(range(256)) * (size // 256 + 1)
    pieces = list(open_result(keep(alice, body[:size])))
    assert b"".join(pieces) == body[:size]
    assert max(map(len, pieces), default=0) <= 64 * 1024


def test_opening_a_large_body_takes_little_memory(alice: User):
    stored = keep(alice, b'{"data": "x"}' * 1_000_000)
    tracemalloc.start()
    try:
        assert sum(map(len, open_result(stored))) == 13_000_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_an_answer_that_is_not_there_is_gone(alice: User):
    with pytest.raises(ResultGone):
        find_result(alice, uuid4())
