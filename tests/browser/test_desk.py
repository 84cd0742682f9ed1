"""How the screens sit: the GraphQL desk in a window of any size, and colours that are forced."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import OPS, Site


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
