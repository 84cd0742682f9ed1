"""Every screen in every state, by name: who opens what, and does what there."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.test import RequestFactory
from playwright.sync_api import Page, expect

from console.web import errors
from tests.browser.site import (
    ADMIN,
    CAREFUL,
    HOSTILE,
    LONG,
    NEWCOMER,
    OPS,
    READER,
    REFUSED,
    UNREACHED,
    Site,
)
from tests.services.chromium import write_query

Act = Callable[[Page, Site], None]


@dataclass(frozen=True)
class Screen:
    """A state of a screen. Without an `act` it is what stands at `path`."""

    name: str
    path: str
    who: str | None = OPS
    act: Act | None = None

    def open(self, page: Page, site: Site) -> None:
        """Bring the page to this state."""
        site.dpaas.faults.clear()
        site.dxtra.faults.clear()
        page.goto("about:blank")  # else the screen before, which may poll, would go to sign in
        page.context.clear_cookies()
        if self.who:
            site.enter(page, self.who)
        page.goto(site.url + self.path)
        if self.act:
            self.act(page, site)


def fault(upstream: str, path: str, **what: object) -> Act:
    """Open `path` anew while the upstream does `what`."""

    def act(page: Page, site: Site) -> None:
        getattr(site, upstream).faults.add(**what)
        page.goto(site.url + path)

    return act


def create(name: str = "Zürich & Søn <b>", **what: object) -> Act:
    """Create an account while DPaaS does `what`."""

    def act(page: Page, site: Site) -> None:
        if what:
            site.dpaas.faults.add(route="POST /accounts", **what)
        page.get_by_label("Name").fill(name)
        with page.expect_response("**/accounts/**"):
            page.get_by_role("button", name="Create account").click()
        expect(page.locator(".htmx-request")).to_have_count(0)

    return act


def look_for_the_lost(page: Page, site: Site) -> None:
    create("Never arrived", status=500)(page, site)
    page.get_by_text("Account not found").wait_for(timeout=30_000)  # it looks by itself


def open_menus(page: Page, site: Site) -> None:
    page.locator("#list-menus summary").first.click()
    page.get_by_label("Save this view as").wait_for()


def open_first_account(page: Page, site: Site) -> None:
    page.locator(".row-link").first.click()
    page.get_by_role("heading", name="Fields").wait_for()


def change_first_account(label: str) -> Act:
    """Open the form of a change of the first account."""

    def act(page: Page, site: Site) -> None:
        open_first_account(page, site)
        page.get_by_role("link", name=label).click()
        page.locator("#account-change form").wait_for()

    return act


def review_metadata(page: Page, site: Site) -> None:
    change_first_account("Edit metadata")(page, site)
    page.get_by_role("textbox", name="Metadata").fill('{"team": "billing", "limit": 12.50}')
    page.get_by_role("button", name="Review changes").click()
    page.locator("table.values").wait_for()


def query(text: str, **what: object) -> Act:
    """Run a query while Dxtra does `what`."""

    def act(page: Page, site: Site) -> None:
        expect(page.locator(".htmx-request")).to_have_count(0)  # the schema has come
        if what:
            site.dxtra.faults.add(route="/v1/graphql", **what)
        write_query(page, text)
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator(".unrun, .htmx-request")).to_have_count(0, timeout=60_000)

    return act


def schema(path: str = "") -> Act:
    """Open a page of the schema's documentation."""

    def act(page: Page, site: Site) -> None:
        expect(page.locator(".htmx-request")).to_have_count(0)
        page.goto(page.url.partition("?")[0] + "schema/" + path)
        expect(page.locator(".htmx-request")).to_have_count(0)
        page.locator("#schema-status .notice, #schema-body h2").first.wait_for()

    return act


def open_schema(page: Page, site: Site) -> None:
    page.locator(".desk-schema > summary").click()
    page.locator("#schema-body h2").first.wait_for()


def answer(**body: object) -> Act:
    """Run a query to which Dxtra answers `body`."""
    return query(
        "query Everything { dataControllers { id } }",
        body=json.dumps(body),
        content_type="application/json",
    )


def ask_in_production(page: Page, site: Site) -> None:
    """A mutation, confirmed by a wrong name."""
    expect(page.locator(".htmx-request")).to_have_count(0)  # the schema has come
    write_query(page, MUTATION)
    page.get_by_role("button", name="Run on").click()
    page.get_by_label("to confirm").fill("wrong")
    page.get_by_role("button", name="Run the mutation").click()
    page.get_by_text("The name does not match").wait_for()


