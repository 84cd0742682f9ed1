"""How the screens sit: the GraphQL desk in a window of any size, and colours that are forced."""

import time
from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, Route, expect

from tests.browser.site import OPS, Site
from tests.services.chromium import write_query


def slowly(route: Route) -> None:
    time.sleep(0.5)
    with suppress(Error):  # the page may be gone
        route.continue_()


@pytest.mark.parametrize("size", [(1366, 657), (1920, 1000), (1024, 600)])
def test_run_is_in_sight_without_scrolling(page: Page, site: Site, size: tuple[int, int]):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    expect(page.get_by_role("button", name="Run")).to_be_in_viewport(ratio=1)


def test_the_desk_uses_a_wide_screen(page: Page, site: Site):
    page.set_viewport_size({"width": 1920, "height": 1000})
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    box = page.locator(".desk").bounding_box()
    assert box
    assert box["width"] > 1800


def test_many_tabs_scroll_and_what_stands_beside_them_stays_in_one_line(page: Page, site: Site):
    site.enter(page, OPS)
    for name in (f"{letter * 30}" for letter in "ABCDEF"):
        page.goto(site.url + "/graphql/?tab=new")
        write_query(page, f"query {name} {{ dataControllers {{ id }} }}")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#graphql-tabs [aria-current]")).to_have_text(name)
        expect(page.locator("#graphql-tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
    page.locator(".tab-menu > summary").click()
    page.get_by_role("button", name="Close tab").click()
    closed = page.get_by_text("Closed tabs", exact=True)
    links = page.locator(".desk-links summary")
    assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    for each in (closed, page.locator(".desk-bar .of-target"), links):
        box = each.bounding_box()
        assert box
        assert box["height"] < 40
    closed.click()
    colours = "(link) => [getComputedStyle(link).color, getComputedStyle(document.body).color]"
    shown, ink = closed.evaluate(colours)
    assert shown == ink  # not the masthead's, which is white


def test_what_was_typed_just_before_a_tab_is_closed_is_there_when_it_is_opened_again(
    page: Page, site: Site
):
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/?tab=new")
    write_query(page, "query Early { dataControllers { id } }")
    expect(page.locator("#graphql-tabs [aria-current]")).to_have_text("Early")
    page.route("**/draft/", slowly)
    write_query(page, "query Late { dataControllers { id } }")
    page.locator(".tab-menu > summary").click()
    page.get_by_role("button", name="Close tab").click()
    page.get_by_text("Closed tabs", exact=True).click()
    page.get_by_role("button", name="Late").click()
    expect(page.locator("#query-pane .cm-content")).to_contain_text("query Late")


def test_the_schema_beside_the_desk_scrolls_under_its_head(page: Page, site: Site):
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    page.locator(".desk-schema > summary").click()
    panel = page.locator(".desk-schema-panel")
    expect(panel.get_by_role("heading", name="query_root")).to_be_visible()
    assert panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth")
    panel.evaluate("(panel) => panel.scrollTo(0, 300)")
    head = panel.get_by_role("link", name="Open as a page")
    expect(head).to_be_in_viewport(ratio=1)
    box = page.locator(".desk-schema > summary").bounding_box()
    assert box
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    beneath = "(_, [x, y]) => document.elementsFromPoint(x, y).map((each) => each.className)"
    assert "desk-schema-page" in panel.evaluate(beneath, middle)


def test_what_is_to_be_copied_leaves_the_query_and_its_result_in_sight(page: Page, site: Site):
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    page.locator(".editor").first.wait_for()
    page.get_by_role("button", name="Copy as").click()
    expect(page.get_by_role("heading", name="JavaScript")).to_be_in_viewport(ratio=1)
    for pane in ("#query-pane .editor", "#variables-pane .editor", "#graphql-result"):
        box = page.locator(pane).bounding_box()
        assert box
        assert box["height"] > 60


def test_forced_colours_leave_the_current_entry_and_the_legend_apart(page: Page, site: Site):
    site.enter(page, OPS)
    page.emulate_media(forced_colors="active")
    page.goto(site.url + "/calls/")
    page.goto(site.url + "/accounts/")
    decoration = "(link) => getComputedStyle(link).textDecorationLine"
    links = page.locator(".nav a")
    marked = [link.evaluate(decoration) for link in links.all()]
    assert marked.count("underline") == 1
    for entries in (page.locator(".list-tabs a"), page.locator(".list-choices .switch label")):
        assert [each.evaluate(decoration) for each in entries.all()].count("underline") == 1
    edge = "(link) => getComputedStyle(link).borderBottomColor"
    assert len({each.evaluate(edge) for each in page.locator(".list-tabs a").all()}) == 2
    legend = "(item) => getComputedStyle(item, '::before').backgroundColor"
    steps = page.locator(".timeline-steps li[class^=tone]")
    expect(steps.first).to_be_visible()
    colours = [step.evaluate(legend) for step in steps.all()]
    assert len(set(colours)) == len(colours)
    off = page.locator(".button.is-off").first
    on = page.locator(".pager .button:not(.is-off)").first
    colour = "(button) => getComputedStyle(button).color"
    assert off.evaluate(colour) != on.evaluate(colour)
