"""Nothing that the test run itself writes holds a secret (`-p tests.leaks`).

Collected in every test: what was captured of it, the console's log lines as they are formatted,
exceptions (that a view let through, that `pytest.raises` caught, that made the test fail, and every
UpstreamError), all that Django answered in this process, and the logs of real consoles. Searched
for what the sandbox's people sign in with, the run's own keys, and every token that a sandbox in
this process has handed out. A test in which one is found fails, by the secret's name.
"""

import io
import logging
import os
import traceback
from collections.abc import Generator
from typing import Any

import pytest

from tests.services.issued import watch as watch_issued
from tests.services.leaks import SecretSearch
from tests.services.written import WRITTEN, write

SEARCH = SecretSearch()


class LogLines(logging.Handler):
    """Each record as the console would print it."""

    def emit(self, record: logging.LogRecord) -> None:
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler) and not isinstance(
                handler.stream, io.StringIO
            ):
                write(handler.format(record))
                return
        write(logging.Formatter().format(record))


def pytest_sessionstart(session: pytest.Session) -> None:
    _know_the_secrets()
    watch_issued(SEARCH.add)
    _watch_what_django_answers()
    _watch_exceptions()


def pytest_runtest_setup(item: pytest.Item) -> None:
    root = logging.getLogger()
    if not any(isinstance(handler, LogLines) for handler in root.handlers):
        root.addHandler(LogLines())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Search after each phase of a test; what is found fails that phase."""
    report = yield
    texts = [*WRITTEN, report.longreprtext, *(text for _, text in report.sections)]
    WRITTEN.clear()
    text = "\n".join(part if isinstance(part, str) else part() for part in texts)
    found = SEARCH.found_in(text.encode(errors="replace"))
    if found:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} shows a secret in what it wrote: {', '.join(found)}"
        report.sections = []
    return report


def _know_the_secrets() -> None:
    from sandbox.people import DPAAS_PEOPLE, DXTRA_PEOPLE
    from tests.services.teammate import PASSPHRASE

    for person in DPAAS_PEOPLE:
        SEARCH.add(person.password, f"the password of {person.email}")
    for owner in DXTRA_PEOPLE:
        SEARCH.add(owner.personal_access_token, f"the personal access token of {owner.email}")
    SEARCH.add(PASSPHRASE, "the teammates' pass phrase")
    for name in ("SECRET_KEY", "VAULT_KEYSET"):
        SEARCH.add(os.environ[name], name)


def _watch_what_django_answers() -> None:
    """Whether Django's test client asked or a server; a stream is seen as it passes."""
    from django.core.handlers.base import BaseHandler

    get_response = BaseHandler.get_response

    def watched(self: Any, request: Any) -> Any:
        response = get_response(self, request)
        write(str(response.items()) + str(response.cookies))
        if response.streaming:
            pieces = response.streaming_content
            response.streaming_content = (_seen(piece) for piece in pieces)
        else:
            _seen(response.content)
        return response

    BaseHandler.get_response = watched  # type: ignore[method-assign]


def _seen(content: bytes) -> bytes:
    write(content.decode(errors="replace"))
    return content


def _watch_exceptions() -> None:
    from django.core.signals import got_request_exception

    from console.upstream.errors import UpstreamError

    def passed(**_: Any) -> None:
        write(traceback.format_exc())

    got_request_exception.connect(passed, weak=False)
    fill, begin = pytest.ExceptionInfo.fill_unfilled, UpstreamError.__init__

    def filled(self: Any, exc_info: Any) -> None:
        fill(self, exc_info)
        write("".join(traceback.format_exception(*exc_info)) + repr(exc_info[1]))

    def begun(self: Any, *args: Any, **facts: Any) -> None:
        begin(self, *args, **facts)
        write(lambda: f"{self} {self!r} {self.sentence} {vars(self)}")

    pytest.ExceptionInfo.fill_unfilled = filled  # type: ignore[method-assign]
    UpstreamError.__init__ = begun  # type: ignore[method-assign]
