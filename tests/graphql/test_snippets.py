"""A request copied as a program sends what the console sends, whatever stands in it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest

from console.graphql.documents import read_document
from console.graphql.request import GraphQLRequest
from console.graphql.snippets import snippets
from console.profiles.models import CredentialProfile
from console.upstream.systems import System
from tests.graphql.reading import read_screen
from tests.services.profiles import opened_by, screen_of

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = (
    "query Q($a: String) {\n  echo(text: \"it's ${HOME} $(id) `id` \\\\ \\\" '''\", a: $a)\n}"
    "\n# </script> !! %s {0} \u202e\u200b\u2028 Zürich 名前 \U0001f600"
)
VARIABLES = '{"a": "\'; rm -rf / #$TOKEN {} \u202e", "n": 1.10000000000000000001}'
TOKEN = "t-'\"$0"
COMMANDS = {
    "curl": ["bash", "-c"],
    "Python": [sys.executable, "-c"],
    "JavaScript": ["node", "--input-type=module", "-e"],
}


@pytest.fixture
def heard() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that remembers what it got: its address, and the requests."""
    requests: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/graphql", requests
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("role", ["", "it's $me"])
@pytest.mark.parametrize("name", COMMANDS)
def test_each_sends_address_role_and_body_as_the_console_does(heard, name: str, role: str):
    if shutil.which(COMMANDS[name][0]) is None:
        pytest.skip(f"no {COMMANDS[name][0]}")
    url, requests = heard
    profile = CredentialProfile(kind="dxtra", graphql_url=f"{url}?a=[1-3]&b={{x,y}}", role=role)
    asked = GraphQLRequest(profile, read_document(HOSTILE), VARIABLES, "")
    text = next(each.text for each in snippets(asked) if each.name == name)
    environment = {**os.environ, "TOKEN": TOKEN}
    subprocess.run([*COMMANDS[name], text], env=environment, check=True, capture_output=True)
    (got,) = requests
    sent = json.loads(got["body"], parse_float=str)
    assert unquote(got["path"]) == "/v1/graphql?a=[1-3]&b={x,y}"
    assert sent["query"] == HOSTILE
    assert sent["variables"] == json.loads(VARIABLES, parse_float=str)
    assert sent["operationName"] == "Q"
    headers = {key.lower(): value for key, value in got["headers"].items()}
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == "application/json"
    assert headers.get("x-hasura-role", "") == role


def test_nothing_unseen_stands_in_a_snippet():
    asked = GraphQLRequest(
        CredentialProfile(kind="dxtra", graphql_url="https://a.example/v1/graphql"),
        read_document(HOSTILE),
        VARIABLES,
        "",
    )
    for snippet in snippets(asked):
        assert snippet.text.replace("\n", "").isprintable()
        assert "$TOKEN" in snippet.text


@pytest.mark.parametrize("target", ["", "graphql-snippets"])
def test_the_page_and_the_part_show_all_three_and_send_nothing(client, profile, dxtra, target: str):
    url = screen_of(profile, "graphql_snippets")
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    screen = read_screen(client.post(url, {"query": "{ a }", "variables": ""}, headers=headers))
    codes = [each.attributes["id"] for each in screen.root.all("code") if "id" in each.attributes]
    assert codes == ["snippet-curl", "snippet-python", "snippet-javascript"]
    assert ("<html" in screen.html) == (not target)
    assert dxtra.stats.counts.connections == 0


def test_what_cannot_run_is_told_and_goes_back_to_the_query(client, profile, dxtra):
    typed = {"query": "{ a", "variables": '{"a": 1}', "role": "me"}
    screen = read_screen(
        client.post(screen_of(profile, "graphql_snippets"), typed | opened_by(kind=System.DXTRA))
    )
    assert (screen.status, screen.notices) == (422, ["Query The query ends too early."]) or (
        "ends too early" in screen.notices[0]
    )
    form = next(f for f in screen.root.all("form") if f.all("textarea"))
    kept = {each.attributes["name"]: each.text.strip() for each in form.all("textarea")}
    assert {name: kept[name] for name in typed} == typed
