"""Imports point down and form no circle, as docs/architecture.md says. Read from the source.

Imports under TYPE_CHECKING and inside functions count like all others.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import pytest

from tests.services.console import ROOT

# Each package of console/ may import those before it.
ORDER = (
    "vault",
    "upstream",
    "spreadsheets",
    "database",
    "team",
    "web",
    "calls",
    "profiles",
    "accounts",
    "graphql",
)
# A room inside a package, and the modules of that package which it may import.
ROOMS = {
    "console.upstream.network": (
        "console.upstream.errors",
        "console.upstream.timeline",
        "console.upstream.upstream_error",
    ),
    "console.profiles.lifecycle": ("console.profiles.models",),
    "console.profiles.editing": (
        "console.profiles.clients",
        "console.profiles.lifecycle",
        "console.profiles.models",
        "console.profiles.selection",
        "console.profiles.services",
        "console.profiles.status",
        "console.profiles.targets",
    ),
    "console.profiles.selection": (
        "console.profiles.guard",
        "console.profiles.models",
        "console.profiles.services",
        "console.profiles.status",
        "console.profiles.targets",
    ),
}
FOLDERS = ("console", "sandbox", "chaos", "bench", "tests")
HTTP_CLIENTS = ("requests", "urllib3", "http.client", "httptools")
DJANGO = ("django", "allauth")
SEALING = ("console.vault.sealing", "console.vault.keyset", "console.vault.columns")
VIEWS = tuple(f"console.{package}.views" for package in ORDER)


@cache
def sources() -> dict[str, str]:
    """The source of every module of ours by its dotted name, without migrations."""
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): (
            file.read_text()
        )
        for file in files
        if "migrations" not in file.parts
    }


def imported(source: str) -> set[str]:
    """The dotted names that a source imports: `a.b` for both `import a.b` and `from a import b`."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def is_inside(name: str, targets: Iterable[str]) -> bool:
    return any(name == target or name.startswith(f"{target}.") for target in targets)


# --- what a module may import ---------------------------------------------------------------------


def forbidden_to(module: str) -> tuple[str, ...]:
    """What `module` of the product must not import."""
    path = module.split(".")
    package, layers = path[1], set(path[2:])
    outside = tuple(folder for folder in FOLDERS if folder != "console")
    if package == "settings":
        return ("console", *outside)
    if package not in ORDER:  # console.urls and console.wsgi hold everything together
        return (*outside, *HTTP_CLIENTS)
    above = ORDER[ORDER.index(package) + 1 :]
    forbidden = [*outside, *(f"console.{name}" for name in above)]
    if not is_inside(module, ["console.upstream.network"]):
        forbidden += HTTP_CLIENTS
    if package == "upstream":
        forbidden += [*DJANGO, *SEALING]
    if layers & {"views", "forms", "urls", "templatetags"}:
        forbidden += ["console.upstream.network.egress", *SEALING]
    if layers & {"services", "saving", "models", "lifecycle"}:
        forbidden += ["django.http", "django.shortcuts", *VIEWS]
    return tuple(forbidden)


def allowed_to(module: str) -> tuple[str, ...]:
    """What `module` may import although `forbidden_to` names it."""
    return ("console.environment",) if module == "console.settings" else ()


def strays(module: str, source: str) -> list[str]:
    """What `source`, as `module`, imports and must not."""
    names = {name for name in imported(source) if not is_inside(name, allowed_to(module))}
    wrong = {name for name in names if is_inside(name, forbidden_to(module))}
    for room, known in ROOMS.items():
        if is_inside(module, [room]):
            package = room.rpartition(".")[0]
            beside = {name for name in names if is_inside(name, [package])}
            wrong |= {name for name in beside if not is_inside(name, [room, *known])}
    return sorted(wrong)


@pytest.mark.parametrize("module", [name for name in sources() if name.startswith("console.")])
def test_imports_point_down(module: str):
    assert strays(module, sources()[module]) == []


