from django.apps import AppConfig


class SchemaConfig(AppConfig):
    name = "console.graphql.schema"
    label = "schema"
    default_auto_field = "django.db.models.BigAutoField"
