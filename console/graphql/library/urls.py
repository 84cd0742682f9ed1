"""Saved queries and reports, of one endpoint. The short address leads to the one used last."""

from django.urls import path

from console.graphql.library import report_views, saving_views, transfer_views, views

SAVED = "dxtra/<dxtra:target>/graphql/saved/"
REPORTS = "dxtra/<dxtra:target>/graphql/reports/"

urlpatterns = [
    path(SAVED, views.saved_list, name="graphql_saved"),
    path(f"{SAVED}new/", saving_views.saved_new, name="graphql_saved_new"),
    path(f"{SAVED}check/", views.saved_check, name="graphql_saved_check"),
    path(f"{SAVED}import/", transfer_views.saved_import, name="graphql_saved_import"),
    path(f"{SAVED}export/", transfer_views.saved_export, name="graphql_saved_export"),
    path(f"{SAVED}<uuid:pk>/", views.saved_query, name="graphql_saved_query"),
    path(f"{SAVED}<uuid:pk>/edit/", saving_views.saved_edit, name="graphql_saved_edit"),
    path(f"{SAVED}<uuid:pk>/open/", views.saved_open, name="graphql_saved_open"),
    path(f"{SAVED}<uuid:pk>/settings/", views.saved_settings, name="graphql_saved_settings"),
    path(f"{SAVED}<uuid:pk>/delete/", views.saved_delete, name="graphql_saved_delete"),
    path(
        f"{SAVED}<uuid:pk>/versions/<int:number>/",
        saving_views.saved_version,
        name="graphql_saved_version",
    ),
    path(REPORTS, report_views.report_list, name="graphql_reports"),
    path(f"{REPORTS}<uuid:pk>/", report_views.report, name="graphql_report"),
]