def copy_as(page: Page, site: Site) -> None:
    page.get_by_role("button", name="Copy as").click()
    page.get_by_role("heading", name="curl").wait_for()


def open_closed_tabs(page: Page, site: Site) -> None:
    write_query(page, "query Closed { dataControllers { id } }")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#graphql-tabs [aria-current]")).to_have_text("Closed")
    page.locator(".tab-menu > summary").click()
    page.get_by_role("button", name="Close tab").click()
    page.get_by_text("Closed tabs", exact=True).click()
    page.get_by_role("button", name="Closed", exact=True).first.wait_for()


def check_names(names: str) -> Act:
    def act(page: Page, site: Site) -> None:
        page.get_by_label("Names, one per line").fill(names)
        page.get_by_role("button", name="Check names").click()
        page.locator("[aria-invalid=true], #job-check").first.wait_for()

    return act


def start_job(*pressed: str) -> Act:
    """A job that no worker carries out. `pressed`: the buttons that are pressed then."""

    def act(page: Page, site: Site) -> None:
        check_names("A job that nobody carries out")(page, site)
        for name in ("Create 1 account", *pressed):
            page.get_by_role("button", name=name).click()
            page.locator("#job-progress, #job-rows").first.wait_for()
            page.wait_for_load_state()

    return act


def check_rows(page: Page, site: Site) -> None:
    page.get_by_text("Or paste rows").click()
    page.get_by_label("Rows from a spreadsheet").fill(f"Kunde\tStandard\nOne\tja\n{HOSTILE}\tx")
    page.get_by_role("button", name="Check rows").click()
    page.locator("#job-check").wait_for()


def tick(page: Page, site: Site) -> None:
    page.locator("[name=ticked]").first.check()
    page.get_by_role("button", name="Rename…").wait_for()


def open_profile(name: str, *, press: str = "") -> Act:
    def act(page: Page, site: Site) -> None:
        page.get_by_role("link", name=name, exact=True).first.click()
        page.get_by_role("heading", level=1, name=name).wait_for()
        if press:
            page.get_by_role("main").get_by_text(press, exact=True).click()
            page.wait_for_load_state()

    return act


def save_profile(page: Page, site: Site) -> None:
    page.get_by_label("Name").fill("Another")
    secret = page.locator("[type=password]")
    secret.fill("not-the-right-one")
    if page.get_by_label("Email").count():
        page.get_by_label("Email").fill("ops@example.com")
        page.get_by_label("Organization slug").fill("acme")
    page.get_by_role("button", name="Check and save").click()
    page.locator("[aria-invalid=true]").first.wait_for()


def save_elsewhere(page: Page, site: Site) -> None:
    page.locator("input[type=url]").first.fill("https://elsewhere.example.com/v1")
    page.get_by_role("button", name="Check and save").click()
    page.locator("[aria-invalid=true]").first.wait_for()


def sign_in_wrongly(page: Page, site: Site) -> None:
    page.get_by_label("Email").fill("nobody@example.com")
    page.get_by_label("Password").fill("no such passphrase")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").or_(page.locator(".errors")).first.wait_for()


def sign_in_too_often(page: Page, site: Site) -> None:
    for _ in range(6):
        page.get_by_label("Email").fill("often@example.com")
        page.get_by_label("Password").fill("no such passphrase")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()


def refuse_password(page: Page, site: Site) -> None:
    for label in ("Current password", "New password", "New password, again"):
        page.get_by_label(label, exact=True).fill("x")
    page.get_by_role("button", name="Change password").click()
    page.locator("[aria-invalid=true]").first.wait_for()


def open_menu(which: str) -> Act:
    return lambda page, site: page.locator(f"{which} summary").first.click()


def break_down(page: Page, site: Site) -> None:
    """The page of an error of ours, as the handler writes it."""
    page_of_500 = errors.server_error(RequestFactory().get("/")).content.decode()
    page.route(
        "**/broken/", lambda route: route.fulfill(body=page_of_500, content_type="text/html")
    )
    page.goto(site.url + "/broken/")


def send_without_a_token(page: Page, site: Site) -> None:
    """A form that was opened before somebody signed in elsewhere."""
    page.context.clear_cookies(name="csrftoken")
    page.get_by_label("Name").fill("x")
    page.evaluate("document.querySelector('main form').submit()")
    page.get_by_role("heading", name="out of date").wait_for()


