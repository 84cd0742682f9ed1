"""The Dxtra screen in Chromium: by keyboard, in parts, and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from sandbox.dxtra import DxtraUpstream
from sandbox.dxtra_data import FIRST_CONTROLLER
from tests.factories import DxtraProfileFactory
from tests.services.chromium import NARROW, NewContext
from tests.services.console import Console, StartConsole
from tests.services.seeding import seed

PASSWORD = "a long enough passphrase"
INSERT = f"""mutation Add {{
  insert_dataSubjects(objects: [{{did: "did:new", dataControllerId: "{FIRST_CONTROLLER}"}}]) {{
    affected_rows
  }}
}}"""


@pytest.fixture
def at_work(console: StartConsole, dxtra: DxtraUpstream) -> Console:
    """A console whose only teammate has a Dxtra profile."""
    started = console(upstream_origins=[dxtra.url])
    started.manage("add_teammate", "ana@example.org", "--password-stdin", input=PASSWORD + "\n")
    seed(started, (DxtraProfileFactory, {"owner": "ana@example.org", "origin": dxtra.url}))
    return started


def open_screen(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/login/?next=/graphql/")
    page.get_by_label("Email").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/graphql/")


def test_the_whole_way_by_keyboard(page: Page, at_work: Console, dxtra: DxtraUpstream):
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if "Content Security" in line.text else None,
    )
    open_screen(page, at_work)
    page.get_by_label("Query").press("Control+Enter")
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    assert page.get_by_label("Role").locator("option").count() == 4
    page.get_by_label("Query").press("Tab")
    expect(page.get_by_label("Variables")).to_be_focused()

    page.get_by_label("Query").fill("{ a( }")
    page.get_by_label("Query").press("Control+Enter")
    expect(page.get_by_text("Line 1, column 6: Expected Name, found '}'.")).to_be_visible()
    expect(page.get_by_label("Query")).to_be_focused()

    page.get_by_label("Query").fill(INSERT)
    page.get_by_label("Query").press("Control+Enter")
    page.get_by_role("button", name="Run the mutation").press("Enter")
    expect(page.get_by_text('"affected_rows": 1')).to_be_visible()
    assert dxtra.stats.counts.creates == 1
    assert complaints == []


def test_a_changed_text_is_asked_about_anew(page: Page, at_work: Console, dxtra: DxtraUpstream):
    open_screen(page, at_work)
    page.get_by_label("Query").fill(INSERT)
    page.get_by_role("button", name="Run", exact=True).click()
    button = page.get_by_role("button", name="Run the mutation")
    expect(button).to_be_visible()
    page.get_by_label("Query").fill(INSERT.replace("Add", "Other"))
    button.click()
    expect(page.get_by_role("heading", name="Run the mutation Other?")).to_be_visible()
    assert dxtra.stats.counts.creates == 0


def test_what_is_typed_while_a_query_runs_stays(page: Page, at_work: Console, dxtra: DxtraUpstream):
    open_screen(page, at_work)
    page.get_by_label("Query").press("Control+Enter")
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    dxtra.faults.add(route="/v1/graphql", latency=0.8, work=True)
    page.get_by_label("Query").fill("{ dataSubjects(limit: 1) { did } }")
    page.get_by_label("Query").press("Control+Enter")
    page.get_by_label("Query").fill("{ typed meanwhile }")
    expect(page.get_by_role("columnheader", name="did")).to_be_visible()
    expect(page.get_by_label("Query")).to_have_value("{ typed meanwhile }")


def test_on_a_narrow_screen_the_result_comes_into_sight(page: Page, at_work: Console):
    page.set_viewport_size(NARROW)
    open_screen(page, at_work)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("region", name="Result", exact=True)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 380


def test_without_javascript_a_mutation_is_confirmed_and_run(
    new_context: NewContext, at_work: Console, dxtra: DxtraUpstream
):
    page = new_context(java_script_enabled=False).new_page()
    open_screen(page, at_work)
    page.get_by_label("Query").fill(INSERT)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Run the mutation").click()
    expect(page.get_by_text('"affected_rows": 1')).to_be_visible()
    expect(page.get_by_label("Query")).to_have_value(INSERT)
    assert dxtra.stats.counts.creates == 1
