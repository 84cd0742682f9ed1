"""One account of an organization, and its changes."""

from django.urls import path

from console.accounts.detail import views

ACCOUNT = "dpaas/<dpaas:target>/accounts/<str:account_id>/"

urlpatterns = [
    path(ACCOUNT, views.account, name="account"),
    path(f"{ACCOUNT}changes/<uuid:pk>/", views.account_change_status, name="account_change_status"),
    path(
        f"{ACCOUNT}changes/<uuid:pk>/reconcile/",
        views.account_change_reconcile,
        name="account_change_reconcile",
    ),
    path(f"{ACCOUNT}of/<list:kind>/", views.account_rows, name="account_rows"),
    path(f"{ACCOUNT}<slug:key>/", views.account_change, name="account_change"),
]
