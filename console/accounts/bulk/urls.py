"""Bulk jobs of one organization, and the list of all.

The short address leads to the organization that was used last.
"""

from django.urls import path

from console.accounts.bulk import job_views, views

BULK = "dpaas/<dpaas:target>/accounts/bulk/"
JOB = f"{BULK}<uuid:pk>/"

urlpatterns = [
    path(BULK, views.account_bulk, name="account_bulk"),
    path("accounts/bulk/", views.account_bulk, name="account_bulk"),
    path(f"{BULK}ticked/", views.account_bulk_ticked, name="account_bulk_ticked"),
    path(JOB, job_views.account_job, name="account_job"),
    path(f"{JOB}reading/", job_views.account_job_reading, name="account_job_reading"),
    path(f"{JOB}start/", job_views.account_job_start, name="account_job_start"),
    path(f"{JOB}pause/", job_views.account_job_pause, name="account_job_pause"),
    path(f"{JOB}go-on/", job_views.account_job_go_on, name="account_job_go_on"),
    path(f"{JOB}stop/", job_views.account_job_stop, name="account_job_stop"),
    path(f"{JOB}look/", job_views.account_job_look, name="account_job_look"),
    path(f"{JOB}discard/", job_views.account_job_discard, name="account_job_discard"),
    path(
        f"{JOB}files/<slug:which>/<slug:form>/",
        job_views.account_job_file,
        name="account_job_file",
    ),
    path("jobs/", views.job_list, name="jobs"),
]
