"""The guard and Cancel in Chromium: by keyboard, and with what the browser itself does."""

import re

import pytest
from playwright.sync_api import Page, expect

from sandbox.dxtra import DxtraUpstream
from tests.factories import DxtraProfileFactory, UserFactory
from tests.graphql.test_in_the_browser import INSERT, open_screen
from tests.services.console import Console, StartConsole
from tests.services.seeding import seed
from tests.services.shared import ANA
from tests.services.teammate import PASSPHRASE


@pytest.fixture
def at_work(console: StartConsole, dxtra: DxtraUpstream) -> Console:
    """A console of two processes, whose only teammate has a Dxtra profile, of production."""
    started = console(upstream_origins=[dxtra.url], workers=2)
    fields = {"owner": ANA, "origin": dxtra.url, "environment": "production"}
    ana = {"email": ANA, "password": PASSPHRASE}
    seed(started, (UserFactory, ana), (DxtraProfileFactory, fields))
    return started


def test_production_is_confirmed_by_keyboard_and_counted_down(
    page: Page, at_work: Console, dxtra: DxtraUpstream
):
    open_screen(page, at_work)
    query = page.get_by_label("Query")
    query.fill(INSERT)
    query.press("Control+Enter")
    field = page.get_by_label("to confirm")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Cancel", exact=True).press("Enter")
    expect(field).to_have_count(0)
    expect(page.locator("#id_query")).to_have_value(INSERT)

    query.press("Control+Enter")
    expect(field).to_be_focused()
    field.type("wrong")
    field.press("Enter")
    expect(page.get_by_text("The name does not match")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("wrong")
    assert dxtra.stats.counts.creates == 0
    field.fill(dxtra.url.removeprefix("http://"))
    page.get_by_label("Don't ask again").check()
    field.press("Enter")
    expect(page.locator("#graphql-answer")).to_contain_text("affected_rows")
    expect(page.locator("#unlocked")).to_contain_text("(9:5")
    page.get_by_role("button", name="Lock again").click()
    expect(page.locator(".unlocked")).to_have_count(0)
    expect(page.locator("#id_query")).to_have_value(INSERT)


def test_run_is_cancel_while_it_runs(page: Page, at_work: Console, dxtra: DxtraUpstream):
    open_screen(page, at_work)
    run = page.get_by_role("button", name="Run on")
    run.click()
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    dxtra.faults.add(route="/v1/graphql", latency=30, work=True, times=None)  # the schema too
    run.click()
    cancel = page.get_by_role("button", name=re.compile(r"^Cancel · 0:\d\d$"))
    expect(cancel).to_be_focused()
    expect(run).to_be_hidden()
    cancel.click()
    result = page.get_by_role("region", name="Result")
    expect(result).to_contain_text("Cancelled. Gatehouse stopped waiting for Dxtra.")
    expect(run).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(run).to_be_focused()
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
