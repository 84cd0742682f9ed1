"""The environment of a test run, set before Django reads its settings (`-p tests.environment`)."""

import os

from console.vault.keyset import new_keyset

os.environ.update(
    SECRET_KEY="tests-only-" + "k3y" * 20,
    VAULT_KEYSET=new_keyset(),
    ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
    DEBUG="false",
)
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
