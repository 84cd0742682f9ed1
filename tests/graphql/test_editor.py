"""The editor of the desk in Chromium: what it knows, what it sends, what it leaves behind."""

import json
import re
from urllib.parse import parse_qs

import pytest
from graphql import build_schema, introspection_from_schema
from playwright.sync_api import Locator, Page, Route, expect

from tests.graphql.test_in_the_browser import open_screen
from tests.services.chromium import NARROW
from tests.services.console import Console

SCHEMA = build_schema("""
type Query { dataControllers(limit: Int, kind: Kind): [Controller!]! dataSubjects: [Subject!]! }
"Who decides"
type Controller { id: ID! title: String nickname: String @deprecated(reason: "Use title.") }
type Subject { did: ID! }
enum Kind { PUBLIC PRIVATE }
""")
DATA = json.dumps({"version": "1", "introspection": introspection_from_schema(SCHEMA)})
HOLD_IDLE = "window.idle = []; window.requestIdleCallback = (work) => window.idle.push(work);"
ARE_HELD = """() => new Promise((done) => {
  const look = () => (idle.length > 1 ? done() : setTimeout(look, 20));
  look();
})"""
IS_IDLE = "idle.splice(0).forEach((work) => work())"
NOTE_INTL = """window.asked = []; for (const name of ["DateTimeFormat", "Segmenter", "Collator"]) {
  const made = Intl[name];
  Intl[name] = function (...values) { asked.push(name); return new made(...values); };
}"""
UNREAD_MS = 150  # so soon after a list has come, Enter is not meant for it
TWO = "query A { dataControllers { title } }\nquery B { dataSubjects { did } }"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains about while the test runs."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda line: heard.append(line.text) if line.type == "error" else None)
    return heard


def open_desk(page: Page, console: Console) -> None:
    """The desk, whose editor knows SCHEMA."""

    def schema(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=DATA)

    page.context.route("**/schema-data/**", schema)
    open_screen(page, console)
    page.locator(".cm-content").first.wait_for()


def query_of(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Query")


def write(page: Page, text: str) -> None:
    """Replace the query, key by key."""
    query_of(page).press("Control+a")
    page.keyboard.type(text)


def test_it_completes_and_marks_by_the_schema(
    page: Page, shared_console: Console, complaints: list[str]
):
    open_desk(page, shared_console)
    options, marks = page.locator(".cm-tooltip-autocomplete li"), page.locator("[class*=lintRange]")
    write(page, "query A($k: Kind!) { dataC")
    expect(options.first).to_have_text("dataControllers[Controller!]!")
    page.wait_for_timeout(UNREAD_MS)
    page.keyboard.press("Enter")
    page.keyboard.type("(kind: $k) { id nickname nowhere ")  # the editor closes what it opens
    expect(page.locator("#id_query")).to_have_value(
        "query A($k: Kind!) { dataControllers(kind: $k) { id nickname nowhere }}"
    )
    page.keyboard.press("Escape")
    expect(marks.filter(has_text="nowhere")).to_have_class(re.compile("error"))
    expect(marks.filter(has_text="nickname")).to_have_class(re.compile("warning"))
    page.get_by_text("nickname").last.hover()
    expect(page.locator(".hover")).to_contain_text("Controller.nickname: String")
    expect(page.locator(".hover")).to_contain_text("Deprecated: Use title.")
    expect(page.locator(".hover a").first).to_have_attribute(
        "href", re.compile("/schema/Controller/")
    )

    variables = page.get_by_role("textbox", name="Variables")
    variables.press_sequentially('{"')
    expect(options.first).to_have_text('"k"Kind!')
    page.wait_for_timeout(UNREAD_MS)
    page.keyboard.press("Enter")
    page.keyboard.type('"SECRET')
    expect(page.locator("#id_variables")).to_have_value('{"k": "SECRET"}')
    expect(marks.filter(has_text="SECRET")).to_be_visible()
    assert complaints == []


def test_it_runs_the_operation_under_the_cursor_and_can_be_left_by_keyboard(
    page: Page, shared_console: Console, complaints: list[str]
):
    open_desk(page, shared_console)
    write(page, TWO)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("columnheader", name="did")).to_be_visible()
    query_of(page).press("Control+Home")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    expect(page.locator("#id_operation_name")).to_have_value("A")
    page.keyboard.type("# more\n")
    edited = re.compile(r"^\d\d:\d\d, before your last edit$")
    expect(page.locator(".answered")).to_have_text(edited, use_inner_text=True)
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Variables")).to_be_focused()
    page.locator("label", has_text="Query").click()
    expect(query_of(page)).to_be_focused()

    write(page, "{ a( } # wrong")  # and what the editor closes
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_query_error")).to_be_visible()
    expect(query_of(page)).to_be_focused()
    expect(query_of(page)).to_have_attribute("aria-description", re.compile("Line 1, column 6"))
    page.keyboard.press("Control+z")  # the form is another one, the history is the same
    expect(page.locator("#id_query")).not_to_have_value(re.compile("wrong"))
    assert [text for text in complaints if "422" not in text] == []


