"""What the documents tell people to type exists."""

import os
import re
import subprocess

from tests.services.console import ROOT

CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_every_make_target_that_a_document_names_exists():
    listed = subprocess.run(
        ["git", "ls-files", "*.md", ".env.example"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    named = {
        target
        for document in listed.stdout.splitlines()
        for code in CODE.findall((ROOT / document).read_text())
        for target in re.findall(r"\bmake ([a-z]+)", code)
    }
    assert named - targets() == set()


def test_make_alone_lists_every_target_with_a_word_of_what_it_does():
    listed = subprocess.run(
        ["make", "--no-print-directory"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},  # without the MAKEFLAGS of `make test`
        stdout=subprocess.PIPE,
        text=True,
    )
    shown = {line.split()[0] for line in listed.stdout.splitlines()}
    assert shown == targets() - {"product", "development"}
