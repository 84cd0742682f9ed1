"""The schema of an endpoint: its documentation, what changed, and what the editor needs."""

from django.urls import path, register_converter

from console.graphql.schema import views


class TypeNameConverter:
    """`<schema_type:name>`: a name of GraphQL, or `@include` for a directive."""

    regex = "@?[_A-Za-z][_0-9A-Za-z]{0,254}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TypeNameConverter, "schema_type")

AT = "dxtra/<dxtra:target>/graphql"

urlpatterns = [
    path(f"{AT}/schema/", views.graphql_schema, name="graphql_schema"),
    path(f"{AT}/schema/<schema_type:name>/", views.graphql_type, name="graphql_type"),
    path(f"{AT}/schema-data/", views.graphql_schema_data, name="graphql_schema_data"),
    path(f"{AT}/schema-changes/", views.graphql_schema_changes, name="graphql_schema_changes"),
]
