"""The history of runs at one endpoint of Dxtra."""

from django.urls import path

from console.graphql.history import views

HERE = "dxtra/<dxtra:target>/graphql/history/"

urlpatterns = [
    path(HERE, views.history, name="graphql_history"),
    path(f"{HERE}<uuid:run_id>/", views.graphql_run, name="graphql_run"),
    path(f"{HERE}<uuid:run_id>/star/", views.star, name="graphql_run_star"),
    path(f"{HERE}<uuid:run_id>/share/", views.share, name="graphql_run_share"),
    path(f"{HERE}<uuid:run_id>/open/", views.reopen, name="graphql_run_open"),
    path(f"{HERE}<uuid:run_id>/again/", views.run_again, name="graphql_run_again"),
]
