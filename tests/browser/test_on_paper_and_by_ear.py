"""The console printed, and read out."""

from collections.abc import Callable
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screens import query
from tests.browser.site import OPS, Site

LIGHTNESS = """() => [...document.querySelectorAll("#graphql-result *")]
  .map((one) => getComputedStyle(one).backgroundColor.match(/[\\d.]+/g).map(Number))
  .filter(([,,, alpha = 1]) => alpha > 0)
  .map(([red, green, blue]) => Math.min(red, green, blue))"""
DARKEST = 80  # of 255, in the darkest of red, green and blue: the tones of a timeline are above

Screenshot = Callable[..., None]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_paper_a_result_is_whole_and_black_on_white(
    page: Page, site: Site, screenshot: Screenshot, scheme: Literal["light", "dark"]
):
    page.emulate_media(color_scheme=scheme)
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    query("{ dataSubjects(limit: 60) { id did displayName } }")(page, site)
    page.mouse.move(0, 0)  # a row under the mouse is tinted
    page.emulate_media(media="print", color_scheme=scheme)
    screenshot(page, f"print-{scheme}")
    expect(page.locator("header.masthead")).to_be_hidden()
    box = page.locator("#graphql-result .table")
    assert box.evaluate("(box) => box.scrollHeight - box.clientHeight") <= 2
    assert box.evaluate("(box) => getComputedStyle(box).color") == "rgb(0, 0, 0)"
    assert min(page.evaluate(LIGHTNESS)) > DARKEST


def test_what_came_is_told_in_a_few_words_to_a_screen_reader(page: Page, site: Site):
    said = page.locator("#announcer")
    site.enter(page, OPS)
    page.goto(site.url + "/users/")
    expect(said).to_have_text("")
    page.click("#sort-email")
    expect(said).to_have_text("1–20 of 130")
    page.goto(site.url + "/graphql/")
    query("{ dataControllers { id title } }")(page, site)
    expect(said).to_have_text("1–24 of 24")


CUT_OFF = """(table) => [...table.querySelectorAll("td, td *")].filter((one) =>
  !["inline", "none"].includes(getComputedStyle(one).display)
  && (one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 2)
).map((one) => one.outerHTML.slice(0, 200))"""
WIDTHS = "(cells) => cells.map((cell) => cell.getBoundingClientRect().width)"


@pytest.mark.parametrize("path", ["/accounts/", "/users/", "/calls/", "/profiles/"])
def test_on_paper_each_row_of_a_list_is_whole(
    page: Page, site: Site, screenshot: Screenshot, path: str
):
    page.set_viewport_size({"width": 794, "height": 1123})  # A4 at 96 dpi
    site.enter(page, OPS)
    page.goto(site.url + "/accounts/")  # so that there is a call
    page.goto(site.url + path)
    page.emulate_media(media="print")
    screenshot(page, f"print-{path.strip('/')}")
    assert page.locator(".table table").evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 794
    widths = page.locator("tbody :is(td:first-child:not(.tick), .tick + td)").evaluate_all(WIDTHS)
    assert min(widths) > 40
