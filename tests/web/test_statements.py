"""How many statements a proxied page sends to the database, everything counted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

MAX_STATEMENTS = 6
ALWAYS = ("django_session", "team_user", "profiles_credentialprofile", "calls_call")

Counted = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


def assert_every_part_is_counted(captured: Any) -> None:
    """Signing in, profiles and the record of the call are among the statements."""
    statements = [query["sql"] for query in captured.captured_queries]
    missing = [table for table in ALWAYS if not any(table in each for each in statements)]
    assert missing == []


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/?order_by=name&page=2", "/users/"])
def test_a_proxied_list_needs_few_statements(
    client: Client,
    dpaas_profile: CredentialProfile,
    django_assert_max_num_queries: Counted,
    path: str,
):
    assert client.get(path).status_code == 200  # signs in to DPaaS
    with django_assert_max_num_queries(MAX_STATEMENTS) as captured:
        page = client.get(path)
    assert b"<tbody>" in page.content
    assert_every_part_is_counted(captured)


def test_a_row_of_a_list_needs_no_statement(
    client: Client, dpaas_profile: CredentialProfile, django_assert_max_num_queries: Counted
):
    assert client.get("/accounts/").status_code == 200
    with django_assert_max_num_queries(MAX_STATEMENTS):
        page = client.get("/accounts/?quantity=100")
    assert page.content.count(b"<tr>") > 90


def test_a_query_needs_few_statements(
    client: Client, dxtra_profile: CredentialProfile, django_assert_max_num_queries: Counted
):
    def post() -> Any:
        return client.post("/graphql/", {"query": "{ dataControllers { id title } }"})

    assert post().status_code == 200  # exchanges the personal access token
    with django_assert_max_num_queries(MAX_STATEMENTS) as captured:
        answer = post()
    assert b"dataControllers" in answer.content
    assert_every_part_is_counted(captured)
