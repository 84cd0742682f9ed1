"""The front end's files: built anywhere, and found under the names of another release."""

import json
import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client

from tests.services.console import ROOT

pytestmark = pytest.mark.django_db


def fetch(client: Client, path: str) -> tuple[bytes, dict[str, str]]:
    response = client.get(path)
    assert response.status_code == 200
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()
    return content, dict(response.headers)


@pytest.mark.parametrize("name", ["dist/app.css", "dist/app.js", "images/favicon.svg"])
def test_a_file_of_another_release_is_todays_for_a_minute(client: Client, name: str):
    stem, dot, kind = name.rpartition(".")
    ours, former = staticfiles_storage.url(name), f"/static/{stem}.0123456789ab{dot}{kind}"
    (content, headers), (today, of_today) = fetch(client, former), fetch(client, ours)
    assert content == today
    assert headers["Content-Type"] == of_today["Content-Type"]
    assert headers["Cache-Control"] == "max-age=60, public"
    assert of_today["Cache-Control"] == "max-age=315360000, public, immutable"


@pytest.mark.parametrize(
    "path",
    ["dist/none.0123456789ab.css", "dist/app.0123.css", "dist/app.css.map", "root/favicon.ico"],
)
def test_what_no_release_has_is_not_found(client: Client, path: str):
    assert client.get(f"/static/{path}").status_code in (302, 404)


def test_the_icon_that_browsers_ask_for_by_themselves_is_one(client: Client):
    icon, headers = fetch(client, "/favicon.ico")
    assert headers["Content-Type"] in ("image/x-icon", "image/vnd.microsoft.icon")
    assert icon[:6] == b"\0\0\1\0\1\0"
    assert len(icon) < 4096


def test_a_production_install_holds_all_that_the_build_needs():
    """`NODE_ENV=production npm ci` leaves devDependencies out."""
    package = json.loads((ROOT / "package.json").read_text())
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    sources = [ROOT / "static" / "build.mjs", *(ROOT / "static" / "src").rglob("*.*s")]
    named = {
        name
        for source in sources
        for name in re.findall(
            r'(?:from|@import|"node_modules",) "([a-z][a-z-]*)[/"]', source.read_text()
        )
    }
    assert {"esbuild", "lucide-static", "modern-normalize"} <= named
    assert named <= set(package["dependencies"])
    assert {
        name for name in package["dependencies"] if locked[f"node_modules/{name}"].get("dev")
    } == set()
    assert locked[""]["dependencies"] == package["dependencies"]
