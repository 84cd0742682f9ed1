"""What is tracked: locked and hashed requirements, nothing of one machine, no home for strays."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.services.console import ROOT

REGISTRY_HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org")
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/[a-z]+|Users)/")
DRAWERS = {"utils", "common", "helpers", "core", "base"}
LOCKS = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-kms.txt",
    "requirements-node.txt",
)
PIN = re.compile(r"^[a-zA-Z0-9_.\[\],-]+==\S+", re.MULTILINE)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.fail(f"git does not list the files: {listed.stderr}")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    found = {}
    for file in tracked():
        try:
            found[str(file.relative_to(ROOT))] = file.read_text()
        except UnicodeDecodeError:
            continue
    return found


def test_no_tracked_file_names_a_registry_host_or_a_path_of_one_machine():
    strays = [
        name
        for name, text in texts().items()
        if any(host in text for host in REGISTRY_HOSTS) or MACHINE.search(text)
    ]
    assert strays == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str):
    text = (ROOT / lock).read_text()
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    assert [block.splitlines()[0] for block in blocks if not PIN.match(block)] == []
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_what_belongs_to_nobody_has_no_drawer():
    strays = [file for file in tracked() if file.suffix == ".py" and file.stem in DRAWERS]
    folders = {part for file in tracked() for part in file.relative_to(ROOT).parts[:-1]}
    assert strays == []
    assert sorted(folders & DRAWERS) == []


def test_secrets_of_the_demo_and_builds_are_ignored():
    ignored = [".env", ".demo/keyset", "static/dist/app.js", "node_modules/x", "staticfiles/x"]
    done = subprocess.run(
        ["git", "check-ignore", *ignored], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.splitlines() == ignored
