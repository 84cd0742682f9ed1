"""A teammate with a plain HTTP client, as a script or a browser without JavaScript would be."""

from dataclasses import dataclass, field
from typing import Any

import requests

from tests.services.console import Console, sign_in
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


def _shown(answer: requests.Response) -> requests.Response:
    write(f"{answer.url} {answer.headers} {answer.text}")
    return answer


def add_teammate(console: Console, email: str, *, group: str | None = None) -> Teammate:
    """Add somebody by the command that people are added with, and sign them in."""
    options = ["--group", group] if group else []
    console.manage("add_teammate", email, *options, "--password-stdin", input=PASSPHRASE)
    return Teammate(console, email, sign_in(console.url, email, PASSPHRASE))
