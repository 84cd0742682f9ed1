"""Lists: where the next page begins, what goes with the page before, what is out of sight."""

import zlib

import pytest
from playwright.sync_api import Page, expect

from tests.browser.site import OPS, Site

TOP = "(list) => list.getBoundingClientRect().top"


def middle_of(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box
    return box["y"] + box["height"] - 4  # below what is written


def brightness(page: Page, x: float, y: float) -> float:
    """Of one pixel on the screen, from 0 to 255."""
    png = page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1}, scale="css")
    image, at = b"", 8
    while at < len(png):  # chunks: length, kind, data, checksum
        length = int.from_bytes(png[at : at + 4], "big")
        image += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += length + 12
    red, green, blue = zlib.decompress(image)[1:4]  # after the number of the row's filter
    return (red + green + blue) / 3


def create_account(page: Page, site: Site, name: str) -> None:
    page.goto(site.url + "/dpaas/acme/accounts/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create account").click()
    expect(page.locator(".notice.created")).to_contain_text(name)


@pytest.mark.parametrize("key", ["", "Enter"], ids=["mouse", "keyboard"])
def test_the_next_page_begins_at_the_lists_top_and_keeps_the_keyboard_where_it_is(
    page: Page, site: Site, key: str
):
    page.set_viewport_size({"width": 1366, "height": 420})
    site.enter(page, OPS)
    page.goto(site.url + "/dpaas/acme/accounts/")
    first = page.locator("td.main").first.inner_text()
    if key:
        page.locator("#pager-next").press(key)
    else:
        page.locator("#pager-next").click()
    expect(page.locator("td.main").first).not_to_have_text(first)
    expect(page.locator("td.main").first).to_be_in_viewport()
    expect(page.locator("thead")).to_be_in_viewport()
    assert 0 <= page.locator("#list-rows").evaluate(TOP) < 100
    expect(page.locator("#pager-next")).to_be_focused()


def test_older_calls_begin_at_the_lists_top(page: Page, site: Site):
    page.set_viewport_size({"width": 1366, "height": 420})
    site.enter(page, OPS)
    fetch = "(url) => fetch(url).then((answer) => answer.status)"
    page.goto(site.url + "/dpaas/acme/accounts/")
    for _ in range(51):
        page.evaluate(fetch, site.url + "/dpaas/acme/accounts/?quantity=1")
    page.goto(site.url + "/calls/")
    page.locator("#pager-next").click()
    expect(page.locator(".pager-range")).to_contain_text("51–")
    assert page.locator("#calls-list").evaluate(TOP) < 420
    expect(page.locator("#calls-list thead")).to_be_in_viewport()


@pytest.mark.parametrize("go", ["#pager-next", "#sort-name"])
def test_the_notice_of_a_new_account_goes_with_the_next_page(page: Page, site: Site, go: str):
    site.enter(page, OPS)
    create_account(page, site, f"Noticed before {go}")
    page.locator(go).click()
    expect(page.locator(".notice.created")).to_have_count(0)
    expect(page.locator("#list-total")).to_contain_text("accounts")
    assert "created=" not in page.url
    page.reload()
    expect(page.locator(".notice.created")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/dpaas/acme/users/", "/calls/"])
def test_a_column_out_of_sight_shows_that_it_is(page: Page, site: Site, scheme, path: str):
    """The shadow at the side is the table's own ground: the row of the heads may not cover it."""
    page.set_viewport_size({"width": 900, "height": 700})
    page.emulate_media(color_scheme=scheme)
    site.enter(page, OPS)
    for _ in range(3):  # calls, if no other test has made any
        page.goto(site.url + "/dpaas/acme/users/")
    page.goto(site.url + path)
    box = page.locator(".table").first
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")
    for row in ("thead tr", "tbody tr:nth-child(3)"):
        y = middle_of(page, row)
        right = box.evaluate("(box) => box.getBoundingClientRect().right")
        edge, inside = brightness(page, right - 3, y), brightness(page, right - 30, y)
        assert abs(edge - inside) > 15, f"{row}: the edge looks like the rest"
