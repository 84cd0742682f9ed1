"""A request as a command or a program to copy, with `$TOKEN` in the token's place.

Each sends the address, the role and the body that the console would send. The body is one text of
JSON, so that every digit goes out as it was typed. What cannot be seen in it (marks that turn the
direction of writing, blanks of no width) stands as a JSON escape, which means the same.
"""

import json
import shlex
from dataclasses import dataclass

from console.graphql.request import GraphQLRequest
from console.upstream.dxtra import payload, role_header

CURL = """\
curl {url} \\
  --globoff \\
  --header "Authorization: Bearer $TOKEN" \\
{headers}  --data-raw {body}
"""
PYTHON = """\
import os

import requests

response = requests.post(
    {url},
    headers={{
        "Authorization": os.path.expandvars("Bearer $TOKEN"),
{headers}    }},
    data={body}.encode(),
    timeout=65,
)
print(response.text)
"""
JAVASCRIPT = """\
const $TOKEN = process.env.TOKEN;

const response = await fetch({url}, {{
  method: "POST",
  headers: {{
    Authorization: `Bearer ${{$TOKEN}}`,
{headers}  }},
  body: {body},
}});
console.log(await response.text());
"""


@dataclass(frozen=True, slots=True)
class Snippet:
    name: str
    id: str
    text: str


def snippets(request: GraphQLRequest) -> list[Snippet]:
    return [
        Snippet("curl", "snippet-curl", _curl(request)),
        Snippet("Python", "snippet-python", _python(request)),
        Snippet("JavaScript", "snippet-javascript", _javascript(request)),
    ]


def _curl(request: GraphQLRequest) -> str:
    lines = (f"  --header {shlex.quote(f'{k}: {v}')} \\\n" for k, v in _headers(request).items())
    return CURL.format(
        url=shlex.quote(request.profile.graphql_url),
        headers="".join(lines),
        body=shlex.quote(_body(request)),
    )


def _python(request: GraphQLRequest) -> str:
    lines = (f"        {_quoted(k)}: {_quoted(v)},\n" for k, v in _headers(request).items())
    return PYTHON.format(
        url=_quoted(request.profile.graphql_url),
        headers="".join(lines),
        body=_quoted(_body(request)),
    )


def _javascript(request: GraphQLRequest) -> str:
    lines = (f"    {_quoted(k)}: {_quoted(v)},\n" for k, v in _headers(request).items())
    return JAVASCRIPT.format(
        url=_quoted(request.profile.graphql_url),
        headers="".join(lines),
        body=_quoted(_body(request)),
    )


def _headers(request: GraphQLRequest) -> dict[str, str]:
    return {"Content-Type": "application/json", **role_header(request.sent_role)}


def _body(request: GraphQLRequest) -> str:
    document = request.document
    body = payload(document.text, request.variables, document.operation_name)
    # Outside of strings JSON is ASCII, so whatever cannot be seen stands in one.
    return "".join(map(_seen, bytes(body).decode()))


def _seen(letter: str) -> str:
    if letter.isprintable() or letter.isascii():
        return letter
    return json.dumps(letter)[1:-1]


def _quoted(text: str) -> str:
    """A string of JavaScript, and of Python."""
    return json.dumps(text, ensure_ascii=False)
