"""Debian's Chromium under Playwright: one browser a test process, one fresh context a page."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

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


def find_chromium() -> str | None:
    """The path of an installed Chromium; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class NewPage(Protocol):
    """The `new_page` fixture: each call opens a page in a context (cookies) of its own."""

    def __call__(
        self,
        *,
        narrow: bool = False,
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
        **options: Any,
    ) -> Page: ...


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Open pages: `new_page(narrow=True, scheme="dark", javascript=False)`."""
    contexts = []

    def open_page(
        *,
        narrow: bool = False,
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            viewport=NARROW if narrow else WIDE,
            color_scheme=scheme,
            java_script_enabled=javascript,
            **options,
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of 1440 by 900 in the light scheme, with JavaScript."""
    return new_page()


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[..., Path]:
    """`screenshot(page, "accounts-narrow")` keeps a picture in .cache/screenshots; its path."""

    def take(page: Page, name: str = "") -> Path:
        folder = Path(request.config.rootpath, ".cache", "screenshots")
        file = re.sub(r"\W+", "-", name or request.node.name) + ".png"
        page.screenshot(path=folder / file, full_page=True)
        return folder / file

    return take
