from django.db import migrations, models


def delete_all(apps, schema_editor):
    """Results live an hour, and these have no outline."""
    apps.get_model("graphql", "StoredResult").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("graphql", "0003_status_of_a_mutations_answer")]

    operations = [
        migrations.RunPython(delete_all, migrations.RunPython.noop),
        migrations.AddField("storedresult", "status", models.SmallIntegerField(default=200)),
        migrations.AddField(
            "storedresult",
            "sealed_outline",
            models.BinaryField(default=b""),
            preserve_default=False,
        ),
    ]
