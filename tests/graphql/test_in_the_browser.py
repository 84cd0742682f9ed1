"""The Dxtra screen in Chromium: by keyboard, in parts, and without JavaScript."""

import re

from playwright.sync_api import Page, Route, expect

from sandbox.dxtra import DxtraUpstream
from sandbox.dxtra_data import FIRST_CONTROLLER
from tests.services.chromium import NARROW, NewContext, write_query
from tests.services.console import Console
from tests.services.shared import ANA
from tests.services.teammate import PASSPHRASE

INSERT = f"""mutation Add {{
  insert_dataSubjects(objects: [{{did: "did:new", dataControllerId: "{FIRST_CONTROLLER}"}}]) {{
    affected_rows
  }}
}}"""


def open_screen(page: Page, console: Console) -> None:
    page.goto(f"{console.url}/login/?next=/graphql/")
    page.get_by_label("Email").fill(ANA)
    page.get_by_label("Password").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/graphql/")


def hold_posts(page: Page) -> list[Route]:
    """The posts of the page from now on, which wait to be continued."""
    held: list[Route] = []
    page.route(
        "**/graphql/**",
        lambda route: held.append(route) if route.request.method == "POST" else route.continue_(),
    )
    return held


def test_the_whole_way_by_keyboard(page: Page, shared_console: Console, dxtra: DxtraUpstream):
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if "Content Security" in line.text else None,
    )
    open_screen(page, shared_console)
    page.get_by_label("Query").press("Control+Enter")
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    expect(page.get_by_label("Role").locator("option")).to_have_count(4)
    page.get_by_label("Query").press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Variables")).to_be_focused()

    write_query(page, "{ a( }")
    page.get_by_label("Query").press("Control+Enter")
    expect(
        page.get_by_text("Line 1, column 6: Expected a name here, but found “}”.")
    ).to_be_visible()
    expect(page.get_by_label("Query")).to_be_focused()

    write_query(page, INSERT)
    page.get_by_label("Query").press("Control+Enter")
    page.get_by_role("button", name="Run the mutation").press("Enter")
    expect(page.locator("#graphql-answer")).to_contain_text(re.compile(r"affected_rows\W*1"))
    assert dxtra.stats.counts.creates == 1
    assert complaints == []


def test_a_run_says_by_its_button_alone_that_it_waits(page: Page, shared_console: Console):
    """A bar besides would cost four frames of each run."""
    open_screen(page, shared_console)
    page.goto(f"{shared_console.url}/graphql/?tab=new")
    query = page.get_by_label("Query")
    expect(query).to_be_focused()
    held = hold_posts(page)
    waits, bar = re.compile("is-on"), page.locator(".busy")
    query.press("Control+Enter")
    expect(page.get_by_role("button", name="Cancel · 0:01")).to_be_visible()
    expect(bar).not_to_have_class(waits)
    held.pop().continue_()
    page.get_by_role("button", name="Apply").click()
    expect(bar).to_have_class(waits)
    held.pop().continue_()
    expect(bar).not_to_have_class(waits)


def test_the_focus_stays_where_one_works(page: Page, shared_console: Console):
    open_screen(page, shared_console)
    page.goto(f"{shared_console.url}/graphql/?tab=new")
    expect(page.get_by_label("Query")).to_be_focused()
    page.get_by_label("Query").press("Control+Enter")
    apply = page.get_by_role("button", name="Apply")
    with page.expect_response("**/results/**"):
        apply.press("Enter")
    expect(apply).to_be_focused()

    write_query(page, INSERT)
    page.get_by_label("Query").press("Control+Enter")
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_focused()

    save = page.get_by_role("button", name="Save", exact=True)
    save.press("Enter")
    page.get_by_label("Name", exact=True).fill("Where the focus lands")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_text("Where the focus lands was saved.")).to_be_visible()
    expect(save).to_be_focused()

    page.locator(".tab-menu > summary").press("Enter")
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.get_by_label("Name", exact=True).press("Enter")
    expect(page.get_by_role("link", name="Renamed")).to_be_focused()


def test_a_changed_text_is_asked_about_anew(
    page: Page, shared_console: Console, dxtra: DxtraUpstream
):
    open_screen(page, shared_console)
    write_query(page, INSERT)
    page.get_by_role("button", name="Run", exact=True).click()
    button = page.get_by_role("button", name="Run the mutation")
    expect(button).to_be_visible()
    write_query(page, INSERT.replace("Add", "Other"))
    button.click()
    expect(page.get_by_role("heading", name="Run the mutation Other?")).to_be_visible()
    assert dxtra.stats.counts.creates == 0


def test_what_is_typed_while_a_query_runs_stays(
    page: Page, shared_console: Console, dxtra: DxtraUpstream
):
    open_screen(page, shared_console)
    page.get_by_label("Query").press("Control+Enter")
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    dxtra.faults.add(route="/v1/graphql", latency=0.8, work=True)
    write_query(page, "{ dataSubjects(limit: 1) { did } }")
    page.get_by_label("Query").press("Control+Enter")
    write_query(page, "{ typed meanwhile }")
    expect(page.get_by_role("columnheader", name="did")).to_be_visible()
    expect(page.locator("#id_query")).to_have_value("{ typed meanwhile }")


def test_a_failed_run_keeps_the_result_before_it_in_sight(
    page: Page, shared_console: Console, dxtra: DxtraUpstream
):
    open_screen(page, shared_console)
    query, answer = page.get_by_label("Query"), page.locator("#graphql-answer")
    came = page.get_by_role("cell", name="My Organisation")
    age = page.get_by_text(re.compile(r"^\d\d:\d\d.*, before your last run"))
    good = page.locator("#id_query").input_value()
    for typed, fault, told in (
        ("{ a(", {}, "The query ends too early."),
        ("{ nothing }", {}, "field 'nothing' not found"),
        (good, {"html": True, "status": 200}, "it is a web page"),
        (good, {"body": '{"data": NaN}'}, "NaN is not JSON."),
        (INSERT, {}, "Run the mutation Add?"),
    ):
        query.fill(good)
        query.press("Control+Enter")
        expect(came).to_be_visible()
        expect(page.get_by_text("before your last run")).to_be_hidden()
        if fault:
            dxtra.faults.add(route="/v1/graphql", **fault)
        query.fill(typed)
        query.press("Control+Enter")
        expect(page.get_by_text(told).first).to_be_visible()
        expect(came).to_be_visible()
        expect(age).to_be_visible()
        expect(answer).to_have_count(1)
    query.press("Control+Enter")
    page.get_by_role("button", name="Run the mutation").click()
    expect(page.locator("#graphql-answer")).to_contain_text(re.compile(r"affected_rows\W*1"))
    expect(came).to_be_hidden()


def test_on_a_narrow_screen_the_result_comes_into_sight(page: Page, shared_console: Console):
    page.set_viewport_size(NARROW)
    open_screen(page, shared_console)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("region", name="Result", exact=True)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == 380


def test_without_javascript_a_mutation_is_confirmed_and_run(
    new_context: NewContext, shared_console: Console, dxtra: DxtraUpstream
):
    page = new_context(java_script_enabled=False).new_page()
    open_screen(page, shared_console)
    page.get_by_label("Query").fill(INSERT)
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("button", name="Run the mutation").click()
    expect(page.locator("#graphql-answer")).to_contain_text(re.compile(r"affected_rows\W*1"))
    expect(page.get_by_label("Query")).to_have_value(INSERT)
    assert dxtra.stats.counts.creates == 1
