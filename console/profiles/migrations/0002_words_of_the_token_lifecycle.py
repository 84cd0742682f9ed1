from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]

    operations = [
        migrations.RenameField("credentialprofile", "refresh_after", "advisory_refresh_at"),
        migrations.RemoveField("credentialprofile", "wait_after"),
        migrations.RenameField("credentialprofile", "not_before", "backoff_until"),
        migrations.RenameField("credentialprofile", "trouble", "last_error"),
    ]
