"""The newcomer's main job, end to end: with scripts, without them, and by keyboard alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.browser.site import PASSPHRASE, SCRIPTLESS, TYPIST, WALKER, Site
from tests.services.chromium import NewContext

EVERYTHING = """() => JSON.stringify([
  document.documentElement.outerHTML,
  [...document.querySelectorAll("input, textarea, select")].map((field) => field.value),
  location.href, document.referrer, document.cookie, document.title, window.name, history.state,
  { ...localStorage }, { ...sessionStorage },
  performance.getEntries().map((entry) => entry.name),
])"""
FOCUS = """() => {
  const stop = document.activeElement;
  const style = getComputedStyle(stop), box = stop.getBoundingClientRect();
  return {
    name: stop.id || stop.textContent.trim() || stop.name,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
MAX_STOPS = 40


class Witness:
    """Notes at each step what a script, or somebody looking on, could find in the browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        page.on("request", lambda request: self.seen.append(request.url))

    def look(self) -> None:
        self.seen.append(self.page.evaluate(EVERYTHING))


def make_profiles(page: Page, site: Site, witness: Witness) -> None:
    page.get_by_role("link", name="Add a DPaaS profile").click()
    page.get_by_label("Name", exact=True).fill("Acme")
    page.get_by_label("Email").fill(OPS_DPAAS.email)
    page.get_by_label("Password").fill(OPS_DPAAS.password)
    page.get_by_label("Organization slug").fill("acme")
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#notices")).to_contain_text("DPaaS accepted the credential")
    witness.look()

    page.get_by_role("navigation", name="Main").get_by_text("Profiles").click()
    page.get_by_role("link", name="Dxtra profile", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Dxtra")
    page.get_by_label("Personal access token").fill(OPS_DXTRA.personal_access_token)
    page.get_by_role("button", name="Check and save").click()
    expect(page.locator("#notices")).to_contain_text("Dxtra accepted the credential")
    witness.look()
    page.get_by_role("link", name="Dxtra", exact=True).click()
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Personal access token")).to_have_value("")
    witness.look()


def create_account(page: Page, witness: Witness, name: str) -> None:
    page.get_by_role("navigation", name="Main").get_by_text("Accounts").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    witness.look()
    page.get_by_role("link", name="New account").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("tr.is-new td.main")).to_have_text(name)
    witness.look()


def run_seed_query(page: Page, witness: Witness) -> None:
    page.get_by_role("navigation", name="Main").get_by_text("GraphQL").click()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    witness.look()
    page.get_by_role("navigation", name="Main").get_by_text("Calls").click()
    expect(page.get_by_role("row", name="create account")).to_be_visible()
    witness.look()


@pytest.mark.parametrize(("javascript", "email"), [(True, WALKER), (False, SCRIPTLESS)])
def test_a_newcomer_does_the_main_job_and_no_browser_ever_holds_a_secret(
    new_context: NewContext, site: Site, javascript: bool, email: str
):
    page = new_context(java_script_enabled=javascript).new_page()
    witness = Witness(page)
    creates = site.dpaas.stats.counts.creates
    site.sign_in(page, email)
    witness.look()
    make_profiles(page, site, witness)
    create_account(page, witness, f"Zürich & Søn <b> of {email}")
    run_seed_query(page, witness)

    everything = "\n".join(witness.seen)
    assert [secret for secret in site.secrets if secret in everything] == []
    assert re.findall(r"\beyJ[\w-]+\.", everything) == []  # the beginning of any JWT
    assert PASSPHRASE not in everything
    assert "My Organisation" in everything  # the witness does see
    assert site.dpaas.stats.counts.creates == creates + 1
    kept = {cookie["name"]: cookie["httpOnly"] for cookie in page.context.cookies()}
    assert kept["sessionid"] is True


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until `wanted` has the focus; on the way it is to be seen at every stop. In an
    editor Tab indents, and Escape first leaves it."""
    for _ in range(MAX_STOPS):
        if page.locator(".editor:focus").count():
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        assert stop["outlined"], f"the focus does not show on {stop['name']!r}"
        assert stop["shown"], f"{stop['name']!r} has the focus, and is not in sight"
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"not within {MAX_STOPS} stops: {wanted}")


def follow(page: Page, name: str, path: str) -> None:
    tab_to(page, page.get_by_role("link", name=name, exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{path}")


def test_the_main_job_goes_by_keyboard_alone_and_the_focus_always_shows(page: Page, site: Site):
    page.goto(f"{site.url}/login/")
    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type(TYPIST)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/")

    follow(page, "New account", "/accounts/new/")
    tab_to(page, page.get_by_label("Name", exact=True))
    page.keyboard.type("Typed, not clicked")
    tab_to(page, page.get_by_label("Default account"))
    page.keyboard.press("Space")
    expect(page.get_by_label("Default account")).to_be_checked()
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Create account"))
    page.keyboard.press("Space")
    expect(page.locator("tr.is-new td.main")).to_have_text("Typed, not clicked")

    tab_to(page, page.locator("#sort-name"))
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Name")
    expect(page.locator("#sort-name")).to_be_focused()

    page.goto(f"{site.url}/graphql/")
    expect(page.locator(".editor").first).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Run", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="My Organisation")).to_be_visible()
    tab_to(page, page.get_by_role("group", name="Rows"))
