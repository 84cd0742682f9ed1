"""The demo's folder, with its keys, passwords and database, and the console's environment."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.vault.keyset import new_keyset

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("DEMO_FOLDER") or ROOT / ".demo")
REAL_ORIGINS = ("https://auth.dxtra.ai", "https://api.dxtra.ai", "http://localhost:8000")
OPS, READER = "ops@example.com", "reader@example.com"


@dataclass(frozen=True)
class Ports:
    """The sandbox ports are fixed, so that the profiles of one run still work in the next."""

    console: int = 8080
    dxtra: int = 18081
    dpaas: int = 18082

    @property
    def sandbox_origins(self) -> tuple[str, str]:
        return f"http://127.0.0.1:{self.dxtra}", f"http://127.0.0.1:{self.dpaas}"


def prepare() -> None:
    """Create the folder and the secrets once; only their owner can read them."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    _write_once(FOLDER / "secret-key", secrets.token_urlsafe(50))
    _write_once(FOLDER / "keyset", new_keyset())
    generated = {email: f"demo-{secrets.token_hex(6)}" for email in (OPS, READER)}
    _write_once(FOLDER / "passwords.json", json.dumps(generated))


def passwords() -> dict[str, str]:
    """The teammates' passwords by e-mail address, generated on the first run."""
    by_email: dict[str, str] = json.loads((FOLDER / "passwords.json").read_text())
    return by_email


def console_environment(ports: Ports, user: Mapping[str, str], *, debug: bool) -> dict[str, str]:
    """The console's environment: the variables of `user`, and the demo's for those not set."""
    dxtra, dpaas = ports.sandbox_origins
    defaults = {
        "SECRET_KEY_FILE": str(FOLDER / "secret-key"),
        "VAULT_KEYSET_FILE": str(FOLDER / "keyset"),
        "DATABASE_URL": f"sqlite:///{FOLDER / 'gatehouse.sqlite3'}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "UPSTREAM_ORIGINS": ",".join((*ports.sandbox_origins, *REAL_ORIGINS)),
        "DXTRA_AUTH_URL": f"{dxtra}/v1",
        "DXTRA_GRAPHQL_URL": f"{dxtra}/v1/graphql",
        "DPAAS_BASE_URL": dpaas,
        "DOTENV": os.devnull,  # the demo does not read a deployment's .env
        "DEBUG": str(debug).lower(),
        "PYTHONUNBUFFERED": "1",
    }
    unset = {name: value for name, value in defaults.items() if not _is_set(name, user)}
    return {**unset, **user, "PORT": str(ports.console)}


def _is_set(name: str, user: Mapping[str, str]) -> bool:
    """Whether the user has set X or X_FILE."""
    plain = name.removesuffix("_FILE")
    return plain in user or f"{plain}_FILE" in user


def _write_once(file: Path, text: str) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with open(descriptor, "w") as opened:
        opened.write(text + "\n")
