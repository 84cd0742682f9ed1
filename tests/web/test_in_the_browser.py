"""What app.js and the policy do in a real browser, on real pages of a real console."""

from playwright.sync_api import Page, expect

from tests.services.chromium import NARROW, WIDE, NewContext
from tests.services.console import Console
from tests.services.shared import NEWCOMER
from tests.services.teammate import PASSPHRASE


def sign_in(page: Page, console: Console, path: str = "/profiles/") -> None:
    page.goto(f"{console.url}/login/?next={path}")
    page.get_by_label("Email").fill(NEWCOMER)
    page.get_by_label("Password").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")


def ask(page: Page, path: str, target: str = "#screen") -> None:
    page.evaluate("([path, to]) => htmx.ajax('GET', path, to).catch(() => {})", [path, target])


def test_a_request_always_ends_in_something_to_see(page: Page, shared_console: Console) -> None:
    notice = page.get_by_role("alert")
    sign_in(page, shared_console)

    page.route("**/password/", lambda route: route.abort())
    ask(page, "/password/")
    expect(notice).to_contain_text("Gatehouse did not respond")

    page.reload()
    page.unroute("**/password/")
    page.route("**/password/", lambda route: route.fulfill(status=502, body="<h1>nginx</h1>"))
    ask(page, "/password/")
    expect(notice).to_contain_text("Gatehouse did not respond")
    expect(page.get_by_text("nginx")).to_have_count(0)

    page.reload()
    ask(page, "/nowhere/")
    expect(notice).to_contain_text("This page does not exist")
    expect(page.get_by_role("heading", name="Profiles", exact=True)).to_be_visible()


def test_a_page_lands_on_the_page_and_an_ended_session_at_the_sign_in(
    page: Page, shared_console: Console
) -> None:
    sign_in(page, shared_console)
    ask(page, "/password/", "#notices")
    expect(page.get_by_role("heading", name="Change password")).to_be_visible()
    expect(page.locator("header.masthead")).to_have_count(1)

    page.context.clear_cookies(name="sessionid")
    ask(page, "/accounts/")
    page.wait_for_url("**/login/?next=/profiles/")


def test_the_header_goes_by_keyboard(page: Page, shared_console: Console) -> None:
    sign_in(page, shared_console)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "screen"

    menu = page.locator("details.menu")
    menu.locator("summary").press("Enter")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None

    menu.locator("summary").press("Enter")
    page.get_by_role("button", name="Sign out").press("Enter")
    page.wait_for_url("**/login/")


def test_no_page_is_wider_than_the_window_and_none_needs_a_script(
    new_context: NewContext, shared_console: Console
) -> None:
    wide = []
    for size in (NARROW, WIDE):
        page = new_context(java_script_enabled=False).new_page()
        page.set_viewport_size(size)
        sign_in(page, shared_console)
        for path in ("/profiles/", "/accounts/", "/users/", "/graphql/", "/calls/", "/password/"):
            page.goto(shared_console.url + path)
            window, content = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
            if content > window:
                wide.append((path, window))
        page.locator("details.menu summary").click()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    assert wide == []


def test_the_policy_stops_what_is_inline(page: Page, shared_console: Console) -> None:
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    sign_in(page, shared_console)
    assert refused == []  # our own pages break none of its rules

    page.evaluate(
        """document.querySelector("main").insertAdjacentHTML(
            "beforeend", "<img src='/x' onerror='document.title = 1'><p style='color:red'>x</p>")"""
    )
    page.wait_for_timeout(300)

    assert page.title() != "1"
    assert len([text for text in refused if "Content Security Policy" in text]) >= 1
