"""The header's menus: to another target in one click, on the screen where one stands."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import NEWCOMER, SWITCHER, Site
from tests.services.chromium import NewContext


@pytest.mark.parametrize("javascript", [True, False])
def test_one_click_in_the_header_leads_to_the_same_screen_of_another_target(
    new_context: NewContext, site: Site, javascript: bool
):
    page = new_context(java_script_enabled=javascript).new_page()
    site.enter(page, SWITCHER)
    page.goto(site.url + "/dpaas/acme/users/?page=2&order_by=email")
    chip = page.locator(".using-one").first
    chip.locator("summary").click()
    expect(chip.get_by_role("link", name="In use: acme")).to_be_visible()
    chip.get_by_role("link", name="globex").click()
    page.wait_for_url(site.url + "/dpaas/globex/users/?order_by=email")
    expect(page.locator(".using-name").first).to_have_text("globex")
    expect(page.locator(".of-target")).to_contain_text("globex")


def test_what_is_typed_stays_in_its_tab_and_is_created_where_it_was_opened(page: Page, site: Site):
    site.enter(page, SWITCHER)
    page.goto(site.url + "/dpaas/acme/accounts/new/")
    page.get_by_label("Name").fill("Typed in the first tab")
    other = page.context.new_page()
    other.goto(site.url + "/dpaas/globex/accounts/new/")
    expect(other.get_by_label("Name")).to_have_value("")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("tr.is-new td.main")).to_have_text("Typed in the first tab")
    assert page.url.startswith(site.url + "/dpaas/acme/accounts/?created=")
    assert page.title() == "Accounts · acme · Gatehouse"


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
