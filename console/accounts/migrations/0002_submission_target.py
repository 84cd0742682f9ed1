from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


def take_from_profile(apps, schema_editor):
    """Where the profile was deleted, what it was sent to is no longer known."""
    profile = apps.get_model("profiles", "CredentialProfile").objects.filter(
        pk=OuterRef("profile_id")
    )
    submissions = apps.get_model("accounts", "AccountSubmission").objects
    submissions.filter(profile__isnull=False).update(
        organization_slug=Coalesce(Subquery(profile.values("organization_slug")), Value("")),
        base_url=Coalesce(Subquery(profile.values("base_url")), Value("")),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("profiles", "0002_words_of_the_token_lifecycle"),
    ]

    operations = [
        migrations.AddField(
            "accountsubmission",
            "organization_slug",
            models.CharField(blank=True, default="", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField(
            "accountsubmission",
            "base_url",
            models.CharField(blank=True, default="", max_length=300),
            preserve_default=False,
        ),
        migrations.RunPython(take_from_profile, migrations.RunPython.noop),
    ]
