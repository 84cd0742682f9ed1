"""The form of a new or a stored profile. It is saved, or shown again with all that was typed."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from console.profiles.editing import saving
from console.profiles.editing.check_limit import TOO_MANY_CHECKS, seconds_until_check
from console.profiles.editing.forms import (
    FORMS,
    MOVED,
    NOT_KEPT,
    DpaasProfileForm,
    DxtraProfileForm,
    ProfileForm,
)
from console.profiles.editing.initial_values import initial_values
from console.profiles.editing.pending_secret import (
    drop_pending_secret,
    is_pending,
    pending_secret,
    store_pending_secret,
)
from console.profiles.editing.versions import was_deleted
from console.profiles.models import CredentialProfile
from console.profiles.selection.own_profiles import own_profile
from console.profiles.status import accepted_sentence
from console.team.gate import TeammateRequest
from console.upstream.errors import UpstreamError, in_words
from console.upstream.systems import System
from console.vault.secret import Secret
from console.web.buttons import has_buttons
from console.web.came_from import page_at, page_of_origin
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen

NAME_TAKEN = "You already have a profile with this name."
NO_ADDRESS = "Enter the {label} again. It is not kept until the address of its server is valid."


@keeps_draft(DxtraProfileForm, DpaasProfileForm)
@has_buttons("Save", save_checked="Check and save", save_unchecked="Save without checking")
@require_http_methods(["GET", "HEAD", "POST"])
def profile_new(request: TeammateRequest, kind: str) -> HttpResponse:
    initial = initial_values(kind, request.GET)
    return _form_screen(request, _new_profile(request, kind), initial=initial)


@keeps_draft(DxtraProfileForm, DpaasProfileForm)
@has_buttons("Save", save_checked="Check and save", save_unchecked="Save without checking")
@require_http_methods(["GET", "HEAD", "POST"])
def profile_edit(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    if request.method == "POST" and was_deleted(request.POST.get("opened_with", ""), pk):
        return _as_new_profile(request)
    return _form_screen(request, own_profile(request, pk), initial={})


def _as_new_profile(request: TeammateRequest) -> HttpResponse:
    """The form of a profile that was deleted meanwhile, with all that was typed, as a new one."""
    kind = System.DXTRA if "graphql_url" in request.POST else System.DPAAS
    profile = CredentialProfile(owner=request.user, kind=kind)
    form = FORMS[kind](request.POST, instance=profile)
    form.add_deleted()
    return _render_form(request, form, back_to="", status=409)


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
    """The form of a new or stored profile; a POST saves it, and goes back to where it was opened.

    What is opened anew has no secret pending.
    """
    if profile.kind not in FORMS:
        raise Http404
    form_class = FORMS[profile.kind]
    if request.method != "POST":
        drop_pending_secret(request, profile)
        form = form_class(instance=profile, initial=initial | (take_draft(request) or {}))
        return _render_form(request, form, back_to=page_of_origin(request))
    form = form_class(request.POST, instance=profile)
    back_to = page_at(request, request.POST.get("next", ""))
    if profile.is_stored and form.opened_version is None:
        form.add_no_version()
        return _render_form(request, form, back_to=back_to, status=409)
    if form.is_valid() and _save(request, form):
        drop_pending_secret(request, profile)
        return go_to(request, back_to or reverse("profile", args=[profile.pk]))
    return _render_form(request, form, back_to=back_to, status=422)


def _save(request: TeammateRequest, form: ProfileForm) -> bool:
    """Save the profile, by default after a check. False with errors in the form if it failed."""
    secret = _secret_to_save(request, form)
    if form.errors:
        return False
    try:
        checked = _check_and_save(request, form, secret)
    except UpstreamError as error:
        form.add_check_failure(error)
    except saving.EditedMeanwhile as edited:
        form.add_edited_meanwhile(edited.stored)
    except IntegrityError:
        form.add_error("name", NAME_TAKEN)
    if form.errors:
        return False
    if checked:
        system = form.instance.get_kind_display()
        messages.success(request, accepted_sentence(checked.tokens, system=system))
    else:
        messages.info(
            request, "Saved without checking. The first call shows whether the credential works."
        )
    return True


def _secret_to_save(request: TeammateRequest, form: ProfileForm) -> Secret | None:
    """The secret that was typed, now or last time; None: the stored one.

    Adds an error where there is none, or the one there is was meant for another server.
    """
    secret = form.typed_secret
    if secret is None and form.pending_id:
        secret = pending_secret(request, form.pending_id, form.instance)
        if secret is None:
            form.ask_for_secret(MOVED if is_pending(request, form.pending_id) else NOT_KEPT)
    elif secret is None and form.has_moved:
        form.ask_for_secret(MOVED)
    return secret


def _check_and_save(
    request: TeammateRequest, form: ProfileForm, secret: Secret | None
) -> saving.Checked | None:
    """Save the profile; return the check that came first, if one was wanted.

    Adds an error where the check says that the profile would not work. Raises UpstreamError,
    EditedMeanwhile and IntegrityError.
    """
    profile, checked = form.instance, None
    opened_with = form.opened_version
    if profile.is_stored:
        saving.check_unchanged(profile, secret=secret, opened_with=opened_with)
    if "save_unchecked" not in request.POST:
        if seconds := seconds_until_check(request.user):
            form.add_error(None, TOO_MANY_CHECKS.format(wait=in_words(seconds)))
            return None
        checked = saving.check_credential(profile, secret)
        if not form.allows_role(checked.tokens):
            saving.discard_check(profile, checked)
            return None
    try:
        saving.save_profile(profile, secret=secret, checked=checked, opened_with=opened_with)
    except IntegrityError:
        mine = CredentialProfile.objects.visible_to(request.user).filter(pk=profile.pk)
        if profile.is_stored or not mine.exists():
            raise
        saving.check_unchanged(profile, secret=secret, opened_with={})  # a second click was faster
    return checked


def _render_form(
    request: TeammateRequest, form: ProfileForm, *, back_to: str, status: int = 200
) -> HttpResponse:
    """Render the form without the secret that was typed, which waits in the session instead."""
    if form.typed_secret and form.has_addresses:
        form.show_pending(store_pending_secret(request, form.typed_secret, form.instance))
    elif form.typed_secret:
        form.ask_for_secret(NO_ADDRESS)
    elif form.pending_id and is_pending(request, form.pending_id):
        form.show_pending(form.pending_id)
    stored = form.instance.is_stored
    form_url = (
        reverse("profile_edit", args=[form.instance.pk])
        if stored
        else reverse("profile_new", args=[form.kind])
    )
    context = {"form": form, "form_url": form_url, "back_to": back_to}
    return render_screen(request, "profiles/form.html", context, status=status)
