"""Kept answers. They need no profile: nothing is asked of Dxtra."""

from django.urls import path

from console.graphql.answers import views

RESULT = "dxtra/<dxtra:target>/graphql/results/<uuid:result_id>/"

urlpatterns = [
    path(RESULT, views.graphql_result, name="graphql_result"),
    path(f"{RESULT}branch/", views.graphql_branch, name="graphql_branch"),
    path(f"{RESULT}download/", views.graphql_download, name="graphql_download"),
    path("graphql/results/<uuid:result_id>/", views.find_result_page, name="graphql_result"),
]
