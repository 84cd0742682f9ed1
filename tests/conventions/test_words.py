"""What people read is plain, idiomatic English: some turns of phrase are never used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.services.console import ROOT

BANNED = re.compile(
    r"\b(whoever|became of|c[ao]me of it|what came|in vain|as it were|just now|by itself|if need be"
    r"|all the same|stays so|for good|anew|meanwhile|none of your business|look for it"
    r"|made in a (?:minute|moment)|it is being|a second time|e-mail)\b",
    re.IGNORECASE,
)
# Read by operators, at the start or in a shell: another register.
FOR_OPERATORS = ("vault", "database", "management", "migrations")
MARKUP = re.compile(r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}|<[a-z/!][^>]*>", re.DOTALL)


def phrases_in(text: str) -> list[str]:
    return [found[0] for found in BANNED.finditer(text)]


def template_words(text: str) -> str:
    """A template without its comments and its markup, but with the texts that its tags pass on."""
    return MARKUP.sub(" ", text)


def literals(source: str) -> Iterator[str]:
    """The texts of a Python module, without its docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in docstrings:
            yield node.value


def modules() -> list[Path]:
    found = sorted((ROOT / "console").rglob("*.py"))
    return [path for path in found if not set(FOR_OPERATORS) & set(path.parts)]


def test_no_template_uses_a_banned_phrase():
    templates = sorted((ROOT / "templates").rglob("*.html"))
    used = {path.name: phrases_in(template_words(path.read_text())) for path in templates}
    assert {name: phrases for name, phrases in used.items() if phrases} == {}


def test_no_text_of_the_code_uses_a_banned_phrase():
    used = {
        str(path.relative_to(ROOT)): phrases
        for path in modules()
        if (phrases := phrases_in("\n".join(literals(path.read_text()))))
    }
    assert used == {}


def test_the_check_sees_a_banned_phrase_and_passes_over_comments():
    page = (
        '{% comment %}whoever{% endcomment %}<p class="whoever">{% x text="Gone for good." %}</p>'
    )
    assert phrases_in(template_words(page)) == ["for good"]
    module = '"""Whoever."""\nTEXT = f"It heals by itself, {TEXT}"\n# just now\n'
    assert phrases_in("\n".join(literals(module))) == ["by itself"]


def test_no_comment_uses_words_that_need_a_second_reading():
    """In comments and docstrings too, of the product and of what stands beside it."""
    folders = ("console", "sandbox", "chaos", "bench", "templates", "static/src")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.*")]
    used = {
        str(path.relative_to(ROOT)): found
        for path in files
        if path.suffix in (".py", ".html", ".js", ".css")
        and (found := re.findall(r"(?i)\bwhoever\b|\bin vain\b|, for both\b", path.read_text()))
    }
    assert used == {}
