"""Is it alive, and can it serve?"""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings


def test_being_alive_needs_no_database(client: Client) -> None:
    # Without the db fixture pytest-django refuses every query.
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_it_is_ready(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_a_platform_asks_by_address_and_without_tls(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    statuses = {
        path: client.get(path, headers={"Host": "10.0.0.7:8080"}).status_code
        for path in ("/healthz", "/readyz", "/login/")
    }

    assert statuses == {"/healthz": 200, "/readyz": 200, "/login/": 400}


@pytest.mark.django_db
def test_a_keyset_that_does_not_open_is_named(client: Client, settings: Settings) -> None:
    settings.VAULT_KEYSET = "canary-keyset"
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"keyset\n")


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_named(client: Client) -> None:
    def refuse(*query: object) -> None:
        raise OperationalError("canary-host refused the connection")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"database\n")
