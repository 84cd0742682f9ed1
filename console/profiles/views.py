"""The screens of credential profiles. A profile is its owner's alone; anyone else gets 404."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from console.profiles import guard, services
from console.profiles.editing.check_limit import TOO_MANY_CHECKS, seconds_until_check
from console.profiles.editing.retry import try_again
from console.profiles.editing.versions import (
    changed_fields,
    read_version,
    signed_version,
    was_deleted,
)
from console.profiles.models import CredentialProfile
from console.profiles.selection import select_profile, selections_of
from console.profiles.selection.own_profiles import own_profile, profiles_of
from console.profiles.status import status_of
from console.profiles.typed_name import TypedNameForm
from console.team.gate import TeammateRequest
from console.upstream.errors import UpstreamError, WriteRefused, in_words
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.came_from import page_at, page_before, page_of_origin, takes_a_button
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen

SIGN_OUT_FAILED = (
    "The session at %s could not be ended, and lasts until it expires. Its tokens were deleted "
    "here."
)
UNLOCK = (
    "For 10 minutes, this profile can {writes} without the target's name being typed. "
    "{confirmed}The unlock is recorded."
)
CONFIRMED = {System.DXTRA: "Mutations still ask for confirmation. "}
DELETED_BEFORE = "This profile was already deleted."
EDITED_BEFORE_DELETE = (
    "This profile was edited after you opened this page. Check it, then delete it."
)
NO_VERSION_TO_DELETE = "The request does not say which version of the profile it was opened with."


@require_safe
def profile_list(request: TeammateRequest) -> HttpResponse:
    mine = CredentialProfile.objects.visible_to(request.user)
    profiles = mine.with_clock().with_last_outcome()
    found = list(profiles)
    rows = [
        (profile, status_of(profile), selection.main_url)
        for profile, selection in zip(found, selections_of(found), strict=True)
    ]
    return render_screen(request, "profiles/list.html", {"rows": rows})


@require_safe
def profile_show(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = own_profile(request, pk)
    context = {
        "profile": profile,
        "status": status_of(profile),
        "now": profile.now,
        "unlock": guard.current_unlock(profile),
        "unlocks": guard.latest_unlocks(profile),
        "open_url": select_profile(
            profiles_of(request), profile.target, named=str(profile.pk)
        ).main_url,
    }
    return render_screen(request, "profiles/show.html", context)


@has_buttons("Refresh token")
@takes_a_button
def profile_refresh(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = own_profile(request, pk)
    if seconds := seconds_until_check(request.user):
        messages.error(request, TOO_MANY_CHECKS.format(wait=in_words(seconds)))
        return go_to(request, "profile", profile.pk)
    try:
        try_again(profile)
    except UpstreamError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, "Token refreshed.")
    return go_to(request, "profile", profile.pk)


@has_buttons("End session")
@takes_a_button
def profile_sign_out(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = own_profile(request, pk)
    if services.sign_out_profile(profile):
        messages.success(request, "Session ended. The next call signs in again.")
    else:
        messages.warning(request, SIGN_OUT_FAILED % profile.get_kind_display())
    return go_to(request, "profile", profile.pk)


@keeps_draft(TypedNameForm, fields=("next",))
@has_buttons("Unlock for 10 minutes")
@require_http_methods(["GET", "HEAD", "POST"])
def profile_unlock(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    """Type the target's name once, and write in production for ten minutes."""
    profile = own_profile(request, pk)
    name_to_type = guard.name_to_type(profile)
    if request.method != "POST":
        typed = take_draft(request) or {}
        back_to = page_at(request, typed.get("next", "")) or page_of_origin(request)
        form = TypedNameForm(initial=typed, name_to_type=name_to_type)
    else:
        back_to = page_at(request, request.POST.get("next", ""))
        form = TypedNameForm(request.POST, name_to_type=name_to_type)
    to = back_to or reverse("profile", args=[pk])
    if not name_to_type:
        return go_to(request, to)  # nothing to unlock, or no more
    form.fields.pop("unlock")
    if request.method == "POST":
        try:
            guard.unlock(profile, typed_name=request.POST.get("typed_name", ""))
        except WriteRefused as refusal:
            form.add_refusal(refusal.sentence)
        else:
            return go_to(request, to)
    context = {
        "profile": profile,
        "form": form,
        "back_to": back_to,
        "back_url": to,
        "intro": UNLOCK.format(
            writes=profile.writes, confirmed=CONFIRMED.get(System(profile.kind), "")
        ),
    }
    status = 422 if form.errors else 200
    return render_screen(request, "profiles/unlock.html", context, status=status)


@has_buttons("Lock again")
@takes_a_button
def profile_lock(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    profile = own_profile(request, pk)
    guard.lock_again(profile)
    return go_to(request, page_before(request, default=reverse("profile", args=[pk])))


@has_buttons("Delete")
@require_http_methods(["GET", "HEAD", "POST"])
def profile_delete(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method == "POST" and was_deleted(request.POST.get("opened_with", ""), pk):
        messages.info(request, DELETED_BEFORE)
        return go_to(request, "profiles")
    profile = own_profile(request, pk)
    if request.method != "POST":
        return _ask_to_delete(request, profile)
    seen = read_version(request.POST.get("opened_with", ""), pk)
    if seen is None or changed_fields(profile, seen):
        why = EDITED_BEFORE_DELETE if seen else NO_VERSION_TO_DELETE
        return _ask_to_delete(request, profile, not_deleted=why, status=409)
    if services.delete_profile(profile):
        messages.success(request, f"{profile.name} was deleted and its session ended.")
    else:
        messages.warning(
            request, f"{profile.name} was deleted. " + SIGN_OUT_FAILED % profile.get_kind_display()
        )
    return go_to(request, "profiles")


def _ask_to_delete(
    request: TeammateRequest,
    profile: CredentialProfile,
    *,
    not_deleted: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "profile": profile,
        "not_deleted": not_deleted,
        "fields": {"opened_with": signed_version(profile)},
    }
    return render_screen(request, "profiles/delete.html", context, status=status)
