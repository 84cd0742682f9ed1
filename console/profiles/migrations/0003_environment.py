import re

from django.db import migrations, models

LOOPBACK = re.compile(r"http://(localhost|127\.[0-9.]+|\[::1\])[:/]?.*")


def guess(apps, schema_editor):
    """A profile of the console's own machine is local; any other may be production, so it is."""
    profiles = apps.get_model("profiles", "CredentialProfile").objects
    for profile in profiles.only("base_url", "graphql_url").iterator():
        if LOOPBACK.fullmatch(profile.base_url or profile.graphql_url):
            profiles.filter(pk=profile.pk).update(environment="local")


class Migration(migrations.Migration):
    dependencies = [("profiles", "0002_words_of_the_token_lifecycle")]

    operations = [
        migrations.AddField(
            "credentialprofile",
            "environment",
            models.CharField(
                choices=[
                    ("production", "Production"),
                    ("staging", "Staging"),
                    ("test", "Test"),
                    ("local", "Local"),
                ],
                default="production",
                help_text="Production is marked on every screen, and named on the buttons that write.",
                max_length=10,
            ),
        ),
        migrations.RunPython(guess, migrations.RunPython.noop),
    ]
