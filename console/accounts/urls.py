"""DPaaS: accounts and users."""

from django.urls import path

from console.accounts import views

urlpatterns = [
    path("accounts/", views.account_list, name="accounts"),
    path("accounts/new/", views.account_new, name="account_new"),
    path("accounts/submissions/<uuid:pk>/", views.account_submission, name="account_submission"),
    path(
        "accounts/submissions/<uuid:pk>/reconcile/",
        views.account_reconcile,
        name="account_reconcile",
    ),
    path("users/", views.user_list, name="users"),
]
