"""A bulk job in Chromium, from the names to the files, with a real worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.dpaas import DpaasUpstream
from tests.services.chromium import NARROW
from tests.services.console import Console
from tests.services.shared import OPS
from tests.services.teammate import PASSPHRASE
from tests.services.workers import Worker
from tests.services.written import write

INVALID = {"error": "V", "message": "Invalid input", "details": {"name": ["Too short"]}}
ROUNDS = 100  # reloads of the page of a job, half a second each


@pytest.fixture
def worker(shared_console: Console, tmp_path: Path) -> Iterator[Worker]:
    one = Worker(shared_console.environment, tmp_path / "worker.log").start()
    yield one
    one.kill()
    write(one.logs)


def sign_in(page: Page, console: Console, to: str) -> None:
    page.goto(f"{console.url}/login/?next={to}")
    page.fill("[name=login]", OPS)
    page.fill("[name=password]", PASSPHRASE)
    page.click("main form button")
    page.wait_for_url(f"**{to}")


def wait_for_end(page: Page, *, javascript: bool) -> None:
    """It moves and ends on its own; without JavaScript by the link that reloads it."""
    rows = page.locator("#job-rows")
    if not javascript:
        for _ in range(ROUNDS):
            if rows.count():
                return
            page.get_by_role("link", name="Refresh").click()
            page.wait_for_timeout(500)
    expect(rows).to_be_visible(timeout=60_000)


@pytest.mark.parametrize("javascript", [True, False])
def test_names_become_accounts_and_what_is_rejected_is_mended(
    new_context, shared_console: Console, worker: Worker, dpaas: DpaasUpstream, javascript: bool
):
    page = new_context(java_script_enabled=javascript).new_page()
    page.set_viewport_size(NARROW)
    sign_in(page, shared_console, "/accounts/")
    page.get_by_role("link", name="Create several accounts").click()
    page.get_by_label("Names, one per line").fill("Ärzte & <b>\nTwo\nThree\nTwo")
    page.get_by_role("button", name="Check names").click()
    expect(page.get_by_role("heading", name="3 ready, 1 error at row 4")).to_be_visible()
    assert dpaas.stats.counts.creates == 0
    dpaas.faults.add(route="POST /accounts", status=422, body=INVALID, times=1)
    page.get_by_label("Rows per second").fill("20")
    page.get_by_role("button", name="Create 3 accounts").click()
    wait_for_end(page, javascript=javascript)
    expect(page.get_by_role("heading", name="2 created, 2 rejected")).to_be_visible()
    page.get_by_role("link", name="Rejected 2").click()
    expect(page.locator("#job-rows")).to_contain_text("name: Too short")
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV", exact=True).first.click()
    assert Path(file.value.path()).read_text().count("acc-") == 2
    page.get_by_role("link", name="Fix rejected rows").click()
    page.get_by_label("Names, one per line").fill("One, mended")
    page.get_by_role("button", name="Check names").click()
    page.get_by_role("button", name="Create 1 account").click()
    wait_for_end(page, javascript=javascript)
    assert dpaas.stats.counts.creates == 3
    page.get_by_role("link", name="Jobs", exact=True).first.click()
    expect(page.get_by_role("main")).to_contain_text("2 created, 2 rejected")


def test_back_leads_to_the_form_though_a_file_or_a_name_was_refused_before(
    page: Page, shared_console: Console, dpaas: DpaasUpstream, tmp_path: Path
):
    """The answer to a POST is no place to come back to: the browser would ask to send it again."""
    (tmp_path / "a.csv").write_bytes(b"%PDF-1.4")
    (tmp_path / "b.csv").write_text("Name\nOne\nTwo\n")
    sign_in(page, shared_console, "/accounts/")
    page.get_by_role("link", name="Create several accounts").click()
    page.get_by_text("Or paste rows from a spreadsheet").click()
    page.get_by_label("What to do with the rows").select_option("create")
    page.get_by_label("File").set_input_files(tmp_path / "a.csv")
    page.get_by_role("button", name="Check rows").click()
    expect(page.get_by_role("main")).to_contain_text("This is a PDF, not a table.")
    page.get_by_label("File").set_input_files(tmp_path / "b.csv")
    page.get_by_role("button", name="Check rows").click()
    expect(page.get_by_role("heading", name="2 ready")).to_be_visible()
    check = page.url
    page.locator("[name=rows_per_second]").fill("101")
    page.locator("form.bulk-start").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Create 2 accounts").click()
    expect(page.get_by_role("main")).to_contain_text("less than or equal to 100")
    assert page.url == check
    page.go_back()
    expect(page.get_by_label("Names, one per line")).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("heading", name="2 ready")).to_be_visible()
    assert dpaas.stats.counts.creates == 0


def test_why_a_file_was_not_taken_is_in_sight_and_the_form_stays(
    page: Page, shared_console: Console, tmp_path: Path
):
    (tmp_path / "large.csv").write_bytes(b"Name\n" * 4_000_000)
    page.set_viewport_size(NARROW)
    sign_in(page, shared_console, "/accounts/")
    page.get_by_role("link", name="Create several accounts").click()
    page.get_by_text("Or paste rows from a spreadsheet").click()
    page.get_by_label("File").set_input_files(tmp_path / "large.csv")
    page.get_by_role("button", name="Check rows").click()
    expect(page.get_by_text("This is too large to send")).to_be_in_viewport()
    assert page.get_by_label("File").evaluate("field => field.files.length") == 1


def test_ticked_accounts_are_deactivated(
    page: Page, shared_console: Console, worker: Worker, dpaas: DpaasUpstream
):
    sign_in(page, shared_console, "/accounts/?status=active")
    boxes = page.locator("[name=ticked]")
    expect(page.get_by_role("button", name="Deactivate…")).to_be_hidden()
    page.get_by_label("Select all on this page").check()
    expect(boxes.nth(19)).to_be_checked()
    page.get_by_label("Select all on this page").uncheck()
    boxes.nth(0).check()
    for key in ("j", "j", "x"):  # from the row of the box on
        page.keyboard.press(key)
    expect(boxes.nth(2)).to_be_checked()
    expect(page.locator("[data-tick-count]")).to_have_text("2 selected")
    names = [page.locator("td.main").nth(row).inner_text() for row in (0, 2)]
    page.get_by_role("button", name="Deactivate…").click()
    expect(page.get_by_role("heading", name="2 ready")).to_be_visible()
    for name in names:
        expect(page.get_by_role("main")).to_contain_text(name)
    page.get_by_role("button", name="Deactivate 2 accounts").click()
    wait_for_end(page, javascript=True)
    expect(page.get_by_role("heading", name="2 deactivated")).to_be_visible()
    inactive = [each["name"] for each in dpaas.data.accounts if not each["is_active"]]
    assert set(names) <= set(inactive)
