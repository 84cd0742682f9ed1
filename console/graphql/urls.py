"""Dxtra: GraphQL at one endpoint. One line for each room."""

from django.urls import include, path

from console.graphql import views

urlpatterns = [
    path("", include("console.graphql.desk.urls")),
    path("", include("console.graphql.answers.urls")),
    path("", include("console.graphql.history.urls")),
    path("", include("console.graphql.library.urls")),
    path("", include("console.graphql.schema.urls")),
    path("dxtra/<dxtra:target>/graphql/cancel/", views.graphql_cancel, name="graphql_cancel"),
    path("dxtra/<dxtra:target>/graphql/snippets/", views.graphql_snippets, name="graphql_snippets"),
]
