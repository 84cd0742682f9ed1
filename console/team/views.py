"""allauth's screens that check a password, which answer 429 where it is not checked any more."""

from typing import Any

from allauth.account import views as allauth
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from console.team.adapter import TOO_MANY_ATTEMPTS


class _Throttled:
    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if any(form.has_error(field, TOO_MANY_ATTEMPTS) for field in form.errors):
            response.status_code = 429
        return response


class SignInView(_Throttled, allauth.LoginView):
    pass


class PasswordChangeView(_Throttled, allauth.PasswordChangeView):
    pass


sign_in = SignInView.as_view()
change_password = never_cache(PasswordChangeView.as_view())  # as allauth has it for signing in
