"""The time that a run took opens into its steps and the headers of the response."""

from typing import Any

import pytest

from console.upstream.dxtra import shown_headers
from console.upstream.network.response import Response
from console.vault.secret import Secret
from sandbox.dxtra import DxtraUpstream
from tests.graphql.conftest import Post

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_closed_and_holds_steps_and_headers(post: Post, profile):
    screen = post("{ dataControllers { id } }")
    (box,) = screen.root.all("details", class_="run-timeline")
    assert "open" not in box.attributes
    assert box.all("div", class_="timeline")
    assert "content-type" in [dt.line for dt in box.all("dt")]


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 502, "html": True},
        {"status": 200, "body": ""},
        {"status": 400, "body": '{"message": "no"}'},
        {"status": 401, "body": '{"errors": [{"message": "no"}]}'},
    ],
)
def test_a_response_that_is_no_answer_shows_its_headers_too(
    post: Post, dxtra: DxtraUpstream, failure: dict[str, Any]
):
    dxtra.faults.add(route="/v1/graphql", times=None, **failure)
    (box,) = post("{ dataControllers { id } }").root.all("details", class_="run-timeline")
    assert "content-length" in [dt.line for dt in box.all("dt")]


def test_only_headers_that_hold_no_credential_are_shown():
    headers = {
        "content-type": "application/json; token=abcdefgh",
        "set-cookie": "session=1",
        "authorization": "Bearer x",
        "www-authenticate": "Bearer x",
        "x-anything": "1",
        "date": "now\u202e",
    }
    shown = shown_headers(Response(200, headers, b""), [Secret("abcdefgh")])
    assert [name for name, _ in shown] == ["content-type", "date"]
    assert "abcdefgh" not in str(shown)
    assert "\u202e" not in str(shown)