def test_what_is_typed_is_saved_on_the_server_and_nowhere_in_the_browser(
    page: Page, shared_console: Console
):
    open_desk(page, shared_console)
    with page.expect_request("**/draft/**") as coming:
        write(page, "{ canary }")
    sent = parse_qs(coming.value.post_data or "")
    assert sent["query"][0].startswith("{ c")
    expect(page.locator("#draft-status")).to_have_text("Saved")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "canary" not in kept
    page.keyboard.type("# left at once")
    page.reload()
    expect(page.locator("#id_query")).to_have_value(re.compile("# left at once"))


def test_a_new_tab_that_is_run_at_once_is_named_in_the_bar_and_in_the_address(
    page: Page, shared_console: Console
):
    open_desk(page, shared_console)
    page.goto(f"{shared_console.url}/graphql/?tab=new")
    page.locator(".cm-content").first.wait_for()
    query_of(page).press("Control+a")
    page.keyboard.insert_text("query AtOnce { dataControllers { id } }")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("cell").first).to_be_visible()
    current = page.locator("#graphql-tabs [aria-current]")
    expect(current).to_have_text("AtOnce")
    page.reload()
    expect(current).to_have_text("AtOnce")
    expect(page.locator("#id_query")).to_have_value(re.compile("AtOnce"))


def test_what_is_typed_before_the_editor_of_the_variables_stands_is_kept_and_saved(
    page: Page, shared_console: Console
):
    page.add_init_script(HOLD_IDLE)
    open_desk(page, shared_console)
    variables, editors = page.get_by_role("textbox", name="Variables"), page.locator(".editor")
    variables.press_sequentially('{"early": 1}')
    page.keyboard.press("ArrowLeft")
    page.evaluate(ARE_HELD)
    expect(editors).to_have_count(1)
    with page.expect_request("**/draft/**") as coming:
        page.evaluate(IS_IDLE)
    assert parse_qs(coming.value.post_data or "")["variables"] == ['{"early": 1}']
    expect(editors).to_have_count(2)
    expect(variables).to_be_focused()
    page.keyboard.type("2")
    expect(page.locator("#id_variables")).to_have_value('{"early": 12}')


def test_the_editor_stands_before_the_browser_is_asked_for_its_language_or_time_zone(
    page: Page, shared_console: Console
):
    """The first such question takes a browser 20 ms."""
    page.add_init_script(HOLD_IDLE + NOTE_INTL)
    open_desk(page, shared_console)
    page.reload()  # the first page of all asks at once
    page.locator(".cm-content").first.wait_for()
    assert page.evaluate("asked") == []
    page.evaluate(ARE_HELD)
    page.evaluate(IS_IDLE)
    assert page.evaluate("asked") == ["DateTimeFormat"]


def test_a_tab_that_another_window_has_saved_is_not_overwritten(
    page: Page, shared_console: Console
):
    open_desk(page, shared_console)
    write(page, "{ first }")
    expect(page.locator("#draft-status")).to_have_text("Saved")
    other = page.context.new_page()
    other.goto(page.url)
    write(other, "{ second }")
    expect(other.locator("#draft-status")).to_have_text("Saved")
    page.bring_to_front()
    write(page, "{ third }")
    expect(page.get_by_role("alert")).to_contain_text("in another window")
    other.reload()
    expect(other.locator("#id_query")).to_have_value("{ second }")
    page.get_by_role("button", name="Keep mine").click()
    other.reload()
    expect(other.locator("#id_query")).to_have_value("{ third }")


def test_a_narrow_screen_shows_one_pane_and_a_run_opens_the_result(
    page: Page, shared_console: Console
):
    page.set_viewport_size(NARROW)
    open_desk(page, shared_console)
    variables, result = page.locator("#variables-pane"), page.locator("#graphql-result")
    expect(query_of(page)).to_be_visible()
    expect(variables).to_be_hidden()
    expect(result).to_be_hidden()
    page.get_by_role("link", name="Variables").click()
    expect(variables).to_be_visible()
    expect(query_of(page)).to_be_hidden()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(result).to_be_visible()
    expect(variables).to_be_hidden()
    expect(page.locator(".htmx-request")).to_have_count(0)  # one run at a time
    page.get_by_role("link", name="Query").click()
    write(page, "{ a( }")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#id_query_error")).to_be_visible()


def test_prettify_keeps_comments_and_digits_and_is_one_step(page: Page, shared_console: Console):
    open_desk(page, shared_console)
    write(page, "{dataSubjects{did}} # all\n")
    page.get_by_role("textbox", name="Variables").fill('{"n":12345678901234567890.10}')
    page.get_by_role("button", name="Prettify").click()
    expect(page.locator("#id_query")).to_have_value("{\n  dataSubjects {\n    did\n  }\n} # all")
    expect(page.locator("#id_variables")).to_have_value('{\n  "n": 12345678901234567890.10\n}')
    page.keyboard.press("Control+z")
    expect(page.locator("#id_query")).to_have_value("{dataSubjects{did}} # all\n")


def test_a_run_that_got_no_answer_leaves_a_draft_that_is_saved(page: Page, shared_console: Console):
    open_desk(page, shared_console)
    lost = re.compile(r"/graphql/(\?|$)")
    page.route(lost, lambda route: route.abort() if route.request.method == "POST" else None)
    write(page, "query Kept { __typename ")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notices")).to_contain_text("did not respond")
    expect(page.locator("#draft-status")).to_have_text("Saved")
    page.unroute(lost)
    page.reload()
    expect(page.locator("#id_query")).to_have_value("query Kept { __typename }")
