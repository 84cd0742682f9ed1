from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "console.web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.web import session_ended

        session_ended.connect()
