"""A signed-in teammate, and the addresses of style_urls (every component, a view that fails)."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from console.team.models import User
from tests.factories import UserFactory

PASSWORD = "a long enough passphrase"


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory(email="ana@example.org", password=PASSWORD)


@pytest.fixture
def signed_in(ana: User, client: Client) -> Client:
    client.force_login(ana)
    return client


@pytest.fixture
def style_urls(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.web.style_urls"
    templates: dict[str, Any] = settings.TEMPLATES[0]
    own = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**templates, "DIRS": [*templates["DIRS"], own]}]
