"""What is typed survives: impatience, an ended session, an upstream that hangs, a long way back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.site import OPS, PASSPHRASE, Site
from tests.services.chromium import NewContext, write_query

TYPED = "query Typed { dataControllers { id } } # in the middle of"
RENAME = """mutation AddNobody {
  insert_dataSubjects(objects: []) { affected_rows }
}"""


def stands_whole(page: Page) -> None:
    """One header, one table, its pager: neither a part alone nor a page inside a page."""
    expect(page.locator("header.masthead")).to_have_count(1)
    expect(page.locator("main table")).to_have_count(1)
    expect(page.locator("main .pager")).to_have_count(1)
    assert page.title() == "Accounts · acme · Gatehouse"


def test_back_and_forward_show_whole_pages_after_sorting_and_paging(page: Page, site: Site):
    site.enter(page, OPS)
    accounts = "/dpaas/acme/accounts/"
    addresses = [accounts, f"{accounts}?order_by=name", f"{accounts}?order_by=name&page=2"]
    firsts = []
    page.goto(site.url + addresses[0])
    for click in ("#sort-name", "#pager-next", ""):
        firsts.append(page.locator("td.main").first.inner_text())
        if click:
            page.click(click)
            page.wait_for_url(site.url + addresses[len(firsts)])
            expect(page.locator("td.main").first).not_to_have_text(firsts[-1])
    for go, number in ((page.go_back, 1), (page.go_back, 0), (page.go_forward, 1)):
        go()
        page.wait_for_url(site.url + addresses[number])
        expect(page.locator("td.main").first).to_have_text(firsts[number])
        stands_whole(page)
    page.reload()
    expect(page.locator("td.main").first).to_have_text(firsts[1])
    stands_whole(page)


def test_a_session_that_ends_while_a_query_is_typed_brings_the_text_back(page: Page, site: Site):
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    write_query(page, TYPED)
    page.get_by_label("Variables").fill('{"a": 1}')
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Query").press("Control+Enter")
    sign_in_again(page)
    expect(page.locator("#id_query")).to_have_value(TYPED)
    expect(page.locator("#id_variables")).to_have_value('{"a": 1}')
    expect(page.locator("#notices")).to_contain_text("What you typed is back")


def sign_in_again(page: Page) -> None:
    expect(page.locator("#screen").get_by_text("was not done")).to_be_visible()
    page.get_by_label("Email").fill(OPS)
    page.get_by_label("Password").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in").click()


def test_a_button_that_is_pressed_after_the_session_ended_leads_back_to_its_page(
    new_context: NewContext, site: Site
):
    page = new_context(java_script_enabled=False).new_page()
    site.enter(page, OPS)
    page.goto(site.url + "/profiles/")
    page.get_by_role("link", name="Acme", exact=True).click()
    where = page.url
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Refresh token").click()
    sign_in_again(page)
    page.wait_for_url(where)
    expect(page.locator("#notices")).to_contain_text("“Refresh token” was not done")


def test_of_a_dxtra_that_hangs_the_spinner_ends_and_the_form_keeps_its_text(
    page: Page, impatient_site: Site
):
    impatient_site.enter(page, OPS)
    page.goto(impatient_site.url + "/graphql/")
    impatient_site.dxtra.faults.add(route="/v1/graphql", hang=4, times=None)  # the schema too
    write_query(page, TYPED)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Dxtra did not respond within")
    expect(page.locator(".htmx-indicator:visible, .htmx-request")).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel")).to_be_hidden()
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    expect(page.locator("#id_query")).to_have_value(TYPED)


def test_of_a_dpaas_that_hangs_nobody_claims_success_or_failure(page: Page, impatient_site: Site):
    impatient_site.enter(page, OPS)
    page.goto(impatient_site.url + "/accounts/new/")
    impatient_site.dpaas.faults.add(route="POST /accounts", hang=4)
    page.get_by_label("Name", exact=True).fill("Perhaps")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="We don't know whether it was created")).to_be_visible()
    expect(page.locator(".htmx-indicator:visible, .htmx-request")).to_have_count(0)
    page.get_by_text("Send it again", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Perhaps")


def test_a_mutation_asks_names_itself_and_runs_once_for_two_clicks(page: Page, site: Site):
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    write_query(page, RENAME)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run the mutation AddNobody?")).to_be_visible()
    asked = site.dxtra.stats.counts.api_calls
    site.dxtra.faults.add(route="/v1/graphql", latency=0.5, work=True)
    page.get_by_role("button", name="Run the mutation").dblclick()
    expect(page.locator("#graphql-answer")).to_contain_text(re.compile(r"affected_rows\W*0"))
    assert site.dxtra.stats.counts.api_calls == asked + 1


OBSERVE_WAITING = """() => new MutationObserver(
  () => said(document.getElementById("waiting").textContent)
).observe(document.getElementById("waiting"), {childList: true})"""


def test_a_slow_list_says_at_once_what_it_waits_for(page: Page, site: Site):
    site.enter(page, OPS)
    said: list[str] = []

    def hear(words: str) -> None:
        said.append(words)

    page.expose_function("said", hear)
    page.goto(site.url + "/calls/")
    page.evaluate(OBSERVE_WAITING)
    site.dpaas.faults.add(route="GET /accounts", latency=2.5, work=True, times=2)
    page.get_by_role("link", name="Accounts", exact=True).click()
    expect(page.locator("td.main").first).to_be_visible()
    assert said[0].startswith("Waiting for DPaaS…")
    assert re.search(r"… [2-9] s$", said[-1])
    expect(page.locator("#waiting")).to_be_hidden()
    page.locator("#sort-name").click()
    expect(page.locator("#waiting")).to_contain_text("Waiting for DPaaS…")
    expect(page.locator("[aria-sort] #sort-name")).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
