"""What the content security policy forbids stands in no template."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = settings.BASE_DIR / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))

FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.I),
    "an inline style": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.I),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"\bhx-on\b", re.I),
    "a js: value": re.compile(r"[\"']js:|\bhx-vars\b", re.I),
    "a filter in hx-trigger": re.compile(r"hx-trigger=\"[^\"{]*\[", re.I),
    "a javascript: address": re.compile(r"javascript:", re.I),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+off|\|\s*safeseq\b"),
    "something from elsewhere": re.compile(r"(src|href)=\"(https?:)?//", re.I),
}


def offences(text: str) -> list[str]:
    text = re.sub(r"\{%\s*comment.*?endcomment\s*%\}", "", text, flags=re.S)
    return [what for what, pattern in FORBIDDEN.items() if pattern.search(text)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_a_template_holds_to_the_policy(file: Path) -> None:
    assert offences(file.read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<style>a{}</style>",
        '<p class="x" style="color:red">',
        '<a href="#" onclick="x()">',
        '<div hx-on:click="x()">',
        """<div hx-vals='js:{a: 1}'>""",
        '<input hx-trigger="keyup[key==1]">',
        '<a href="javascript:x()">',
        "{{ text|safe }}",
        "{% autoescape off %}",
        '<script src="https://cdn.test/x.js"></script>',
    ],
)
def test_the_check_sees_an_offence(text: str) -> None:
    assert len(offences(text)) >= 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_a_template_can_be_read(file: Path) -> None:
    assert get_template(str(file.relative_to(TEMPLATES)))


@pytest.mark.parametrize(
    "file",
    sorted((TEMPLATES / "components").glob("*.html")),
    ids=lambda file: file.stem,
)
def test_a_component_says_what_it_takes(file: Path) -> None:
    head = file.read_text().partition("{% endcomment %}")[0]

    assert head.startswith("{% comment %}\n")
    assert "Context:" in head
