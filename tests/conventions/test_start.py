"""What refuses to start: one sentence, an exit code, never a traceback and never the value."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.vault.keyset import new_keyset
from tests.services.console import ROOT, free_port

GOOD_KEY = "fine-for-a-test-0123456789-abcdefghijklmnopqrstuvwxyz"
PROGRAMS = {
    "manage.py": ["manage.py", "check"],
    "gunicorn": ["-m", "gunicorn", "console.wsgi"],
}
REFUSED = {
    "SECRET_KEY missing": {"SECRET_KEY": ""},
    "SECRET_KEY short": {"SECRET_KEY": "short-Zq7"},
    "SECRET_KEY simple": {"SECRET_KEY": "Zq7" * 20},
    "SECRET_KEY example": {"SECRET_KEY": "replace-me"},
    "VAULT_KEYSET missing": {"VAULT_KEYSET": ""},
    "VAULT_KEYSET short": {"VAULT_KEYSET": "Zq7Zq7=="},
    "VAULT_KEYSET example": {"VAULT_KEYSET": "replace-me"},
    "VAULT_KEYSET unparsable": {"VAULT_KEYSET": "{Zq7 no JSON"},
    "VAULT_KEYSET no keyset": {"VAULT_KEYSET": '{"primaryKeyId": 7, "key": ["Zq7"]}'},
    "ALLOWED_HOSTS missing": {"ALLOWED_HOSTS": ""},
    "UPSTREAM_ORIGINS missing": {"UPSTREAM_ORIGINS": " , "},
    "UPSTREAM_ORIGINS never called": {"UPSTREAM_ORIGINS": "http://169.254.169.254"},
    "UPSTREAM_INTERNAL_ORIGINS no origin": {"UPSTREAM_INTERNAL_ORIGINS": "dpaas.corp.example"},
    "both equal": {"VAULT_KEYSET": GOOD_KEY},
    "DATABASE_URL unknown": {"DATABASE_URL": "mysql://ops:Zq7@db/gatehouse"},
    "DATABASE_URL unescaped": {"DATABASE_URL": "postgres://ops:Zq7/Zq7@db/gatehouse"},
    "HTTPS_ONLY misspelt": {"HTTPS_ONLY": "Zq7"},
    "LOG_LEVEL unknown": {"LOG_LEVEL": "Zq7"},
    "DPAAS_DEADLINE zero": {"DPAAS_DEADLINE": "0"},
    "LEASE_SECONDS shorter than what is done under it": {"LEASE_SECONDS": "24.9"},
    "WEB_THREADS no number": {"WEB_THREADS": "Zq7"},
    "WEB_THREADS zero": {"WEB_THREADS": "0"},
    "SECRET_KEY_FILE not there": {"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere/Zq7"},
}


def start(program: str, **changed: str) -> subprocess.CompletedProcess[str]:
    good = {
        "SECRET_KEY": GOOD_KEY,
        "VAULT_KEYSET": new_keyset(),
        "DATABASE_URL": "sqlite:///:memory:",
        "PORT": str(free_port()),
    }
    return subprocess.run(
        [sys.executable, *PROGRAMS[program]],
        cwd=ROOT,
        env={**os.environ, **good, **changed},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_setting_refuses_to_start_with_one_sentence(case: str, program: str):
    done = start(program, **REFUSED[case])
    lines = done.stdout.splitlines()
    assert done.returncode not in (0, None)
    assert [line[:24] for line in lines] == ["Gatehouse cannot start: "]
    assert lines[0].endswith(".")
    assert case.split()[0] in lines[0] or case == "both equal"
    assert "Zq7" not in done.stdout
    assert GOOD_KEY not in done.stdout


def test_good_settings_start():
    """The negative control of the test above."""
    assert start("manage.py").stdout == "System check identified no issues (0 silenced).\n"


SHOW = """
from django.conf import settings
print(settings.SECRET_KEY, settings.VAULT_KEYSET, *settings.ALLOWED_HOSTS)
print(settings.DATABASES["default"]["NAME"], *settings.UPSTREAM_ORIGINS)
"""
REQUIRED = {
    "SECRET_KEY": GOOD_KEY,
    "VAULT_KEYSET": new_keyset(),
    "ALLOWED_HOSTS": "one.example,two.example",
    "DATABASE_URL": "sqlite:////nowhere/given.sqlite3",
    "UPSTREAM_ORIGINS": "https://three.example,https://four.example",
}


@pytest.mark.parametrize("name", REQUIRED)
def test_a_variable_can_be_given_as_a_file(name: str, tmp_path: Path):
    (tmp_path / "value").write_text(REQUIRED[name] + "\n")
    environment = {**os.environ, **REQUIRED, f"{name}_FILE": str(tmp_path / "value")}
    environment.pop(name)
    shown = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    said = ",".join(shown.stdout.split()).replace("/nowhere", "sqlite:////nowhere")
    assert said == ",".join(REQUIRED.values())


DATABASE_OPTIONS = """
from django.conf import settings
print({**settings.DATABASES["default"]["OPTIONS"], "pool": None})
"""


def test_a_database_that_is_gone_without_a_word_is_noticed_unless_its_url_says_otherwise():
    url = "postgres://ops:x@db/gatehouse?connect_timeout=3&sslmode=require"
    shown = subprocess.run(
        [sys.executable, "-c", DATABASE_OPTIONS],
        cwd=ROOT,
        env={**os.environ, **REQUIRED, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    options = ast.literal_eval(shown.stdout)
    assert (int(options["connect_timeout"]), options["sslmode"]) == (3, "require")
    silence = options["keepalives_idle"] + options["keepalives_interval"] * 2
    assert (silence, options["tcp_user_timeout"]) == (20, 10_000)
