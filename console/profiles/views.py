"""The screens of credential profiles. A profile is its owner's alone; anyone else gets 404."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from console.profiles import services
from console.profiles.forms import (
    FORMS,
    DpaasProfileForm,
    DxtraProfileForm,
    ProfileForm,
    initial_addresses,
)
from console.profiles.models import CredentialProfile
from console.profiles.pending_secret import (
    drop_pending_secret,
    pending_secret,
    store_pending_secret,
)
from console.profiles.status import accepted_sentence, status_of
from console.team.gate import TeammateRequest
from console.upstream.errors import UpstreamError
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen

SIGN_OUT_FAILED = (
    "%s could not be told, so its session ends by itself there. Its tokens are forgotten here."
)
SCREENS = ("accounts", "users", "graphql", "calls", "profiles")


@require_safe
def profile_list(request: TeammateRequest) -> HttpResponse:
    mine = CredentialProfile.objects.visible_to(request.user)
    profiles = mine.with_clock().with_last_outcome()
    rows = [(profile, status_of(profile)) for profile in profiles]
    return render_screen(request, "profiles/list.html", {"rows": rows})


@require_safe
def profile_show(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = _own_profile(request, pk)
    context = {"profile": profile, "status": status_of(profile), "now": profile.now}
    return render_screen(request, "profiles/show.html", context)


@keeps_draft(DxtraProfileForm, DpaasProfileForm)
@require_http_methods(["GET", "HEAD", "POST"])
def profile_new(request: TeammateRequest, kind: str) -> HttpResponse:
    return _form_screen(request, _new_profile(request, kind), initial=initial_addresses(kind))


@keeps_draft(DxtraProfileForm, DpaasProfileForm)
@require_http_methods(["GET", "HEAD", "POST"])
def profile_edit(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    return _form_screen(request, _own_profile(request, pk), initial={})


@require_POST
def profile_use(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = _own_profile(request, pk)
    services.use_profile(profile)
    messages.success(request, f"{profile.name} is now in use for {profile.get_kind_display()}.")
    return go_to(request, _screen_of(request.POST.get("from", "")))


@require_POST
def profile_refresh(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = _own_profile(request, pk)
    try:
        services.refresh_now(profile)
    except UpstreamError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, "A new token is here.")
    return go_to(request, "profile", profile.pk)


@require_POST
def profile_sign_out(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = _own_profile(request, pk)
    if services.sign_out_profile(profile):
        messages.success(request, "Signed out: this profile's session and tokens are gone.")
    else:
        messages.warning(request, SIGN_OUT_FAILED % profile.get_kind_display())
    return go_to(request, "profile", profile.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def profile_delete(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = _own_profile(request, pk)
    if request.method != "POST":
        return render_screen(request, "profiles/delete.html", {"profile": profile})
    if services.delete_profile(profile):
        messages.success(request, f"{profile.name} is deleted, and its session signed out.")
    else:
        messages.warning(
            request, f"{profile.name} is deleted. " + SIGN_OUT_FAILED % profile.get_kind_display()
        )
    return go_to(request, "profiles")


def _screen_of(path: str) -> str:
    """The screen of the main navigation that `path` is part of; by default the profiles."""
    first = path.strip("/").partition("/")[0]
    return first if first in SCREENS else "profiles"


def _own_profile(request: TeammateRequest, pk: uuid.UUID) -> CredentialProfile:
    mine = CredentialProfile.objects.visible_to(request.user).with_clock().with_last_outcome()
    return get_object_or_404(mine, pk=pk)


def _new_profile(request: TeammateRequest, kind: str) -> CredentialProfile:
    """A new profile, under the id that its form was rendered with.

    If that one is saved by now, return it: a second click, or the back button, then edits it.
    """
    try:
        pk = uuid.UUID(request.POST.get("profile", ""))
    except ValueError:
        pk = uuid.uuid4()
    mine = CredentialProfile.objects.visible_to(request.user).with_clock().filter(kind=kind)
    return mine.filter(pk=pk).first() or CredentialProfile(pk=pk, owner=request.user, kind=kind)


def _form_screen(
    request: TeammateRequest, profile: CredentialProfile, *, initial: dict[str, Any]
) -> HttpResponse:
    """The form of a new or stored profile; a POST saves it."""
    if profile.kind not in FORMS:
        raise Http404
    form_class, secret = FORMS[profile.kind], pending_secret(request)
    if request.method != "POST":
        initial = take_draft(request) or initial
        form = form_class(instance=profile, initial=initial, pending_secret=secret)
        return _render_form(request, form)
    form = form_class(request.POST, instance=profile, pending_secret=secret)
    if form.is_valid() and _save(request, form):
        drop_pending_secret(request)
        return go_to(request, "profile", profile.pk)
    return _render_form(request, form, status=422)


def _save(request: TeammateRequest, form: ProfileForm) -> bool:
    """Save the profile, by default after a check. False with errors in the form if it failed."""
    profile, checked = form.instance, None
    try:
        if "save_unchecked" not in request.POST:
            checked = services.check_credential(profile, form.secret)
            if not form.allows_role(checked.tokens):
                return False
        services.save_profile(profile, secret=form.secret, checked=checked)
    except UpstreamError as error:
        form.add_check_failure(error)
        return False
    except IntegrityError:
        if CredentialProfile.objects.visible_to(request.user).filter(pk=profile.pk).exists():
            return True  # a second click was faster, and saved the same
        form.add_error("name", "You have a profile of this name already.")
        return False
    if checked:
        system = profile.get_kind_display()
        messages.success(request, accepted_sentence(checked.tokens, system=system))
    else:
        messages.info(request, "Saved without a check. The first call shows whether it is right.")
    return True


def _render_form(request: TeammateRequest, form: ProfileForm, *, status: int = 200) -> HttpResponse:
    """Render the form without the secret that was typed, which waits in the session instead."""
    if form.typed_secret:
        store_pending_secret(request, form.typed_secret)
        form.show_secret_is_pending()
    return render_screen(request, "profiles/form.html", {"form": form}, status=status)
