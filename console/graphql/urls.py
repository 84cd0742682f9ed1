"""Dxtra: GraphQL."""

from django.urls import path

from console.graphql import views

urlpatterns = [
    path("graphql/", views.graphql, name="graphql"),
    path("graphql/results/<uuid:result_id>/", views.graphql_result, name="graphql_result"),
]
