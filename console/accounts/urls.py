"""DPaaS: accounts of one organization, and its lists.

The short addresses lead to the organization that was used last; a POST to one sends nothing.
"""

from django.urls import include, path

from console.accounts import views

urlpatterns = [
    path("dpaas/<dpaas:target>/accounts/", views.account_list, name="accounts"),
    path("dpaas/<dpaas:target>/accounts/new/", views.account_new, name="account_new"),
    path(
        "dpaas/<dpaas:target>/accounts/submissions/<uuid:pk>/",
        views.account_submission,
        name="account_submission",
    ),
    path(
        "dpaas/<dpaas:target>/accounts/submissions/<uuid:pk>/reconcile/",
        views.account_reconcile,
        name="account_reconcile",
    ),
    path("accounts/", views.account_list, name="accounts"),
    path("accounts/new/", views.account_new, name="account_new"),
    path("accounts/submissions/<uuid:pk>/", views.find_submission, name="account_submission"),
    path("accounts/submissions/<uuid:pk>/reconcile/", views.find_submission),
    path("", include("console.accounts.lists.urls")),
    path("", include("console.accounts.bulk.urls")),
    path("", include("console.accounts.detail.urls")),
]
