"""The console that the browser tests walk through, its teammates and their profiles."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Page

from console.team.groups import OPERATIONS
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import GLOBEX_DPAAS, OPS_DPAAS, OPS_DXTRA, READER_DPAAS
from tests.factories import (
    NOBODY_LISTENS,
    DpaasProfileFactory,
    DxtraProfileFactory,
    UserFactory,
)
from tests.services.console import Console, StartConsole, sign_in
from tests.services.issued import issued_by
from tests.services.seeding import Row, seed

PASSPHRASE = "a passphrase of the browser tests"
HOSTILE = "<b>" + "W" * 74 + "<i>"
OPS = "ops@example.com"
NEWCOMER = "new@example.com"
READER = "reader@example.com"
REFUSED = "refused@example.com"
UNREACHED = "unreached@example.com"
LONG = f"{'l' * 60}@{'o' * 60}.{'n' * 60}.example.com"
ADMIN = "admin@example.com"

WALKER = "walker@example.com"
SCRIPTLESS = "scriptless@example.com"
TYPIST = "typist@example.com"
SWITCHER = "switcher@example.com"
CAREFUL = "careful@example.com"  # works in production, at acme with two profiles

CREDENTIALS = (OPS_DXTRA.personal_access_token, OPS_DPAAS.password, READER_DPAAS.password)


@dataclass(frozen=True)
class Site:
    """The console and its upstreams; `sign_in(page, OPS, "/users/")` brings a teammate in."""

    console: Console
    dpaas: DpaasUpstream
    dxtra: DxtraUpstream
    cookies: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        return self.console.url

    @property
    def origins(self) -> list[str]:
        return [self.dpaas.url, self.dxtra.url, NOBODY_LISTENS]

    @property
    def secrets(self) -> list[str]:
        """What no browser may ever hold: the credentials, and every token issued so far."""
        return [*CREDENTIALS, *issued_by(self.dpaas, self.dxtra)]

    def enter(self, page: Page, email: str) -> None:
        """Bring a teammate in with the cookies of an earlier sign-in."""
        if email not in self.cookies:
            session = sign_in(self.url, email, PASSPHRASE)
            self.cookies[email] = session.cookies.get_dict()
        page.context.add_cookies(
            [{"name": n, "value": v, "url": self.url} for n, v in self.cookies[email].items()]
        )

    def sign_in(self, page: Page, email: str = OPS, to: str = "/accounts/") -> None:
        page.goto(f"{self.url}/login/?next={to}")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password").fill(PASSPHRASE)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(re.compile(re.escape(self.url) + ".*" + re.escape(to) + "$"))


def start_site(start: StartConsole, dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> Site:
    """Start the console, and add everybody with their profiles."""
    origins = [dpaas.url, dxtra.url, NOBODY_LISTENS]
    console = start(
        upstream_origins=origins,
        DXTRA_AUTH_URL=dxtra.auth_url,
        DXTRA_GRAPHQL_URL=dxtra.graphql_url,
        DPAAS_BASE_URL=dpaas.url,
    )
    seed(console, *_teammates(), *_profiles(dpaas, dxtra))
    return Site(console, dpaas, dxtra)


def _teammates() -> list[Row]:
    def teammate(email: str, **fields: object) -> Row:
        return UserFactory, {"email": email, "password": PASSPHRASE, **fields}

    operators = (
        OPS,
        NEWCOMER,
        REFUSED,
        UNREACHED,
        LONG,
        WALKER,
        SCRIPTLESS,
        TYPIST,
        SWITCHER,
        CAREFUL,
    )
    return [
        *(teammate(email, groups=[OPERATIONS]) for email in operators),
        teammate(READER),
        teammate(ADMIN, administrator=True),
    ]


def _profiles(dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> list[Row]:
    def at_dpaas(owner: str, name: str, **fields: str) -> Row:
        return DpaasProfileFactory, {"owner": owner, "name": name, "base_url": dpaas.url, **fields}

    def at_dxtra(owner: str, name: str, **fields: str) -> Row:
        return DxtraProfileFactory, {"owner": owner, "name": name, "origin": dxtra.url, **fields}

    reading = {"email": READER_DPAAS.email, "secret": READER_DPAAS.password}
    of_globex = {
        "email": GLOBEX_DPAAS.email,
        "secret": GLOBEX_DPAAS.password,
        "organization_slug": GLOBEX_DPAAS.organization_slug,
    }
    production = {"environment": "production"}
    return [
        at_dpaas(OPS, "Acme"),
        at_dpaas(OPS, "Globex", **of_globex),
        at_dpaas(READER, "Acme", **reading),
        at_dpaas(SWITCHER, "First"),
        at_dpaas(SWITCHER, "Second", **of_globex),
        at_dpaas(CAREFUL, "Acme", **production),
        at_dpaas(CAREFUL, "Acme, reading only", **production, **reading),
        at_dpaas(CAREFUL, "Globex", environment="staging", **of_globex),
        at_dxtra(CAREFUL, "Dxtra", **production),
        at_dpaas(TYPIST, "Acme"),
        at_dpaas(LONG, HOSTILE),
        at_dpaas(LONG, HOSTILE[::-1]),
        at_dpaas(REFUSED, "Wrong password", secret="not-the-password"),
        at_dpaas(UNREACHED, "Nobody there", base_url=NOBODY_LISTENS),
        at_dxtra(OPS, "Dxtra"),
        at_dxtra(TYPIST, "Dxtra"),
        at_dxtra(LONG, HOSTILE),
        at_dxtra(REFUSED, "Spent", secret="spent-token"),
    ]
