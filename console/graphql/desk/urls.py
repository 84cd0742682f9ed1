"""The desk and its tabs. The short address leads to the Dxtra that was used last."""

from django.urls import path

from console.graphql.desk import views

urlpatterns = [
    path("dxtra/<dxtra:target>/graphql/", views.graphql, name="graphql"),
    path(
        "dxtra/<dxtra:target>/graphql/tabs/<uuid:tab_id>/draft/",
        views.tab_draft,
        name="graphql_draft",
    ),
    path(
        "dxtra/<dxtra:target>/graphql/tabs/<uuid:tab_id>/close/",
        views.tab_close,
        name="graphql_tab_close",
    ),
    path(
        "dxtra/<dxtra:target>/graphql/tabs/<uuid:tab_id>/reopen/",
        views.tab_reopen,
        name="graphql_tab_reopen",
    ),
    path(
        "dxtra/<dxtra:target>/graphql/tabs/<uuid:tab_id>/rename/",
        views.tab_rename,
        name="graphql_tab_rename",
    ),
    path("graphql/", views.graphql, name="graphql"),
]
