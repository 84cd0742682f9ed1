"""A teammate with a plain HTTP client, as a script or a browser without JavaScript would be."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import requests

from console.team.groups import OPERATIONS
from tests.factories import UserFactory
from tests.services.console import Console, sign_in
from tests.services.seeding import seed
from tests.services.written import write

PASSPHRASE = "a long pass phrase of the tests"


@dataclass
class Teammate:
    """Signs in over the wire; `get` and `post` take paths of the console."""

    console: Console
    email: str
    session: requests.Session = field(default_factory=requests.Session, repr=False)

    def get(self, path: str, **options: Any) -> requests.Response:
        return _shown(self.session.get(self.console.url + path, timeout=60, **options))

    def post(self, path: str, data: dict[str, str], **options: Any) -> requests.Response:
        token = self.session.cookies.get("csrftoken", "")
        data = data | {"csrfmiddlewaretoken": token}
        return _shown(self.session.post(self.console.url + path, data, timeout=60, **options))

    def submit(self, path: str, data: dict[str, str], **options: Any) -> requests.Response:
        """Open the form at `path`, and send it with what it was opened with."""
        return self.post(path, data | self.opened_with(path), **options)

    def opened_with(self, path: str) -> dict[str, str]:
        """What the form at `path` carries that is opened now."""
        found = re.search(r'name="opened_with" value="([^"]*)"', self.get(path).text)
        assert found, f"{path} shows no form of an upstream"
        return {"opened_with": unescape(found[1])}


def _shown(answer: requests.Response) -> requests.Response:
    write(f"{answer.url} {answer.headers} {answer.text}")
    return answer


def add_teammate(console: Console, email: str, *, group: str | None = None) -> Teammate:
    """Add somebody by the command that people are added with, and sign them in."""
    options = ["--group", group] if group else []
    options += ["--password-stdin", "--skip-checks"]
    console.manage("add_teammate", email, *options, input=PASSPHRASE)
    return Teammate(console, email, sign_in(console.url, email, PASSPHRASE))


def add_teammates(console: Console, count: int) -> list[Teammate]:
    """Add so many, who may create accounts, and sign them in."""
    emails = [f"ops{number}@example.com" for number in range(count)]
    fields = {"password": PASSPHRASE, "groups": [OPERATIONS]}
    seed(console, *((UserFactory, {"email": email, **fields}) for email in emails))
    return [Teammate(console, email, sign_in(console.url, email, PASSPHRASE)) for email in emails]
