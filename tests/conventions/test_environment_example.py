"""`.env.example` names every variable that the settings read, explained, and holds no secret."""

import re
from itertools import pairwise

from tests.services.console import ROOT

READ = re.compile(
    r"\b(?:env(?:\.[a-z]+)?|required_[a-z]+|switch|above_zero|database)\(\s*\"([A-Z_]+)\""
)
EXAMPLE = re.compile(r"^(?:# )?([A-Z][A-Z_]*)=(.*)$")


def variables_read() -> set[str]:
    source = (ROOT / "console" / "settings.py").read_text()
    return set(READ.findall(source))


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
