from django.db import migrations, models


def delete_all(apps, schema_editor):
    """Results live an hour, and where these came from was not stored."""
    apps.get_model("graphql", "StoredResult").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("graphql", "0001_initial")]

    operations = [
        migrations.AddField(
            "storedresult",
            "graphql_url",
            models.CharField(default="", max_length=300),
            preserve_default=False,
        ),
        migrations.RunPython(delete_all, migrations.RunPython.noop),
    ]
