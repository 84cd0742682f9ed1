"""Rows in the database of a real console."""

import json
from typing import Any

from factory import Factory

from tests.services.console import Console

Row = tuple[type[Factory], dict[str, Any]]

# The rows come as JSON on standard input, so that no secret stands on a command line.
SCRIPT = """
import json, sys
from console.team.models import User
from tests import factories
for name, fields in json.load(sys.stdin):
    if "owner" in fields:
        fields["owner"] = User.objects.get(email=fields["owner"])
    getattr(factories, name)(**fields)
"""


def seed(console: Console, *rows: Row) -> None:
    """Call each factory with its fields, in this order; `owner` is a teammate's e-mail address."""
    calls = [(made_by.__name__, fields) for made_by, fields in rows]
    console.manage("shell", "-v0", "--no-imports", "-c", SCRIPT, input=json.dumps(calls))
