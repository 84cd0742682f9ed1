"""Results of many megabytes: a part on the screen, the whole for download, for its owner."""

import json
import tracemalloc
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from console.graphql.models import StoredResult
from console.graphql.results import MAX_BYTES
from console.graphql.stored import (
    MAX_STORED_RESULTS,
    ResultGone,
    find_result,
    open_result,
    store_result,
)
from console.profiles.models import CredentialProfile
from console.team.models import User
from sandbox.dxtra import DxtraUpstream
from tests.graphql.conftest import Post
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

LARGE = "query Events { events(limit: 20000) { id kind at dataSubjectId payload } }"
FLAT = "query Events { events(limit: 20000) { id kind at dataSubjectId } }"
SMALL_PAGE = 400_000  # bytes of HTML


def id_in(address: str) -> UUID:
    return UUID(address.rstrip("/").rpartition("/")[2])


def test_of_a_large_result_a_part_is_shown_and_the_whole_is_a_download(post: Post, client: Client):
    screen = post(LARGE)
    assert screen.status == 200
    assert len(screen.html.encode()) < SMALL_PAGE
    assert len(screen.json_text.encode()) <= MAX_BYTES
    answer = client.get(screen.download)
    body = answer.getvalue()
    assert len(body) > 12_000_000
    assert len(json.loads(body)["data"]["events"]) == 20_000
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Events.json"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Length"] == str(len(body))
    assert screen.json_text.startswith('{\n  "data": {\n    "events": [\n')
    assert "are shown; the whole is kept for an hour." in screen.root.line


def test_the_first_rows_of_a_large_list_are_a_table(post: Post):
    screen = post(FLAT)
    assert screen.columns == ["id", "kind", "at", "dataSubjectId"]
    assert [row[0] for row in screen.rows] == [str(number) for number in range(100)]
    assert "the first 100 rows" in screen.root.line


def test_a_small_result_is_not_kept(post: Post):
    assert post("{ dataControllers { id } }").download == ""
    assert StoredResult.objects.count() == 0


def test_what_is_kept_is_sealed(post: Post):
    post(FLAT)
    sealed = bytes(StoredResult.objects.get().sealed)
    assert b"consent.given" not in sealed
    assert not sealed.startswith(b"\x1f\x8b")


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
        "The action act answered status error: too many."
    ]


# --- Who may download, and for how long -----------------------------------------------------------


def keep(owner: User, body: bytes = b'{"data": {}}') -> StoredResult:
    return store_result(owner.pk, operation="Q", body=body)


def test_the_owner_downloads_and_a_stranger_finds_nothing(alice: User, bob: User):
    stored = keep(alice)
    address = f"/graphql/results/{stored.pk}/"
    assert client_of(alice).get(address).getvalue() == b'{"data": {}}'
    assert client_of(bob).get(address).status_code == 404
    assert Client().get(address).headers["Location"].startswith("/login/")
    assert client_of(alice).get(f"/graphql/results/{uuid4()}/").status_code == 404


def test_after_an_hour_a_result_is_gone(alice: User, bob: User):
    stored, of_bob = keep(alice), keep(bob)
    StoredResult.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert client_of(alice).get(f"/graphql/results/{stored.pk}/").status_code == 404
    assert not StoredResult.objects.filter(pk__in=[stored.pk, of_bob.pk]).exists()


def test_a_teammate_keeps_the_newest_three(alice: User, bob: User):
    of_bob = keep(bob)
    stored = [keep(alice) for _ in range(MAX_STORED_RESULTS + 2)]
    left = set(StoredResult.objects.visible_to(alice).values_list("pk", flat=True))
    assert left == {one.pk for one in stored[-MAX_STORED_RESULTS:]}
    assert find_result(bob, of_bob.pk) == of_bob


def test_a_result_moved_to_another_row_or_owner_does_not_open(alice: User, bob: User):
    mine, other = keep(alice, b'{"data": 1}'), keep(alice, b'{"data": 2}')
    StoredResult.objects.filter(pk=mine.pk).update(sealed=other.sealed)
    StoredResult.objects.filter(pk=other.pk).update(owner=bob)
    assert client_of(alice).get(f"/graphql/results/{mine.pk}/").status_code == 404
    assert client_of(bob).get(f"/graphql/results/{other.pk}/").status_code == 404


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 5_000_000])
def test_a_result_comes_back_in_pieces_byte_for_byte(alice: User, size: int):
    body = bytes(range(256)) * (size // 256 + 1)
    stored = keep(alice, body[:size])
    pieces = list(open_result(stored))
    assert b"".join(pieces) == body[:size]
    assert max(map(len, pieces), default=0) <= 64 * 1024


def test_opening_a_large_result_takes_little_memory(alice: User):
    stored = keep(alice, b'{"data": "x"}' * 1_000_000)
    tracemalloc.start()
    try:
        assert sum(map(len, open_result(stored))) == 13_000_000
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


def test_a_result_that_is_not_there_is_gone(alice: User, profile: CredentialProfile):
    with pytest.raises(ResultGone):
        find_result(alice, uuid4())
