"""Every address of the console. All need a signed-in teammate but those marked otherwise."""

from allauth.account import views as allauth
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.generic import RedirectView

from console.web import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="accounts"), name="home"),
    path("", include("console.accounts.urls")),
    path("", include("console.graphql.urls")),
    path("", include("console.profiles.urls")),
    path("", include("console.calls.urls")),
    # Of django-allauth's addresses only these: sign-up is closed, and nothing sends e-mail.
    path("login/", allauth.login, name="account_login"),
    path("login/inactive/", login_not_required(allauth.account_inactive), name="account_inactive"),
    path("logout/", allauth.logout, name="account_logout"),
    path("password/", allauth.password_change, name="account_change_password"),
    path("admin/", admin.site.urls),
    # health.probes answers these two before a host name is looked at.
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler400 = "console.web.errors.bad_request"
handler403 = "console.web.errors.forbidden"
handler404 = "console.web.errors.not_found"
handler429 = "console.web.errors.too_many"  # django-allauth's throttle asks for it
handler500 = "console.web.errors.server_error"
