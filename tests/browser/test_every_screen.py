"""Every screen in every state, at both widths and in both schemes, looked at by axe-core.

With SCREENSHOTS=1 the pictures are in .cache/screenshots: look at them after a change of style.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.screens import (
    BULK,
    GRAPHQL,
    LISTS,
    NEW_ACCOUNT,
    OF_DJANGO,
    PROFILES,
    REST,
    SCHEMA,
    Screen,
)
from tests.browser.site import LONG, OPS, Site
from tests.services.chromium import KEEPS_PICTURES, NARROW, WIDE
from tests.services.console import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Of a long table ten rows are judged, for the others are drawn by the same template.
FIND = """async (rules) => {
  const { violations } = await axe.run({ exclude: ["tbody > tr:nth-child(n+11)"] }, {
    runOnly: { type: "tag", values: rules }, resultTypes: ["violations"], preload: false,
  });
  return violations.flatMap(({ id, nodes }) => nodes.map(
    (node) => `${id}: ${node.target} ${node.failureSummary.split("\\n")[1].trim()}`))
    .filter((sentence) => !sentence.includes("obscured"));  // by an open menu
}"""
# A screen that goes on by itself is looked at as it stands: htmx asks for no element that has gone.
AS_IT_STANDS = """() => document.querySelectorAll('[hx-trigger*="load"]').forEach(
  (one) => one.replaceWith(one.cloneNode(true)))"""
# Said where an answer comes for an element that AS_IT_STANDS has taken away.
OF_STANDING_STILL = "htmx:oobErrorNoTarget"
# Said of the style attributes which a screenshot writes for its time, and htmx copies.
OF_SCREENSHOTS = "Applying inline style violates"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Tables that stand out of their box, which does not scroll: in a wide window no page tells. Cards
# have no table.
OUT_OF_BOX = """() => [...document.querySelectorAll(".table")].filter((box) =>
  getComputedStyle(box.querySelector("table")).display === "table" &&
  getComputedStyle(box).overflowX === "visible" && box.scrollWidth > box.clientWidth + 1).length"""
# What is judged follows from the width or from the scheme: two views show both of each.
JUDGED = [(WIDE, "light"), (NARROW, "dark")]
VIEWS = [*JUDGED, (WIDE, "dark"), (NARROW, "light")] if KEEPS_PICTURES else JUDGED
WIDTHS = (
    320,
    479,
    481,
    735,
    737,
    831,
    833,
    1087,
    1089,
    1199,
    1201,
    1280,
    1920,
)  # on both sides of each turn

Screenshot = Callable[..., None]


def complaints_of(page: Page) -> list[str]:
    """What the browser complains about from now on, but for answers that tell of a failure."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda line: heard.append(line.text) if line.type == "error" else None)
    return heard


def faults_of(page: Page, screen: Screen, screenshot: Screenshot) -> list[str]:
    """What is wrong with the page as it stands, in each view."""
    found: list[str] = []
    page.evaluate(AS_IT_STANDS)
    for size, scheme in VIEWS:
        view = f"{screen.name}-{size['width']}-{scheme}"
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        screenshot(page, view)
        if (excess := page.evaluate(OVERFLOW)) > 0:
            found.append(f"{view}: {excess} pixels too wide")
        if (size, scheme) in JUDGED:
            if page.evaluate("typeof axe") == "undefined":  # a screen may go on by itself
                page.evaluate(AXE.read_text() + ";0")
            found += [f"{view}: {violation}" for violation in page.evaluate(FIND, RULES)]
    return found


@pytest.mark.parametrize(
    "screens",
    [LISTS, BULK, NEW_ACCOUNT, GRAPHQL, SCHEMA, PROFILES, REST],
    ids=["lists", "bulk", "new account", "graphql", "schema", "profiles", "rest"],
)
def test_every_screen_fits_and_can_be_used_by_everybody(
    page: Page, site: Site, screens: list[Screen], screenshot: Screenshot
):
    found: list[str] = []
    complaints = complaints_of(page)
    for screen in screens:
        page.set_viewport_size(WIDE)
        screen.open(page, site)
        found += faults_of(page, screen, screenshot)
    harmless = ("Failed to load resource", OF_SCREENSHOTS, OF_STANDING_STILL)
    found += [text for text in complaints if not text.startswith(harmless)]
    assert found == []


def test_the_administration_wears_our_colours(page: Page, site: Site, screenshot: Screenshot):
    for screen in OF_DJANGO:
        screen.open(page, site)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            screenshot(page, f"{screen.name}-{scheme}")


def test_no_width_from_320_pixels_on_makes_a_page_scroll_sideways(page: Page, site: Site):
    wide: list[str] = []
    for who in (OPS, LONG):
        page.context.clear_cookies()
        site.enter(page, who)
        for path in (
            "/accounts/",
            "/accounts/bulk/",
            "/users/",
            "/service-accounts/",
            "/graphql/",
            "/calls/",
            "/profiles/",
        ):
            page.goto(site.url + path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                if (excess := page.evaluate(OVERFLOW)) > 0:
                    wide.append(f"{path} for {who} at {width}: {excess} pixels too wide")
                if page.evaluate(OUT_OF_BOX):
                    wide.append(f"{path} for {who} at {width}: a table out of its box")
    assert wide == []


def test_the_judge_sees_what_is_wrong(page: Page):
    page.set_content("<main><p style='width: 2000px; color: #bbb'>Pale</p><input></main>")
    page.evaluate(AXE.read_text() + ";0")
    rules = {violation.partition(":")[0] for violation in page.evaluate(FIND, RULES)}
    assert page.evaluate(OVERFLOW) > 0
    assert {"color-contrast", "label", "document-title"} <= rules