def send_what_is_out_of_date(page: Page, site: Site) -> None:
    """A form whose profile has changed since it was opened."""
    page.get_by_label("Name").fill("Typed")
    page.get_by_label("to confirm").fill("acme")
    field = page.locator("main [name=opened_with]")
    field.evaluate("(field) => { field.value = field.value.slice(0, -1) + 'x' }")
    page.get_by_role("button", name="Create in").click()
    page.get_by_text("Nothing was sent.").wait_for()


GRAPHQL_ERRORS = [
    {
        "message": "field 'nope' not found in type: 'query_root'",
        "extensions": {"code": "validation-failed", "path": "$.selectionSet.nope"},
    },
    {"message": HOSTILE * 3, "path": ["dataSubjects", 3, "riskScore"]},
]
ROWS = [
    {
        "id": number,
        "title": HOSTILE if number == 1 else f"Controller {number}",
        "at": "2026-03-01T12:00:00Z",
        "did": "did:web:" + "x" * 60,
        "active": number % 2 == 0,
        "note": None,
    }
    for number in range(12)
]
MUTATION = """mutation Rename {
  insert_dataSubjects(objects: []) { affected_rows }
}"""
ACTION = """mutation Export {
  requestDataSubjectExport(dataSubjectId: "d8b7ece9-0000-4380-be04-00000000dead") { status message }
}"""
LARGE = "query Events { events(limit: 6000) { id kind at dataSubjectId payload } }"
NO_ROWS = {"total": 0, "page": 1, "results": []}
TAKEN = {"error": "An account with this name already exists."}
INVALID = {"details": {"name": ["This must be shorter."], "metadata": ["This is not allowed."]}}


def confirm(page: Page, site: Site) -> None:
    query(ACTION)(page, site)
    page.get_by_role("button", name="Run the mutation").click()
    page.locator(".answer").first.wait_for()


def see_history(page: Page, site: Site) -> None:
    query("query Mine { dataControllers { id } }")(page, site)
    page.get_by_role("link", name="History", exact=True).click()
    page.get_by_role("heading", level=1, name="History").wait_for()


def see_run(page: Page, site: Site) -> None:
    see_history(page, site)
    page.get_by_role("link", name="Mine", exact=True).first.click()
    page.get_by_role("heading", level=1, name="Mine").wait_for()


