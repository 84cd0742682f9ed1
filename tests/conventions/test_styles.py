"""Styles that make a browser style the whole page again at each small change of it.

Measured in Chromium on the desk: four such passes took a quarter of what a large result costs.
"""

import re

import pytest

from tests.services.console import ROOT

DEEP = re.compile(r"\b(?:body|html):has\((?!\s*>)|(?:^|[\s,>+~]):has\(")
UNIVERSAL = re.compile(r":has\((?:[^()]|\([^()]*\))*\)[^,{]*[\s>+~]\*\s*(?:,|$)")


def costly(selectors: str) -> bool:
    """Whether a rule asks what the whole page holds, or may concern anything below its `:has()`."""
    return bool(DEEP.search(selectors) or UNIVERSAL.search(selectors))


def test_no_style_depends_on_the_whole_page():
    found = []
    for file in sorted((ROOT / "static" / "src").rglob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)
        rules = re.findall(r"([^{}]+)\{", text)
        found += [f"{file.name}: {rule.strip()}" for rule in rules if costly(rule.strip())]
    assert found == []


@pytest.mark.parametrize(
    "selectors",
    [
        "body:has(.htmx-request) .busy",
        ":has(.tick :checked) + .pager",
        "tr:has(.tick :checked) > *",
        ".a, .b:has(.c:not(.d)) *",
    ],
)
def test_the_judge_knows_them(selectors: str):
    assert costly(selectors)


@pytest.mark.parametrize(
    "selectors", ["body:has(> main > .desk) main", "tr:has(.tick :checked)", ".a:has(.b) > p"]
)
def test_the_judge_lets_others_be(selectors: str):
    assert not costly(selectors)
