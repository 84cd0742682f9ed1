"""How many statements a proxied page sends to the database, everything counted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.systems import System
from tests.services.profiles import client_of, opened_by, screen_of

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("same_statements")]

MAX_STATEMENTS = 7
MAX_STATEMENTS_OF_A_RUN = 15  # it also keeps the answer, and the run before and after; tabs, schema
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


@pytest.mark.parametrize("path", ["accounts/", "accounts/?order_by=name&page=2", "users/"])
def test_a_proxied_list_needs_few_statements(
    client: Client,
    dpaas_profile: CredentialProfile,
    django_assert_max_num_queries: Counted,
    path: str,
):
    assert client.get(f"/dpaas/acme/{path}").status_code == 200  # signs in to DPaaS
    with django_assert_max_num_queries(MAX_STATEMENTS) as captured:
        page = client.get(f"/dpaas/acme/{path}")
    assert b"<tbody>" in page.content
    assert_every_part_is_counted(captured)


def test_a_row_of_a_list_needs_no_statement(
    client: Client, dpaas_profile: CredentialProfile, django_assert_max_num_queries: Counted
):
    assert client.get("/dpaas/acme/accounts/").status_code == 200
    with django_assert_max_num_queries(MAX_STATEMENTS):
        page = client.get("/dpaas/acme/accounts/?quantity=100")
    assert page.content.count(b"<tr>") > 90


def test_a_query_needs_few_statements(
    client: Client, dxtra_profile: CredentialProfile, django_assert_max_num_queries: Counted
):
    def post() -> Any:
        form = {"query": "{ dataControllers { id title } }", **opened_by(kind=System.DXTRA)}
        return client.post(screen_of(dxtra_profile), form)

    assert post().status_code == 200  # exchanges the personal access token
    with django_assert_max_num_queries(MAX_STATEMENTS_OF_A_RUN) as captured:
        answer = post()
    assert b"dataControllers" in answer.content
    assert_every_part_is_counted(captured)
