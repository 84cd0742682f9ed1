from django.apps import AppConfig


class ProfilesConfig(AppConfig):
    name = "console.profiles"
    default_auto_field = "django.db.models.BigAutoField"
