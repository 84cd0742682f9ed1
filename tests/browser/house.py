"""Who lives in the console that the browser tests walk through."""

import json
import re
from dataclasses import dataclass, field

from playwright.sync_api import Page

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DPAAS, OPS_DXTRA, READER_DPAAS
from tests.services.console import Console, StartConsole, sign_in

PASSPHRASE = "a passphrase of the browser tests"
NOBODY_LISTENS = "http://127.0.0.1:9"
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

CREDENTIALS = (OPS_DXTRA.personal_access_token, OPS_DPAAS.password, READER_DPAAS.password)

SEED = """
import json
from django.contrib.auth.models import Group
from console.profiles.models import CredentialProfile
from console.profiles.services import create_dpaas_profile, create_dxtra_profile
from console.team.models import User
from console.vault.secret import Secret
seed = json.loads({seed!r})
for email, group in seed["people"]:
    user = User.objects.create_user(email, password=seed["passphrase"])
    if group == "admin":
        user.is_staff = user.is_superuser = True
        user.save()
    elif group:
        user.groups.add(Group.objects.get(name=group))
for email, fields in seed["dpaas"]:
    secret = Secret(fields.pop("password"))
    create_dpaas_profile(User.objects.get(email=email), password=secret, **fields)
for email, fields in seed["dxtra"]:
    secret = Secret(fields.pop("personal_access_token"))
    create_dxtra_profile(User.objects.get(email=email), personal_access_token=secret, **fields)
"""


@dataclass(frozen=True)
class House:
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
        issued = [
            token
            for sessions in (self.dpaas.sessions, self.dxtra.sessions)
            for known in (sessions._by_access, sessions._by_refresh, sessions._spent)
            for token in known
        ]
        assert issued, "the upstreams have issued no token yet"
        return [*CREDENTIALS, *issued]

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
        page.wait_for_url(re.compile(re.escape(self.url + to) + "$"))


def open_house(start: StartConsole, dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> House:
    """Start the console and move everybody in."""
    origins = [dpaas.url, dxtra.url, NOBODY_LISTENS]
    console = start(
        upstream_origins=origins,
        DXTRA_AUTH_URL=dxtra.auth_url,
        DXTRA_GRAPHQL_URL=dxtra.graphql_url,
        DPAAS_BASE_URL=dpaas.url,
    )
    seed = json.dumps(_everybody(dpaas, dxtra))
    console.manage("shell", "--no-imports", "-c", SEED.format(seed=seed))
    return House(console, dpaas, dxtra)


def _everybody(dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> dict[str, object]:
    at_dpaas = {
        "base_url": dpaas.url,
        "email": OPS_DPAAS.email,
        "password": OPS_DPAAS.password,
        "organization_slug": OPS_DPAAS.organization_slug,
    }
    reading = at_dpaas | {"email": READER_DPAAS.email, "password": READER_DPAAS.password}
    at_dxtra = {
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": OPS_DXTRA.personal_access_token,
    }
    return {
        "passphrase": PASSPHRASE,
        "people": [
            (OPS, "Operations"),
            (NEWCOMER, "Operations"),
            (READER, ""),
            (REFUSED, "Operations"),
            (UNREACHED, "Operations"),
            (LONG, "Operations"),
            (ADMIN, "admin"),
            (WALKER, "Operations"),
            (SCRIPTLESS, "Operations"),
            (TYPIST, "Operations"),
            (SWITCHER, "Operations"),
        ],
        "dpaas": [
            (OPS, {"name": "Acme", **at_dpaas}),
            (OPS, {"name": "Acme, reading only", **reading}),
            (READER, {"name": "Acme", **reading}),
            (SWITCHER, {"name": "First", **at_dpaas}),
            (SWITCHER, {"name": "Second", **reading}),
            (TYPIST, {"name": "Acme", **at_dpaas}),
            (LONG, {"name": HOSTILE, **at_dpaas}),
            (LONG, {"name": HOSTILE[::-1], **at_dpaas}),
            (REFUSED, {"name": "Wrong password", **at_dpaas, "password": "not-the-password"}),
            (UNREACHED, {"name": "Nobody there", **at_dpaas, "base_url": NOBODY_LISTENS}),
        ],
        "dxtra": [
            (OPS, {"name": "Dxtra", **at_dxtra}),
            (TYPIST, {"name": "Dxtra", **at_dxtra}),
            (LONG, {"name": HOSTILE, **at_dxtra}),
            (REFUSED, {"name": "Spent", **at_dxtra, "personal_access_token": "spent-token"}),
        ],
    }
