"""The header's menus: switching profiles in one click, from where one stands."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import NEWCOMER, SWITCHER, Site
from tests.services.chromium import NewContext


@pytest.mark.parametrize("javascript", [True, False])
def test_one_click_in_the_header_switches_the_profile_and_stays_on_the_screen(
    new_context: NewContext, site: Site, javascript: bool
):
    page = new_context(java_script_enabled=javascript).new_page()
    site.enter(page, SWITCHER)
    page.goto(site.url + "/users/?page=2")
    pill = page.locator(".using-one").first
    now = pill.locator(".using-name").inner_text()
    other = {"First": "Second", "Second": "First"}[now]
    pill.locator("summary").click()
    expect(pill.get_by_role("link", name=f"In use: {now}")).to_be_visible()
    pill.get_by_role("button", name=f"Use {other}").click()
    page.wait_for_url(site.url + "/users/")
    expect(page.locator("#notices")).to_contain_text(f"{other} is now in use for DPaaS.")
    expect(page.locator(".using-name").first).to_have_text(other)


def test_the_menus_go_by_keyboard_and_only_one_is_open(page: Page, site: Site):
    site.enter(page, SWITCHER)
    page.goto(site.url + "/calls/")
    opened = page.locator(".masthead details[open]")
    page.locator(".using-one summary").first.press("Enter")
    expect(opened).to_have_count(1)
    page.locator("details.menu summary").click()
    expect(opened).to_have_count(1)
    page.keyboard.press("Escape")
    expect(opened).to_have_count(0)
    expect(page.locator("details.menu summary")).to_be_focused()


def test_without_a_profile_the_menu_leads_to_a_new_one(page: Page, site: Site):
    site.enter(page, NEWCOMER)
    page.goto(site.url + "/calls/")
    page.locator(".using-one summary").last.click()
    page.get_by_role("link", name="New Dxtra profile").click()
    page.wait_for_url(site.url + "/profiles/new/dxtra/")
