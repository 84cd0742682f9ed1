"""Answers that are kept for a teammate, and their pages."""

import json
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from console.graphql.models import StoredResult
from console.graphql.stored import store_result
from console.team.models import User
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import client_of

URL = "https://api.dxtra.ai/v1/graphql"
RESULTS = "/dxtra/api.dxtra.ai/graphql/results/"


def keep(owner: User, answer: Any, **columns: Any) -> StoredResult:
    """Keep `answer`: bytes as they are, all else as JSON."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return store_result(owner.pk, graphql_url=URL, operation="Q", body=body, **columns)


def address(stored: StoredResult, part: str = "", **query: object) -> str:
    page = reverse("graphql_result", args=[stored.target, stored.pk])
    return f"{page}{part}{'?' if query else ''}{urlencode(query)}"


def page_of(stored: StoredResult, *, part: bool = False, **query: object) -> Screen:
    """The page of a kept answer as its owner sees it; with `part`, what htmx gets."""
    headers = {"HX-Request": "true", "HX-Target": f"answer-{stored.pk}"} if part else {}
    response = client_of(stored.owner).get(address(stored, **query), headers=headers)
    return read_screen(response)


def typed_into(stored: StoredResult, where: dict[str, object] | None = None, **fields: Any) -> str:
    """The address that a form of the page leads to."""
    at = address(stored, **(where or {}))
    response = client_of(stored.owner).post(at, fields)
    assert response.status_code == 302, response.status_code
    return str(response.headers["Location"])


def follow(stored: StoredResult, location: str) -> Screen:
    return read_screen(client_of(stored.owner).get(location))
