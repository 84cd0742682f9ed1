from django.apps import AppConfig


class GraphqlConfig(AppConfig):
    name = "console.graphql"
    default_auto_field = "django.db.models.BigAutoField"
