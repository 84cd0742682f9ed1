"""Every address of the console. All require signing in, except those marked otherwise.

/healthz and /readyz are answered by a middleware (console/web/health.py).
"""

from allauth.account import views as allauth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from console.profiles.targets import DpaasTargetConverter, DxtraTargetConverter
from console.team import views as team
from console.team.admin import team_admin
from console.web.buttons import has_buttons

register_converter(DpaasTargetConverter, "dpaas")
register_converter(DxtraTargetConverter, "dxtra")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="accounts"), name="home"),
    path("", include("console.accounts.urls")),
    path("", include("console.graphql.urls")),
    path("", include("console.profiles.urls")),
    path("", include("console.calls.urls")),
    # Only these of django-allauth's: sign-up is closed, and nothing sends e-mail.
    path("login/", team.sign_in, name="account_login"),
    path("login/inactive/", login_not_required(allauth.account_inactive), name="account_inactive"),
    path("logout/", allauth.logout, name="account_logout"),
    path(
        "password/",
        has_buttons("Change password")(team.change_password),
        name="account_change_password",
    ),
    path("admin/", team_admin.urls),
]

handler400 = "console.web.errors.bad_request"
handler403 = "console.web.errors.forbidden"
handler404 = "console.web.errors.not_found"
handler429 = "console.web.errors.too_many"  # used by django-allauth's rate limits
handler500 = "console.web.errors.server_error"
