"""PostgreSQL plans a statement that comes again once, unless a setting says that it must not."""

import os
import subprocess
import sys

import pytest

from console.vault.keyset import new_keyset
from tests.services.console import ROOT
from tests.services.postgres import Cluster

ASK_SEVEN_TIMES = """
import django
django.setup()
from django.contrib.contenttypes.models import ContentType
from django.db import connection
with connection.schema_editor() as editor:
    editor.create_model(ContentType)
for pk in range(7):
    assert not ContentType.objects.filter(pk=pk).exists()
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%django_content_type%'")
    print(cursor.fetchone()[0])
"""


@pytest.mark.parametrize(("setting", "prepared"), [("", 1), ("True", 1), ("False", 0)])
def test_a_statement_that_comes_with_other_values_is_prepared(
    postgres: Cluster, setting: str, prepared: int
):
    environment = {
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "SECRET_KEY": "fine-for-a-test-0123456789-abcdefghijklmnopqrstuvwxyz",
        "VAULT_KEYSET": new_keyset(),
        "ALLOWED_HOSTS": "localhost",
        "UPSTREAM_ORIGINS": "https://upstream.example",
        "DATABASE_URL": postgres.create(),
        **({"DATABASE_PREPARED_STATEMENTS": setting} if setting else {}),
    }
    asked = subprocess.run(
        [sys.executable, "-c", ASK_SEVEN_TIMES],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert int(asked.stdout) == prepared
