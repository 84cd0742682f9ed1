"""Each request has an id and one line in the log; no line holds a query string."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

pytestmark = pytest.mark.usefixtures("style_urls")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, as the product's own settings write it."""
    stream = io.StringIO()
    own = {**settings.LOGGING, "handlers": {"stdout": {**settings.LOGGING["handlers"]["stdout"]}}}
    own["handlers"]["stdout"]["stream"] = stream
    root = logging.getLogger()
    before = root.handlers[:], root.level
    logging.config.dictConfig(own)
    yield stream
    root.handlers[:], _ = before
    root.setLevel(before[1])


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_request_is_one_line(signed_in: Client, log: io.StringIO) -> None:
    response = signed_in.get("/style/?order_by=canary-query")
    (line,) = lines(log)

    assert line["request_id"] == response.headers["X-Request-ID"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/style/", 200)
    assert line["user"] == signed_in.session["_auth_user_id"]
    assert isinstance(line["ms"], float)


@pytest.mark.parametrize("path", ["/style/", "/broken/", "/nowhere/", "/healthz"])
def test_no_line_holds_a_query_string(signed_in: Client, log: io.StringIO, path: str) -> None:
    signed_in.raise_request_exception = False
    signed_in.get(f"{path}?order_by=canary-query")

    assert len(lines(log)) >= 1
    assert "canary-query" not in log.getvalue()


def test_a_failure_is_logged_with_the_id_of_its_request(
    signed_in: Client, log: io.StringIO
) -> None:
    signed_in.raise_request_exception = False
    response = signed_in.get("/broken/")

    (told,) = [line for line in lines(log) if line["level"] == "ERROR"]
    assert told["request_id"] == response.headers["X-Request-ID"]
    assert "RuntimeError" in str(told["exc_info"])


def test_an_answer_that_tells_of_a_failure_is_logged_with_its_id_too(
    signed_in: Client, log: io.StringIO
) -> None:
    response = signed_in.get("/style/?status=504")

    assert [line["request_id"] for line in lines(log)] == [response.headers["X-Request-ID"]] * 2


@pytest.mark.parametrize(
    ("given", "kept"),
    [("proxy-1234.abc", True), ("short", False), ("x" * 65, False), ("a b\tc d e f g", False)],
)
def test_a_proxys_id_is_kept_if_it_is_one(client: Client, given: str, kept: bool) -> None:
    identity = client.get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]

    assert (identity == given) is kept
    assert 8 <= len(identity) <= 64