def save_query(page: Page, site: Site) -> None:
    """Begin to save what stands on the desk."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    write_query(page, "query Weekly { dataControllers { id } }")
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator("#save-form").wait_for()


def see_saved(page: Page, site: Site) -> None:
    save_query(page, site)
    page.get_by_label("Tags").fill("audit")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Saved", exact=True).click()
    page.get_by_role("heading", level=1, name="Saved queries").wait_for()


def see_saved_query(page: Page, site: Site) -> None:
    see_saved(page, site)
    page.locator("#saved-list").get_by_role("link", name="Weekly", exact=True).first.click()
    page.get_by_role("heading", level=1, name="Weekly").wait_for()
    if page.get_by_role("button", name="Pin as a report").count():
        page.get_by_role("button", name="Pin as a report").click()
    page.get_by_text("Pinned as a report").wait_for()


def see_report(page: Page, site: Site) -> None:
    see_saved_query(page, site)
    page.get_by_role("link", name="Open the report").click()
    page.get_by_role("button", name="Run").wait_for()


def see_version(page: Page, site: Site) -> None:
    see_saved_query(page, site)
    page.get_by_role("link", name="Edit", exact=True).click()
    # It keeps its operation: the next screens may come by this one, of all of the same name.
    page.get_by_label("Query").fill("query Weekly { dataControllers { title } }")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Version 2", exact=True).click()
    page.get_by_role("heading", level=1, name="Version 2").wait_for()


def see_import(page: Page, site: Site) -> None:
    see_saved(page, site)
    page.get_by_role("link", name="Import").click()
    page.get_by_role("button", name="Import").wait_for()


LISTS = [
    Screen("accounts", "/accounts/"),
    Screen("accounts-sorted", "/accounts/?quantity=50&page=3&order_by=name"),
    Screen("accounts-100", "/accounts/?quantity=100&order_by=-name"),
    Screen("accounts-past-the-end", "/accounts/?page=999"),
    Screen(
        "accounts-none",
        "/healthz",
        act=fault("dpaas", "/accounts/", route="/accounts", body=NO_ROWS),
    ),
    Screen(
        "accounts-gateway",
        "/healthz",
        act=fault("dpaas", "/accounts/?page=2", route="/accounts", html=True),
    ),
    Screen("accounts-refused", "/accounts/", REFUSED),
    Screen("accounts-unreached", "/accounts/", UNREACHED),
    Screen("accounts-reader", "/accounts/", READER),
    Screen("accounts-newcomer", "/accounts/", NEWCOMER),
    Screen("accounts-production", "/dpaas/acme/accounts/", CAREFUL),
    Screen("accounts-staging", "/dpaas/globex/accounts/", CAREFUL),
    Screen("accounts-no-profile", "/dpaas/initech@dpaas.example.com/accounts/"),
    Screen("users", "/users/"),
    Screen("users-none", "/healthz", act=fault("dpaas", "/users/", route="/users", body=NO_ROWS)),
    Screen("users-newcomer", "/users/", NEWCOMER),
    Screen("service-accounts", "/service-accounts/"),
    Screen(
        "groups-missing", "/healthz", act=fault("dpaas", "/groups/", route="/groups", status=404)
    ),
    Screen("accounts-found", "/accounts/?q=ri&status=active"),
    Screen("accounts-not-found", "/accounts/?q=nobody+of+this+name"),
    Screen("accounts-menus", "/accounts/", act=open_menus),
    Screen("accounts-export", "/dpaas/acme/accounts/export/?q=ri"),
    Screen("account", "/accounts/?q=Production", act=open_first_account),
    Screen("account-rename", "/accounts/?q=Production", act=change_first_account("Rename")),
    Screen("account-metadata", "/accounts/?q=Production", act=review_metadata),
]
BULK = [
    Screen("bulk-rows", "/accounts/bulk/"),
    Screen("bulk-rows-newcomer", "/accounts/bulk/", NEWCOMER),
    Screen("bulk-rows-reader", "/accounts/bulk/", READER),
    Screen("bulk-rows-none", "/accounts/bulk/", act=check_names("")),
    Screen(
        "bulk-check", "/accounts/bulk/", act=check_names(f"One\nProduction\n{HOSTILE * 4}\nOne")
    ),
    Screen("bulk-check-hostile", "/accounts/bulk/", LONG, act=check_names(HOSTILE)),
    Screen("bulk-check-columns", "/accounts/bulk/", act=check_rows),
    Screen("bulk-check-production", "/dpaas/acme/accounts/bulk/", CAREFUL, act=check_names("One")),
    Screen("bulk-running", "/accounts/bulk/", act=start_job()),
    Screen("bulk-paused", "/accounts/bulk/", act=start_job("Pause")),
    Screen("accounts-ticked", "/accounts/", act=tick),
    Screen("jobs", "/jobs/"),
    Screen("jobs-newcomer", "/jobs/", NEWCOMER),
    Screen("jobs-of-everybody", "/jobs/?everybody=1", ADMIN),
]
NEW_ACCOUNT = [
    Screen("account-new", "/accounts/new/"),
    Screen("account-new-newcomer", "/accounts/new/", NEWCOMER),
    Screen("account-new-reader", "/accounts/new/", READER),
    Screen("account-created", "/accounts/new/", act=create()),
    Screen("account-created-hostile", "/accounts/new/", LONG, act=create(HOSTILE * 3)),
    Screen("account-invalid", "/accounts/new/", act=create(status=422, body=INVALID)),
    Screen("account-taken", "/accounts/new/", act=create(status=409, body=TAKEN)),
    Screen("account-lost", "/accounts/new/", act=create("Lost", reset=True)),
    Screen("account-missing", "/accounts/new/", act=look_for_the_lost),
    Screen("account-production", "/dpaas/acme/accounts/new/", CAREFUL),
    Screen("account-exchanged", "/dpaas/acme/accounts/new/", CAREFUL, act=send_what_is_out_of_date),
    Screen("account-stale", "/accounts/new/", act=send_without_a_token),
]
GRAPHQL = [
    Screen("graphql", "/graphql/"),
    Screen("graphql-production", "/graphql/", CAREFUL),
    Screen("graphql-newcomer", "/graphql/", NEWCOMER),
    Screen("graphql-result", "/graphql/", act=query("{ dataControllers { id title } }")),
    Screen("graphql-hostile", "/graphql/", LONG, act=answer(data={"dataControllers": ROWS})),
    Screen(
        "graphql-errors-and-data",
        "/graphql/",
        act=answer(errors=GRAPHQL_ERRORS, data={"dataControllers": ROWS}),
    ),
    Screen("graphql-syntax", "/graphql/", act=query("{ dataControllers( }")),
    Screen("graphql-confirm", "/graphql/", act=query(MUTATION)),
    Screen("graphql-confirm-production", "/graphql/", CAREFUL, act=ask_in_production),
    Screen("graphql-copy-as", "/graphql/", act=copy_as),
    Screen("graphql-closed-tabs", "/graphql/?tab=new", act=open_closed_tabs),
    Screen("graphql-action-failed", "/graphql/", act=confirm),
    Screen("graphql-large", "/graphql/", act=query(LARGE)),
    Screen("graphql-gateway", "/graphql/", act=query("{ dataControllers { id } }", html=True)),
    Screen("graphql-refused", "/graphql/", REFUSED, act=query("{ dataControllers { id } }")),
    Screen("graphql-history", "/graphql/", act=see_history),
    Screen("graphql-run", "/graphql/", act=see_run),
    Screen("saved-new", "/graphql/?tab=new", act=save_query),
    Screen("saved", "/graphql/?tab=new", act=see_saved),
    Screen("saved-query", "/graphql/?tab=new", act=see_saved_query),
    Screen("saved-version", "/graphql/?tab=new", act=see_version),
    Screen("saved-import", "/graphql/?tab=new", act=see_import),
    Screen("report", "/graphql/?tab=new", act=see_report),
]
SCHEMA = [
    Screen("schema", "/graphql/", act=schema()),
    Screen("schema-type", "/graphql/", act=schema("dataSubjects/")),
    Screen("schema-field", "/graphql/", act=schema("query_root/?field=dataSubjects")),
    Screen("schema-search", "/graphql/", act=schema("?q=subject")),
    Screen("schema-refused", "/graphql/", REFUSED, act=schema()),
    Screen("schema-in-the-desk", "/graphql/", act=open_schema),
]
PROFILES = [
    Screen("profiles", "/profiles/"),
    Screen("profiles-newcomer", "/profiles/", NEWCOMER),
    Screen("profiles-refused", "/profiles/", REFUSED),
    Screen("profiles-hostile", "/profiles/", LONG),
    Screen("profile-ready", "/profiles/", act=open_profile("Dxtra")),
    Screen("profile-unused", "/profiles/", act=open_profile("Globex")),
    Screen("profile-refused", "/profiles/", REFUSED, act=open_profile("Wrong password")),
    Screen("profile-hostile", "/profiles/", LONG, act=open_profile(HOSTILE)),
    Screen("profile-edit", "/profiles/", act=open_profile("Acme", press="Edit")),
    Screen(
        "profile-unlock",
        "/profiles/",
        CAREFUL,
        act=open_profile("Dxtra", press="Unlock for 10 minutes"),
    ),
    Screen("profile-delete", "/profiles/", act=open_profile("Acme", press="Delete")),
    Screen("profile-delete-hostile", "/profiles/", LONG, act=open_profile(HOSTILE, press="Delete")),
    Screen("profile-new-dxtra", "/profiles/new/dxtra/"),
    Screen("profile-new-dpaas", "/profiles/new/dpaas/"),
    Screen("profile-new-dxtra-refused", "/profiles/new/dxtra/", act=save_profile),
    Screen("profile-new-dpaas-refused", "/profiles/new/dpaas/", act=save_profile),
    Screen("profile-new-elsewhere", "/profiles/new/dxtra/", act=save_elsewhere),
]
REST = [
    Screen("calls", "/calls/"),
    Screen("calls-hostile", "/calls/", LONG),
    Screen("calls-newcomer", "/calls/", NEWCOMER),
    Screen("calls-none-fits", "/calls/?system=dxtra&outcome=failed", READER),
    Screen("menu", "/profiles/", LONG, act=open_menu("details.menu")),
    Screen("menu-of-profiles", "/profiles/", act=open_menu(".using")),
    Screen("menu-of-profiles-hostile", "/profiles/", LONG, act=open_menu(".using")),
    Screen("menu-of-profiles-newcomer", "/profiles/", NEWCOMER, act=open_menu(".using")),
    Screen("menu-of-production", "/dpaas/acme/accounts/new/", CAREFUL, act=open_menu(".using")),
    Screen("password", "/password/"),
    Screen("password-refused", "/password/", act=refuse_password),
    Screen("sign-out", "/logout/"),
    Screen("not-found", "/nowhere/"),
    Screen("broken", "/healthz", act=break_down),
    Screen("sign-in", "/login/", None),
    Screen("sign-in-refused", "/login/", None, act=sign_in_wrongly),
    Screen("sign-in-throttled", "/login/", None, act=sign_in_too_often),
    Screen("inactive", "/login/inactive/", None),
]
OF_DJANGO = [
    Screen("admin", "/admin/", ADMIN),
    Screen("admin-people", "/admin/team/user/", ADMIN),
    Screen("admin-person", "/admin/team/user/add/", ADMIN),
]
