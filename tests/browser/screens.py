"""Every screen in every state, by name: who opens what, and does what there."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.test import RequestFactory
from playwright.sync_api import Page, expect

from console.web import errors
from tests.browser.site import (
    ADMIN,
    HOSTILE,
    LONG,
    NEWCOMER,
    OPS,
    READER,
    REFUSED,
    UNREACHED,
    Site,
)

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
    page.get_by_role("button", name="Look for it").click()
    page.get_by_text("It was not found").wait_for()


def query(text: str, **what: object) -> Act:
    """Run a query while Dxtra does `what`."""

    def act(page: Page, site: Site) -> None:
        if what:
            site.dxtra.faults.add(route="/v1/graphql", **what)
        page.get_by_label("Query").fill(text)
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator(".unrun, .htmx-request")).to_have_count(0, timeout=60_000)

    return act


def answer(**body: object) -> Act:
    """Run a query to which Dxtra answers `body`."""
    return query(
        "query Everything { dataControllers { id } }",
        body=json.dumps(body),
        content_type="application/json",
    )


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
    for label in ("Current Password", "New Password", "New Password (again)"):
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
    page.get_by_text("out of date").wait_for()


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
    page.locator("#graphql-json").wait_for()


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
    Screen("users", "/users/"),
    Screen("users-none", "/healthz", act=fault("dpaas", "/users/", route="/users", body=NO_ROWS)),
    Screen("users-newcomer", "/users/", NEWCOMER),
]
NEW_ACCOUNT = [
    Screen("account-new", "/accounts/new/"),
    Screen("account-new-newcomer", "/accounts/new/", NEWCOMER),
    Screen("account-new-reader", "/accounts/new/", READER),
    Screen("account-created", "/accounts/new/", act=create()),
    Screen("account-created-hostile", "/accounts/new/", LONG, act=create(HOSTILE * 3)),
    Screen("account-invalid", "/accounts/new/", act=create(status=422, body=INVALID)),
    Screen("account-taken", "/accounts/new/", act=create(status=409, body=TAKEN)),
    Screen("account-lost", "/accounts/new/", act=create("Lost", lose_answer=True)),
    Screen("account-missing", "/accounts/new/", act=look_for_the_lost),
    Screen("account-stale", "/accounts/new/", act=send_without_a_token),
]
GRAPHQL = [
    Screen("graphql", "/graphql/"),
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
    Screen("graphql-action-failed", "/graphql/", act=confirm),
    Screen("graphql-large", "/graphql/", act=query(LARGE)),
    Screen("graphql-gateway", "/graphql/", act=query("{ dataControllers { id } }", html=True)),
    Screen("graphql-refused", "/graphql/", REFUSED, act=query("{ dataControllers { id } }")),
]
PROFILES = [
    Screen("profiles", "/profiles/"),
    Screen("profiles-newcomer", "/profiles/", NEWCOMER),
    Screen("profiles-refused", "/profiles/", REFUSED),
    Screen("profiles-hostile", "/profiles/", LONG),
    Screen("profile-ready", "/profiles/", act=open_profile("Dxtra")),
    Screen("profile-unused", "/profiles/", act=open_profile("Acme, reading only")),
    Screen("profile-refused", "/profiles/", REFUSED, act=open_profile("Wrong password")),
    Screen("profile-hostile", "/profiles/", LONG, act=open_profile(HOSTILE)),
    Screen("profile-edit", "/profiles/", act=open_profile("Acme", press="Edit")),
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
    Screen("calls-none-fits", "/calls/?system=dxtra&ended=badly", READER),
    Screen("menu", "/profiles/", LONG, act=open_menu("details.menu")),
    Screen("menu-of-profiles", "/profiles/", act=open_menu(".using")),
    Screen("menu-of-profiles-hostile", "/profiles/", LONG, act=open_menu(".using")),
    Screen("menu-of-profiles-newcomer", "/profiles/", NEWCOMER, act=open_menu(".using")),
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
