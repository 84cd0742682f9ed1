"""The accounts screens in Chromium, served by gunicorn."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from sandbox.data import utc
from sandbox.dpaas import DpaasUpstream
from tests.factories import AccountJSONFactory
from tests.services.chromium import NARROW
from tests.services.console import Console
from tests.services.shared import OPS
from tests.services.teammate import PASSPHRASE


@pytest.fixture
def address(shared_console: Console) -> str:
    return shared_console.url


def sign_in(page: Page, address: str, to: str) -> None:
    page.goto(f"{address}/login/?next={to}")
    page.fill("[name=login]", OPS)
    page.fill("[name=password]", PASSPHRASE)
    page.click("main form button")
    page.wait_for_url(f"**{to}")


def test_the_table_is_swapped_in_place_and_the_back_button_brings_it_back(page, address):
    sign_in(page, address, "/accounts/")
    page.evaluate("window.sameDocument = true")
    newest = page.locator("td.main").first.inner_text()
    page.click("#sort-name")
    page.wait_for_url("**/accounts/?order_by=name")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Name")
    assert page.evaluate("window.sameDocument") is True
    expect(page.locator("#sort-name")).to_be_focused()  # htmx gives it back once all has settled
    page.click("#pager-next")
    page.wait_for_url(re.compile("page=2"))
    page.go_back()
    expect(page.locator(".pager-range")).to_contain_text("1–20")
    page.go_back()
    expect(page.locator("td.main").first).to_have_text(newest)


@pytest.mark.parametrize("javascript", [True, False])
def test_an_impatient_teammate_creates_one_account(
    new_context, address, dpaas: DpaasUpstream, javascript: bool
):
    page = new_context(java_script_enabled=javascript).new_page()
    sign_in(page, address, "/accounts/new/")
    dpaas.faults.add(route="POST /accounts", latency=1.0)
    page.fill("[name=name]", "Zürich & Søn <b>")
    page.locator("main form button").first.dblclick(no_wait_after=True)
    page.wait_for_url("**/accounts/?created=*")
    expect(page.locator(".created")).to_contain_text("Zürich & Søn <b> was created")
    expect(page.locator("tr.is-new td.main")).to_have_text("Zürich & Søn <b>")
    assert dpaas.stats.counts.creates == 1


def test_a_lost_account_is_found_by_a_search(page, address, dpaas: DpaasUpstream):
    sign_in(page, address, "/accounts/new/")
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    page.fill("[name=name]", "Lost and found")
    page.click("main form button")
    expect(page.locator("h2").first).to_have_text("We don't know whether it was created")
    page.click("button:has-text('Check DPaaS')")
    expect(page.locator("tr.is-new td.main")).to_have_text("Lost and found")
    assert dpaas.stats.counts.creates == 1


def test_a_lost_account_is_found_without_a_click_though_it_comes_late(
    page, address, dpaas: DpaasUpstream
):
    sign_in(page, address, "/accounts/new/")
    dpaas.faults.add(route="POST /accounts", status=504, html=True)
    page.fill("[name=name]", "Late")
    page.click("main form button")
    page.get_by_text("It is not in DPaaS yet.").wait_for()
    page.get_by_text("Send it again", exact=True).click()
    page.fill("[name=name]", "Typed meanwhile")
    acme = dpaas.data.organizations["acme"]["id"]
    made = AccountJSONFactory(name="LATE", organization_id=acme, created_at=utc(datetime.now(UTC)))
    dpaas.data.accounts.append(made)
    expect(page.locator(".candidates")).to_contain_text("LATE", timeout=15_000)
    expect(page.locator("[name=name]")).to_have_value("Typed meanwhile")
    page.get_by_role("button", name="This one").click()
    expect(page.locator(".created")).to_contain_text(made["id"])


def test_at_380_pixels_nothing_sticks_out(page, address, dpaas: DpaasUpstream):
    for account in dpaas.data.accounts:
        account["name"] = "x" * 500
    page.set_viewport_size(NARROW)
    sign_in(page, address, "/accounts/")
    for path in ("/accounts/", "/accounts/?page=99", "/users/", "/accounts/new/", "/calls/"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") == 380, path


def test_at_380_pixels_the_box_that_selects_all_stands_clear_of_the_first_heading(page, address):
    page.set_viewport_size(NARROW)
    sign_in(page, address, "/accounts/")
    box = page.locator("thead th.tick input").bounding_box()
    heading = page.locator("thead th:not(.tick)").first.bounding_box()
    assert box["x"] + box["width"] < heading["x"]


def test_times_are_in_the_zone_of_the_browser_from_the_first_page_on(new_context, address):
    page = new_context(timezone_id="America/Sao_Paulo").new_page()
    sign_in(page, address, "/accounts/")
    expect(page.locator(".foot")).to_contain_text("America/Sao_Paulo")
    time = page.locator("td time").first
    exact = datetime.fromisoformat(time.get_attribute("datetime") or "")
    there = exact.astimezone(ZoneInfo("America/Sao_Paulo"))
    expect(time).to_have_text(re.compile(f"{there:%H:%M}$"))
    expect(time).to_have_attribute("title", re.compile(f"{exact:%H:%M:%S} UTC$"))


@pytest.mark.parametrize("path", ["accounts", "users", "service-accounts", "groups"])
def test_a_list_is_walked_by_keys(page, address, path: str):
    sign_in(page, address, "/accounts/")
    page.goto(f"{address}/{path}/")
    at = "document.activeElement.closest('tr')?.rowIndex"
    for key, row in (("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert page.evaluate(at) == row
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    page.keyboard.press("?")
    creates = path == "accounts"
    shown = page.locator("dialog[open] dt")
    expect(shown.first).to_have_text("Find")
    assert ("New account" in shown.all_inner_texts()) is creates
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#list-q")).to_be_focused()
    page.keyboard.type("jk?n")
    expect(page.locator("#list-q")).to_have_value("jk?n")
    if creates:
        page.goto(f"{address}/{path}/")
        name = page.locator("td.main").first.inner_text()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(name)
        page.go_back()
        page.keyboard.press("n")
        expect(page.locator("h1")).to_have_text("New account")
        expect(page.get_by_label("Name")).to_be_focused()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_name_that_exists_is_pointed_out_and_another_one_keeps_the_place(
    new_context, address, dpaas: DpaasUpstream, javascript: bool
):
    page = new_context(java_script_enabled=javascript).new_page()
    sign_in(page, address, "/accounts/")
    name = page.locator("td.main").first.inner_text()
    page.goto(f"{address}/accounts/new/")
    page.get_by_label("Name").fill(name.upper())
    if not javascript:
        page.get_by_role("button", name="Create account").click()
    expect(page.locator("#name-exists")).to_contain_text("exists already")
    assert dpaas.stats.counts.creates == 0
    page.get_by_label("Name").fill("Nobody has this one")
    if javascript:
        expect(page.locator("#name-exists .notice")).to_have_count(0)
    page.get_by_role("button", name="Create and add another").click()
    expect(page.locator(".created")).to_contain_text("Nobody has this one was created")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("And one more")
    page.keyboard.press("Enter")
    expect(page.locator(".created")).to_contain_text("And one more was created")
    expect(page.get_by_label("Name")).to_have_value("")
    assert dpaas.stats.counts.creates == 2


def test_an_account_stands_before_its_slow_lists(page, address, dpaas: DpaasUpstream):
    sign_in(page, address, "/accounts/")
    dpaas.faults.add(route="GET /users", latency=2.0)
    page.locator(".row-link").first.click()
    expect(page.locator("#account-users")).to_contain_text("Users of this account")
    expect(page.locator("#account-users")).not_to_contain_text("Users of this account")
    assert page.evaluate("document.activeElement === document.body")  # no focus is taken
