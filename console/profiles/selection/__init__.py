"""Which of a teammate's own profiles answers on a page: one of the target that its address names.

    @require_safe
    @of_target(System.DPAAS)
    def account_list(request, selection):
        ...

The same view stands at a short address without a target (`/accounts/`), which redirects to the
target used last. Where two own profiles lead to one target, `?profile=` names the one to use.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from console.profiles import services
from console.profiles.models import CredentialProfile, Environment
from console.profiles.selection.credential_state import (
    change_since,
    credential_state,
    profile_id_in,
)
from console.profiles.selection.own_profiles import profiles_of
from console.profiles.targets import Target
from console.team.gate import TeammateRequest
from console.upstream.systems import System

P = ParamSpec("P")

OPENED_WITH = "opened_with"  # the hidden field of forms that holds a credential_state()
MAIN_SCREEN = {System.DPAAS: "accounts", System.DXTRA: "graphql"}
NO_TARGET = "This form was opened at an address that names no target."


@dataclass(frozen=True, slots=True)
class Selection:
    """The target of a page, and the own profile that answers for it: None where there is none.

    `target` is None where the teammate has no profile for the system at all.
    """

    system: System
    target: Target | None = None
    profile: CredentialProfile | None = None
    is_one_of_many: bool = False  # other own profiles lead to the target too
    change: str = ""  # a sentence: what is not as it was when the posted form was opened

    @property
    def main_url(self) -> str:
        """The address of the system's main screen."""
        return self.url(MAIN_SCREEN[self.system])

    @property
    def opened_with(self) -> str:
        """The state of the credential, for the hidden field of a form."""
        return credential_state(self.profile)

    @property
    def status(self) -> int:
        """The HTTP status of a page that shows nothing but the selection.

        404 where there is no profile for the target that the address names: nothing that reads
        statuses then takes the page for one of that target, and a browser shows it all the same.
        """
        return 404 if self.target and not self.profile else 200

    @property
    def is_production(self) -> bool:
        return self.profile is not None and self.profile.environment == Environment.PRODUCTION

    @property
    def name(self) -> str:
        """The target's name, for titles and buttons: production says so."""
        return f"{self.target} · production" if self.is_production else str(self.target)

    @property
    def add_url(self) -> str:
        """The form of a new profile, filled in for the target."""
        url = reverse("profile_new", args=[self.system.value])
        if self.target is None:
            return url
        if self.system == System.DXTRA:
            return f"{url}?{urlencode({'graphql_url': self.target.address})}"
        filled_in = {
            "organization_slug": self.target.organization,
            "base_url": self.target.address,
        }
        return f"{url}?{urlencode(filled_in)}"

    @property
    def query(self) -> dict[str, str]:
        """What an address carries to name the profile: nothing where the target is enough."""
        one_of_many = self.is_one_of_many and self.profile
        return {"profile": str(one_of_many.pk)} if one_of_many else {}

    def url(self, screen: str, *args: Any, **query: Any) -> str:
        """The address of a screen (a URL's name) of this target, by the same profile."""
        before = [self.target] if self.target else []
        query |= self.query
        address = reverse(screen, args=[*before, *args])
        return f"{address}?{urlencode(query)}" if query else address


def of_target(
    system: System,
) -> Callable[
    [Callable[Concatenate[TeammateRequest, Selection, P], HttpResponseBase]],
    Callable[..., HttpResponseBase],
]:
    """Give a view the Selection of its address, in place of the `target` in the URL pattern."""

    def decorate(
        view: Callable[Concatenate[TeammateRequest, Selection, P], HttpResponseBase],
    ) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def selecting(
            request: TeammateRequest,
            target: Target | None = None,
            *args: P.args,
            **kwargs: P.kwargs,
        ) -> HttpResponseBase:
            selection = _select(request, system, target)
            if request.method in ("GET", "HEAD"):
                elsewhere = _address_in_full(request, selection)
                if elsewhere:
                    return HttpResponseRedirect(elsewhere)
                _note_use(request, selection)
            return view(request, selection, *args, **kwargs)

        return selecting

    return decorate


def selection_of(request: HttpRequest) -> Selection | None:
    """The Selection of the page that is being answered; None on pages of no target."""
    return getattr(request, "_selection", None)


def select_profile(
    profiles: list[CredentialProfile], target: Target, *, named: str = ""
) -> Selection:
    """The profile among `profiles` that answers for `target`: the `named` one, or the last used."""
    fitting = [profile for profile in profiles if profile.target == target]
    named_one = [profile for profile in fitting if str(profile.pk) == named]
    chosen = max(named_one or fitting, key=_last_used, default=None)
    return Selection(target.system, target, chosen, is_one_of_many=len(fitting) > 1)


def select_for_page(request: TeammateRequest, target: Target, *, named: str) -> Selection:
    """Select in a view what neither its address nor its form names."""
    selection = select_profile(profiles_of(request), target, named=named)
    request._selection = selection  # type: ignore[attr-defined]
    return selection


def select_own(request: HttpRequest, target: Target, *, named: str) -> Selection:
    """The Selection of a row, such as a tab or a run, which was made with the profile `named`."""
    return select_profile(profiles_of(request), target, named=named)


def selections_of(profiles: list[CredentialProfile]) -> list[Selection]:
    """For each of a teammate's `profiles` its own target, with this profile answering."""
    targets = [profile.target for profile in profiles]
    counts = Counter(targets)
    return [
        Selection(target.system, target, profile, is_one_of_many=counts[target] > 1)
        for profile, target in zip(profiles, targets, strict=True)
    ]


def last_used(profiles: list[CredentialProfile], system: System) -> Selection:
    """The target of the system's profile that was used last."""
    of_system = [profile for profile in profiles if profile.kind == system]
    chosen = max(of_system, key=_last_used, default=None)
    if chosen is None:
        return Selection(system)
    return select_profile(of_system, chosen.target, named=str(chosen.pk))


def _last_used(profile: CredentialProfile) -> tuple[bool, Any]:
    return profile.is_current, profile.stored_at or profile.created_at


def _select(request: TeammateRequest, system: System, target: Target | None) -> Selection:
    profiles = profiles_of(request)
    state = request.POST.get(OPENED_WITH, "")
    if target is None:
        selection = last_used(profiles, system)
        change = NO_TARGET if selection.target else ""
    else:
        named = profile_id_in(state) or request.GET.get("profile", "")
        selection = select_profile(profiles, target, named=named)
        change = change_since(state, selection.profile, profiles)
    if request.method == "POST":
        selection = replace(selection, change=change)
    request._selection = selection  # type: ignore[attr-defined]
    return selection


def _address_in_full(request: TeammateRequest, selection: Selection) -> str:
    """Where the page is, with its target and, if need be, its profile; empty where we are there."""
    here, chosen = request.resolver_match, selection.profile
    if here is None or chosen is None:
        return ""
    query = request.GET.copy()
    named = query.get("profile", "")
    if selection.is_one_of_many and named != str(chosen.pk):
        query["profile"] = str(chosen.pk)
    elif "target" in here.kwargs:
        return ""
    arguments = {**here.kwargs, "target": selection.target}
    address = reverse(here.view_name, kwargs=arguments)
    return f"{address}?{query.urlencode()}" if query else address


def _note_use(request: TeammateRequest, selection: Selection) -> None:
    """Remember which target the short addresses lead to."""
    profile = selection.profile
    if request.method == "GET" and profile and not profile.is_current:
        services.use_profile(profile)
