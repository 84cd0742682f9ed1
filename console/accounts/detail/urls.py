"""One account of an organization, and its changes."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from console.accounts.detail import views


class AccountIdConverter(StringConverter):
    """`<account_id:account_id>`: one that a row of ours can hold, and that is no step in a path."""

    regex = r"(?!\.{1,2}/)[^/\x00]{1,200}"


register_converter(AccountIdConverter, "account_id")

ACCOUNT = "dpaas/<dpaas:target>/accounts/<account_id:account_id>/"

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
