"""`.env.example` names every variable that the settings read, explained, and holds no secret."""

import ast
import re
from itertools import pairwise

from tests.services.console import ROOT

VARIABLE = re.compile("[A-Z][A-Z_]+")
EXAMPLE = re.compile(r"^(?:# )?([A-Z][A-Z_]*)=(.*)$")


def variables_read() -> set[str]:
    """The names in capitals that console/settings.py gives to a function or a method of `env`."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "console" / "settings.py").read_text())):
        match node:
            case ast.Call(
                func=ast.Name() | ast.Attribute(value=ast.Name("env")),
                args=[ast.Constant(str() as name), *_],
            ) if VARIABLE.fullmatch(name):
                found.add(name)
    return found


def example() -> dict[str, tuple[str, str]]:
    """Each variable's value, and the line above it."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    found = {}
    for above, line in pairwise(lines):
        if match := EXAMPLE.match(line):
            found[match[1]] = (match[2], above)
    return found


def test_every_variable_is_in_the_example_and_no_other():
    assert sorted(example()) == sorted(variables_read())


def test_every_variable_is_explained():
    unexplained = [
        name
        for name, (_, above) in example().items()
        if not above.startswith("# ") or EXAMPLE.match(above)
    ]
    assert unexplained == []


def test_no_secret_is_in_the_example():
    secrets = {name: value for name, (value, _) in example().items() if "KEY" in name and value}
    assert secrets == {"SECRET_KEY": "replace-me", "VAULT_KEYSET": "replace-me"}