def test_every_package_has_its_place_in_the_order():
    packages = {file.parent.name for file in (ROOT / "console").glob("*/__init__.py")}
    assert packages == set(ORDER)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("console.accounts.views", "import requests"),
        ("console.accounts.services", "from urllib3 import PoolManager"),
        ("console.accounts.forms", "from console.upstream.network.egress import Egress"),
        ("console.accounts.views", "from console.graphql.forms import QueryForm"),
        ("console.calls.services", "def late():\n    from console.profiles import models"),
        ("console.calls.models", "from console.calls.views import call_list"),
        ("console.profiles.views", "from console.vault.sealing import seal"),
        ("console.profiles.services", "from django.http import HttpRequest"),
        (
            "console.profiles.lifecycle.lease",
            "from console.profiles.editing.saving import save_profile",
        ),
        ("console.profiles.models", "from sandbox import people"),
        ("console.settings", "from console.team.models import User"),
        ("console.upstream.dpaas", "from django.conf import settings"),
        ("console.upstream.grants", "import console.profiles.lifecycle.tokens"),
        ("console.upstream.network.egress", "from console.upstream.session import Session"),
        ("console.vault.sealing", "if TYPE_CHECKING:\n    from console.profiles import models"),
    ],
)
def test_an_import_that_points_up_is_found(module: str, line: str):
    """The negative control of the test above."""
    assert strays(module, line) != []


# --- who touches a key ----------------------------------------------------------------------------

SEAL_OR_OPEN = {
    "console.vault.sealing",
    "console.vault.sealing.probe",
    "console.vault.sealing.seal",
    "console.vault.sealing.seal_bytes",
    "console.vault.sealing.unseal",
    "console.vault.sealing.unseal_bytes",
}


def sealers(modules: Mapping[str, str]) -> set[str]:
    """The modules outside the vault that import what seals and opens."""
    return {
        module
        for module, source in modules.items()
        if is_inside(module, ["console"])
        and not is_inside(module, ["console.vault"])
        and imported(source) & SEAL_OR_OPEN
    }


def test_few_modules_seal_and_open():
    """`/readyz` in web.health opens a value of its own, to say whether the keyset works."""
    assert sealers(sources()) == {
        "console.graphql.desk.tabs",
        "console.graphql.history.sent",
        "console.accounts.bulk.sealed",
        "console.accounts.detail.sent",
        "console.accounts.lists.saved_views",
        "console.accounts.lists.walks",
        "console.graphql.library.contents",
        "console.graphql.stored",
        "console.profiles.lifecycle.lease",
        "console.profiles.editing.pending_secret",
        "console.web.drafts",
        "console.web.health",
    }


@pytest.mark.parametrize(
    "line", ["from console.vault import sealing", "from console.vault.sealing import unseal, seal"]
)
def test_another_sealer_is_found(line: str):
    """The negative control of the test above."""
    assert sealers({"console.team.admin": line}) == {"console.team.admin"}


# --- circles --------------------------------------------------------------------------------------


def graph_of(modules: Mapping[str, str]) -> dict[str, set[str]]:
    """Each module with those of `modules` that it imports."""

    def module_of(name: str) -> str:
        while name not in modules and name:
            name = name.rpartition(".")[0]
        return name

    return {
        module: {module_of(name) for name in imported(source)} - {module, ""}
        for module, source in modules.items()
    }


def packages_of(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The graph of the packages of console/ (of a module, where it is in none)."""

    def package_of(module: str) -> str:
        return ".".join(module.split(".")[:2])

    packages: dict[str, set[str]] = {}
    for module, targets in graph.items():
        if module.startswith("console."):
            package = package_of(module)
            packages.setdefault(package, set()).update(map(package_of, targets))
    return {package: targets - {package} for package, targets in packages.items()}


def circle_in(graph: Mapping[str, set[str]]) -> str:
    """A circle as `a → b → a`, where a imports b; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " → ".join(reversed(error.args[1]))
    return ""


def test_modules_form_no_circle():
    assert circle_in(graph_of(sources())) == ""


def test_the_packages_of_the_product_form_no_circle():
    """Stricter than for modules: two packages must not import each other's modules either."""
    assert circle_in(packages_of(graph_of(sources()))) == ""


def test_a_circle_is_found_and_named():
    """Negative control."""
    modules = {
        "console.a.x": "if TYPE_CHECKING:\n    from console.b import y",
        "console.b.y": "def late():\n    from console.c.z import name",
        "console.c.z": "import console.a.x",
        "console.d": "from console.a.x import name",
    }
    found = circle_in(graph_of(modules)).split(" → ")
    assert found[0] == found[-1]
    assert set(pairwise(found)) == {
        ("console.a.x", "console.b.y"),
        ("console.b.y", "console.c.z"),
        ("console.c.z", "console.a.x"),
    }


def test_packages_that_import_each_other_are_found_where_their_modules_form_no_circle():
    """Negative control."""
    modules = {
        "console.a.x": "from console.b.y import name",
        "console.b.y": "",
        "console.b.z": "from console.a.x import name",
    }
    assert circle_in(graph_of(modules)) == ""
    assert circle_in(packages_of(graph_of(modules))) in (
        "console.a → console.b → console.a",
        "console.b → console.a → console.b",
    )
