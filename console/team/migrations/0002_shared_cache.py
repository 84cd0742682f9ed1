"""The table of the cache that all processes share (the login throttle counts there)."""

from django.core.management import call_command
from django.db import migrations


def make_table(apps, schema_editor):
    # Does nothing where the table exists, or where the setting names another kind of cache.
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    dependencies = [("team", "0001_teammates")]

    operations = [migrations.RunPython(make_table, migrations.RunPython.noop)]
