"""Debian's Chromium under pytest-playwright, whose fixtures `page` and `new_context` tests use."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

MISSING = "Chromium is not installed (Debian: apt install chromium)"
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 380, "height": 800}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

NewContext = Callable[..., BrowserContext]  # the type of the fixture `new_context`


def find_chromium() -> str | None:
    """The path of an installed Chromium; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Where Chromium is not installed, whatever needs it is skipped."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(MISSING)
    return {**browser_type_launch_args, "executable_path": chromium, "args": FLAGS}


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests name whole addresses. (The plugin's own fixture is a method: pytest 9 warns of it.)"""


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE}


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """`screenshot(page, "accounts-narrow")` keeps a picture in .cache/screenshots; its path."""

    def take(page: Page, name: str = "") -> Path:
        folder = Path(request.config.rootpath, ".cache", "screenshots")
        file = re.sub(r"\W+", "-", name or request.node.name) + ".png"
        page.screenshot(path=folder / file, full_page=True)
        return folder / file

    return take
