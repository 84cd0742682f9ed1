"""Imports point down: the order of docs/architecture.md, read from the source."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.services.console import ROOT

CAPABILITIES = ("team", "profiles", "calls", "accounts", "graphql", "web")
CLIENTS = ("requests", "urllib3", "http.client", "httptools")
OUTSIDE = (*CLIENTS, "console.upstream.network.egress")
SEALING = ("console.vault.sealing", "console.vault.keyset")


def modules(*folders: str) -> dict[str, Path]:
    """Every module of ours by its dotted name; tests and migrations are not asked."""
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
        if "migrations" not in file.parts
    }


def imports_of(source: str) -> Iterator[str]:
    """Dotted names that a source text imports: for `from a import b` both `a` and `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reaches(name: str, targets: Iterable[str]) -> bool:
    return any(name == target or name.startswith(f"{target}.") for target in targets)


def may_not(module: str) -> tuple[str, ...]:
    """What a module must not import."""
    package, _, rest = module.partition("console.")[2].partition(".")
    layer = rest.split(".")[0]
    if module == "console.settings":
        return ("console", "sandbox")
    if package == "vault":
        return ("console.upstream", *(f"console.{each}" for each in CAPABILITIES), *CLIENTS)
    if package == "upstream":
        return ("django", "allauth", *SEALING, *(f"console.{each}" for each in CAPABILITIES))
    if layer in ("views", "forms", "urls", "templatetags"):
        return (*OUTSIDE, *SEALING)
    if layer in ("services", "models", "tokens"):
        views = (f"console.{each}.views" for each in CAPABILITIES)
        return (*views, *CLIENTS, "django.http", "django.shortcuts")
    return CLIENTS


def forbidden(module: str, source: str) -> list[str]:
    return sorted({name for name in imports_of(source) if reaches(name, may_not(module))})


@pytest.mark.parametrize("module", sorted(modules("console")))
def test_imports_point_down(module: str):
    assert forbidden(module, modules("console")[module].read_text()) == []


def test_the_product_knows_neither_sandbox_nor_tests():
    strays = {
        module: name
        for module, file in modules("console").items()
        for name in imports_of(file.read_text())
        if reaches(name, ("sandbox", "tests", "bench", "chaos"))
    }
    assert strays == {}


def test_only_profiles_and_stored_results_seal():
    """`/readyz` reads the keyset, to say whether it opens; nobody else touches a key."""
    sealers = {
        ".".join(module.split(".")[1:])
        for module, file in modules("console").items()
        if not module.startswith("console.vault")
        and any(reaches(name, SEALING) for name in imports_of(file.read_text()))
    }
    outside_profiles = {name for name in sealers if not name.startswith("profiles.")}
    assert outside_profiles <= {"graphql.stored", "web.health"}
    assert "profiles.views" not in sealers


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("console.accounts.views", "import requests"),
        ("console.accounts.forms", "from console.upstream import egress"),
        ("console.profiles.views", "from console.vault.sealing import seal"),
        ("console.upstream.dpaas", "from django.conf import settings"),
        ("console.upstream.grants", "import console.profiles.lifecycle.tokens"),
        ("console.profiles.services", "from django.http import HttpRequest"),
        ("console.vault.sealing", "from console.profiles import models"),
    ],
)
def test_an_import_that_points_up_is_found(module: str, line: str):
    """The negative control of the tests above."""
    assert forbidden(module, line) != []
