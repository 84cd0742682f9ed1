"""What is typed survives: impatience, an ended session, an upstream that hangs, a long way back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.site import OPS, PASSPHRASE, Site

TYPED = "query Typed { dataControllers { id } } # in the middle of"
RENAME = """mutation AddNobody {
  insert_dataSubjects(objects: []) { affected_rows }
}"""


def stands_whole(page: Page) -> None:
    """One header, one table, its pager: neither a part alone nor a page inside a page."""
    expect(page.locator("header.masthead")).to_have_count(1)
    expect(page.locator("main table")).to_have_count(1)
    expect(page.locator("main .pager")).to_have_count(1)
    assert page.title() == "Accounts · Gatehouse"


def test_back_and_forward_show_whole_pages_after_sorting_and_paging(page: Page, site: Site):
    site.enter(page, OPS)
    addresses = ["/accounts/", "/accounts/?order_by=name", "/accounts/?order_by=name&page=2"]
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
    page.get_by_label("Query").fill(TYPED)
    page.get_by_label("Variables").fill('{"a": 1}')
    page.context.clear_cookies(name="sessionid")
    page.get_by_label("Query").press("Control+Enter")
    page.wait_for_url(re.compile("/login/"))
    page.get_by_label("Email").fill(OPS)
    page.get_by_label("Password").fill(PASSPHRASE)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(site.url + "/graphql/")
    expect(page.get_by_label("Query")).to_have_value(TYPED)
    expect(page.get_by_label("Variables")).to_have_value('{"a": 1}')
    expect(page.locator("#notices")).to_contain_text("What you typed is back")


def test_of_a_dxtra_that_hangs_the_spinner_ends_and_the_form_keeps_its_text(
    page: Page, impatient_site: Site
):
    impatient_site.enter(page, OPS)
    page.goto(impatient_site.url + "/graphql/")
    impatient_site.dxtra.faults.add(route="/v1/graphql", hang=4)
    page.get_by_label("Query").fill(TYPED)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#graphql-form .htmx-indicator")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Dxtra did not answer within")
    expect(page.locator(".htmx-indicator:visible, .htmx-request")).to_have_count(0)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    expect(page.get_by_label("Query")).to_have_value(TYPED)


def test_of_a_dpaas_that_hangs_nobody_claims_success_or_failure(page: Page, impatient_site: Site):
    impatient_site.enter(page, OPS)
    page.goto(impatient_site.url + "/accounts/new/")
    impatient_site.dpaas.faults.add(route="POST /accounts", hang=4)
    page.get_by_label("Name", exact=True).fill("Perhaps")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="It may exist")).to_be_visible()
    expect(page.locator(".htmx-indicator:visible, .htmx-request")).to_have_count(0)
    page.get_by_text("Send it again without looking").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Perhaps")


def test_a_mutation_asks_names_itself_and_runs_once_for_two_clicks(page: Page, site: Site):
    site.enter(page, OPS)
    page.goto(site.url + "/graphql/")
    page.get_by_label("Query").fill(RENAME)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("heading", name="Run the mutation AddNobody?")).to_be_visible()
    asked = site.dxtra.stats.counts.api_calls
    site.dxtra.faults.add(route="/v1/graphql", latency=0.5, work=True)
    page.get_by_role("button", name="Run the mutation").dblclick()
    expect(page.get_by_text('"affected_rows": 0')).to_be_visible()
    assert site.dxtra.stats.counts.api_calls == asked + 1
