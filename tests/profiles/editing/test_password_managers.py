"""Chromium knows the console's own password: it fills in the sign-in, and no profile form."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from playwright.sync_api import BrowserContext, Playwright, expect

from tests.services.chromium import FLAGS, MISSING, find_chromium
from tests.services.console import Console, StartConsole

EMAIL, PASSWORD = "ana@example.org", "a long enough passphrase"
# The new headless mode has the password manager; the flags that Playwright adds take it away.
WITH_PASSWORDS = [*FLAGS, "--headless=new", "--password-store=basic"]
WITHOUT = ["--enable-automation", "--disable-features", "--password-store=basic"]
OLD_FORM = '<form><input name="email"><input type="password" name="password" autocomplete="off">'
FILLED = """[...document.querySelectorAll("main input:not([type=hidden])")]
    .filter((input) => input.matches(":autofill")).map((input) => input.name)"""


@contextmanager
def chromium(playwright: Playwright, folder: Path) -> Iterator[BrowserContext]:
    context = playwright.chromium.launch_persistent_context(
        folder,
        headless=False,
        executable_path=find_chromium(),
        args=WITH_PASSWORDS,
        ignore_default_args=WITHOUT,
    )
    try:
        yield context
    finally:
        context.close()


def remember(folder: Path, console: Console) -> None:
    """Store the password as Chromium does after one has signed in and said yes.

    On Linux without a key ring it is encrypted by a fixed key (os_crypt_linux.cc).
    """
    key = hashlib.pbkdf2_hmac("sha1", b"peanuts", b"saltysalt", 1, 16)
    padding = 16 - len(PASSWORD) % 16
    encryptor = Cipher(algorithms.AES(key), modes.CBC(b" " * 16)).encryptor()
    sealed = encryptor.update(PASSWORD.encode() + bytes([padding]) * padding)
    known = {
        "origin_url": f"{console.url}/login/",
        "action_url": f"{console.url}/login/",
        "username_element": "login",
        "username_value": EMAIL,
        "password_element": "password",
        "password_value": b"v10" + sealed,
        "signon_realm": f"{console.url}/",
        "date_created": 13_300_000_000_000_000,
        "times_used": 1,
    }
    with closing(sqlite3.connect(folder / "Default" / "Login Data")) as database, database:
        columns = database.execute("PRAGMA table_info(logins)").fetchall()
        empty = {"INTEGER": 0, "BLOB": b""}
        row = {name: empty.get(kind, "") for _, name, kind, *_ in columns if name != "id"} | known
        names, marks = ",".join(row), ",".join("?" * len(row))
        database.execute(f"INSERT INTO logins ({names}) VALUES ({marks})", [*row.values()])


def test_chromium_fills_in_the_sign_in_and_no_profile_form(
    playwright: Playwright, console: StartConsole, tmp_path: Path
) -> None:
    if find_chromium() is None:
        pytest.skip(MISSING)
    running = console()
    running.manage("add_teammate", EMAIL, "--password-stdin", input=PASSWORD + "\n")
    folder = tmp_path / "chromium"
    with chromium(playwright, folder) as context:
        context.pages[0].goto(f"{running.url}/login/")
    remember(folder, running)
    with chromium(playwright, folder) as context:
        page = context.pages[0]
        page.goto(f"{running.url}/login/?next=/profiles/")
        page.mouse.click(5, 5)
        expect(page.get_by_label("Password")).to_have_value(PASSWORD)
        assert page.evaluate(FILLED) == ["login", "password"]
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/profiles/")
        for kind in ("dpaas", "dxtra"):
            page.goto(f"{running.url}/profiles/new/{kind}/")
            page.mouse.click(5, 5)
            page.wait_for_timeout(1000)
            assert page.evaluate(FILLED) == []
        # The negative control: the form as it was.
        page.evaluate("(form) => { document.querySelector('main').innerHTML = form }", OLD_FORM)
        page.mouse.click(5, 5)
        expect(page.locator("main input[type=password]")).to_have_value(PASSWORD)
