"""What refuses to start: one sentence, an exit code, never a traceback and never the value."""

import ast
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from console.vault.keyset import new_keyset
from tests.services.console import ROOT, free_port
from tests.services.postgres import Cluster

GOOD_KEY = "fine-for-a-test-0123456789-abcdefghijklmnopqrstuvwxyz"
PROGRAMS = {
    "manage.py": ["manage.py", "check"],
    "gunicorn": ["-m", "gunicorn", "console.wsgi"],
}
COMMANDS = {
    "migrate": ["manage.py", "migrate"],
    "doctor": ["manage.py", "doctor"],
    "keys": ["manage.py", "keys", "status"],
    "add_teammate": ["manage.py", "add_teammate", "ada@example.com"],
    "clearsessions": ["manage.py", "clearsessions"],
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
PUBLIC = {"ALLOWED_HOSTS": "console.example.com"}
# Variables, and values of them that cannot be meant.
REFUSED_VALUES = {
    "PORT": ["0", "99999", "80.5", "http"],
    "WEB_CONCURRENCY": ["0", "-1", "1e3", "5000"],
    "WEB_THREADS": ["-3", "1000"],
    "DATABASE_POOL_SIZE": ["0", "many"],
    "DATABASE_PREPARED_STATEMENTS": ["maybe", "5"],
    "CALLS_KEPT_DAYS": ["0", "-1", "99999999999"],
    "HISTORY_KEPT_DAYS": ["0", "-1", "4000"],
    "HISTORY_MAX_RUNS": ["0", "-1", "100001"],
    "SESSION_SECONDS": ["0", "-60", "12h"],
    "HSTS_SECONDS": ["-1", "1e9"],
    "TRUSTED_PROXY_COUNT": ["-1", "one"],
    "UPSTREAM_MAX_BYTES": ["0", "16M"],
    "ANSWERS_KEPT_SECONDS": ["0", "1h"],
    "ANSWERS_MAX_COUNT": ["0"],
    "ANSWERS_MAX_BYTES": ["0", "1G"],
    "DPAAS_DEADLINE": ["-1", "nan", "inf", "1e2", "10s", "1.2.3"],
    "DXTRA_DEADLINE": ["0", "0x10"],
    "TOKEN_CALL_SECONDS": ["0", "-5"],
    "LEASE_SECONDS": ["forever"],
    "ALLOWED_HOSTS": [
        "*",
        "https://console.example.com",
        "console.example.com:8443",
        "console.example.com/console",
        ".example.com",
        "console.example.com.",
        "localhost,*",
        "con sole.example.com",
        "-console.example.com",
    ],
    "CSRF_TRUSTED_ORIGINS": [
        "console.example.com",
        "https://console.example.com/x",
        "*",
        "ftp://a",
    ],
    "DXTRA_AUTH_URL": ["Zq7", "auth.dxtra.ai/v1", "ftp://auth.dxtra.ai"],
    "DXTRA_GRAPHQL_URL": ["https://", "https://api.dxtra.ai/a b", "https://ops:Zq7@api.dxtra.ai"],
    "DPAAS_BASE_URL": ["-1", "https://[::1", "//localhost:8000"],
    "DATABASE_URL": [
        "Zq7",
        "sqlite://Zq7.sqlite3",
        "sqlite:///",
        "postgres://ops@db",
        "postgres://ops@db/",
        "postgres://ops@db:99999/gatehouse",
        "postgres://ops@db:Zq7/gatehouse",
        "postgres+psycopg://ops@db/gatehouse",
    ],
}


def start(program: str, **changed: str) -> subprocess.CompletedProcess[str]:
    good = {
        "SECRET_KEY": GOOD_KEY,
        "VAULT_KEYSET": new_keyset(),
        "DATABASE_URL": "sqlite:///:memory:",
        "PORT": str(free_port()),
    }
    return subprocess.run(
        [sys.executable, *(PROGRAMS | COMMANDS)[program]],
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


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in REFUSED_VALUES.items() for value in values],
)
def test_a_value_that_cannot_be_meant_is_refused_with_one_sentence(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
):
    """The programs print it, as above. Read without a program, which would take half a second."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        runpy.run_path(str(ROOT / "console" / "settings.py"))
    assert len(str(refused.value).splitlines()) == 1
    assert str(refused.value).startswith(f"{name} ")
    assert "Zq7" not in str(refused.value)


def test_the_settings_of_this_run_are_not_refused():
    """The negative control of the test above."""
    assert runpy.run_path(str(ROOT / "console" / "settings.py"))["PORT"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (PUBLIC | {"DATABASE_URL": ""}, "DATABASE_URL is missing."),
        (PUBLIC | {"TRUSTED_PROXY_COUNT": "0"}, "TRUSTED_PROXY_COUNT is 0 with HTTPS_ONLY:"),
        (PUBLIC | {"DEBUG": "true"}, "DEBUG is on, and ALLOWED_HOSTS names more than"),
        ({"PORT_FILE": "/etc/hostname"}, "PORT and PORT_FILE are both set."),
        ({"SECRET_KEY_FILE": "/etc/hostname"}, "SECRET_KEY and SECRET_KEY_FILE are both set."),
    ],
)
def test_what_does_not_go_together_is_refused(changed: dict[str, str], said: str):
    done = start("manage.py", **changed)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1
    assert done.stdout.startswith(f"Gatehouse cannot start: {said}")


SHOW_EACH = """
from django.conf import settings
print(settings.SECRET_KEY, settings.ALLOWED_HOSTS, settings.DATABASES["default"]["NAME"])
"""


def test_a_value_is_what_it_says(tmp_path: Path):
    """A dollar sign names no other variable, and a relative path starts at the project."""
    environment = {
        "SECRET_KEY": f"$x{GOOD_KEY}",
        "ALLOWED_HOSTS": "Console.Example.com,10.0.0.7,[::1]",
        "DATABASE_URL": "sqlite:///some.sqlite3",
    }
    shown = subprocess.run(
        [sys.executable, "-c", SHOW_EACH],
        cwd=tmp_path,
        env={**os.environ, **REQUIRED, **environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    hosts = ["console.example.com", "10.0.0.7", "[::1]"]
    assert shown.stdout.strip() == f"$x{GOOD_KEY} {hosts} {ROOT}/some.sqlite3"


@pytest.mark.parametrize("program", ["diffsettings", "settings in a shell"])
def test_no_secret_is_printed_with_the_settings(program: str):
    secrets = {
        "SECRET_KEY": GOOD_KEY,
        "VAULT_KEYSET": new_keyset(),
        "DATABASE_URL": "postgres://ops:Zq7@db/gatehouse?sslpassword=Zq7",
    }
    show = "from django.conf import settings as s; print([getattr(s, name) for name in dir(s)])"
    command = ["diffsettings", "--all"] if program == "diffsettings" else ["shell", "-c", show]
    shown = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**os.environ, **secrets},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ops" in shown.stdout
    for secret in (GOOD_KEY, secrets["VAULT_KEYSET"], "Zq7"):
        assert secret not in shown.stdout + shown.stderr


# --- a database that is not there -----------------------------------------------------------------

NO_DATABASE = {
    "sqlite:///{folder}/missing/x.sqlite3": "its file cannot be opened",
    "sqlite:///{folder}": "its file cannot be opened",
    "sqlite:///{folder}/text": "its file is not a SQLite database",
    "postgres://ops:Zq7@no-such-host.invalid/gatehouse": "its host is unknown",
    "postgres://ops:Zq7@127.0.0.1:1/gatehouse": "no server answers",
    "postgres://ops:Zq7@127.0.0.1:1/gatehouse?no_such_option=1": "one of its options",
}
LOCKED = "postgres://locked:Zq7@/{server}/gatehouse"
NO_SUCH_DATABASE = "postgres://postgres:Zq7@/{server}/no_such_database"
NO_DATABASE_AGAIN = [  # one of each system; what is said comes from the same function
    "sqlite:///{folder}/text",
    "postgres://ops:Zq7@127.0.0.1:1/gatehouse",
]
NO_DATABASE_OF_POSTGRES = {
    LOCKED: "the user or the password",
    NO_SUCH_DATABASE: "no database of this name",
}


def assert_one_sentence(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert done.returncode == 1
    (line,) = [line for line in done.stdout.splitlines() if not line.startswith("{")]  # no log line
    assert said in line
    assert line.startswith(("Gatehouse cannot start: ", "manage.py cannot go on: "))
    assert "Zq7" not in done.stdout


@pytest.mark.parametrize(
    ("url", "program"),
    [*((url, "gunicorn") for url in NO_DATABASE), *((url, "migrate") for url in NO_DATABASE_AGAIN)],
)
def test_a_database_that_is_not_there_is_named_in_one_sentence(
    url: str, program: str, tmp_path: Path
):
    (tmp_path / "text").write_text("no database at all\n" * 100)
    done = start(program, DATABASE_URL=url.format(folder=tmp_path))
    assert_one_sentence(done, NO_DATABASE[url])


@pytest.mark.parametrize(
    ("url", "program"),
    [
        *((LOCKED, program) for program in ("gunicorn", *COMMANDS)),
        *((NO_SUCH_DATABASE, program) for program in ("gunicorn", "migrate")),
    ],
)
def test_a_server_that_refuses_is_named_in_one_sentence(url: str, program: str, postgres: Cluster):
    hba = postgres.folder / "data" / "pg_hba.conf"
    if "locked" not in hba.read_text():
        hba.write_text("local all locked scram-sha-256\n" + hba.read_text())
        with postgres.connect() as connection:
            connection.execute("CREATE ROLE locked LOGIN PASSWORD 'another'")
            connection.execute("SELECT pg_reload_conf()")
    done = start(program, DATABASE_URL=url.format(server=postgres.folder))
    assert_one_sentence(done, NO_DATABASE_OF_POSTGRES[url])


@pytest.mark.parametrize("program", ["gunicorn", "clearsessions"])
def test_a_database_that_was_never_migrated_says_so(program: str, database_url: str):
    done = start(program, DATABASE_URL=database_url)
    assert_one_sentence(done, "migrations are pending. Run manage.py migrate.")


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
