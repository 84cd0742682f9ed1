"""DPaaS: accounts and users."""

from django.urls import path

from console.accounts import views

urlpatterns = [
    path("accounts/", views.account_list, name="accounts"),
    path("accounts/new/", views.account_new, name="account_new"),
    path("accounts/submissions/<uuid:pk>/", views.account_submission, name="account_submission"),
    path("accounts/submissions/<uuid:pk>/look/", views.account_look, name="account_look"),
    path("users/", views.user_list, name="users"),
]
