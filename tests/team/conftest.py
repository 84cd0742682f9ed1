"""Passwords are hashed fast here: what is tested is the door, not the hash."""

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def quick_hash(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
