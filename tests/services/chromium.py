"""Debian's Chromium under pytest-playwright, whose fixtures `page` and `new_context` tests use."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

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

# A picture of a long page costs as much as all else that is done with it.
KEEPS_PICTURES = bool(os.environ.get("SCREENSHOTS"))

# What is waited for comes late on a busy machine, or never; Playwright's own limit is 5 s.
expect.set_options(timeout=20_000)

NewContext = Callable[..., BrowserContext]  # the type of the fixture `new_context`


def find_chromium() -> str | None:
    """The path of an installed Chromium; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def write_query(page: Page, text: str) -> None:
    """Replace the text in the desk's editor, once that is there, by its own keys.

    Playwright's fill() selects by script: an editor that has not noticed adds the text to its own.
    """
    page.locator(".editor").first.wait_for()
    page.get_by_label("Query").focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)


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
def screenshot(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`screenshot(page, "accounts-narrow")`: with SCREENSHOTS=1 a picture in .cache/screenshots."""

    def take(page: Page, name: str = "") -> None:
        if not KEEPS_PICTURES:
            return
        folder = Path(request.config.rootpath, ".cache", "screenshots")
        file = re.sub(r"\W+", "-", name or request.node.name) + ".png"
        page.screenshot(path=folder / file, full_page=True)

    return take
