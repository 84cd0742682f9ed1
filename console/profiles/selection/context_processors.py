"""What every page can ask for: its selection, and its header with the links to other targets."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from console.profiles import guard
from console.profiles.models import CredentialProfile, Unlock
from console.profiles.selection import (
    MAIN_SCREEN,
    Selection,
    last_used,
    select_profile,
    selection_of,
    selections_of,
)
from console.profiles.selection.navigation import Chip, Choice, Link, Navigation
from console.profiles.selection.own_profiles import profiles_of
from console.profiles.status import trouble_of
from console.upstream.systems import System

SYSTEM_OF_SCREEN = {
    "accounts": System.DPAAS,
    "account_new": System.DPAAS,
    "account_bulk": System.DPAAS,
    "users": System.DPAAS,
    "service_accounts": System.DPAAS,
    "groups": System.DPAAS,
    "graphql": System.DXTRA,
}
LISTS = ("accounts", "users", "service_accounts", "groups")
STATE_OF_LISTS = ("order_by", "quantity", "status")  # no page, and no text that was typed


def header(request: HttpRequest) -> dict[str, Any]:
    """Context processor. `header` is a function: a template without a header computes none."""
    return {"header": lambda: _header_of(request), "selection": selection_of(request)}


class Header:
    """What the header of one page shows."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._profiles = profiles_of(request)
        self._page = selection_of(request) or self._named_in_the_path()

    @cached_property
    def navigation(self) -> Navigation:
        """Everything that the header shows of profiles and screens."""
        here = self._request.path
        dpaas, dxtra = self._in_use[System.DPAAS], self._in_use[System.DXTRA]
        links = (
            Link.to("Accounts", dpaas.url("accounts"), here=here),
            Link.to("Users", dpaas.url("users"), here=here),
            Link.to("GraphQL", dxtra.url("graphql"), here=here),
            Link.to("Jobs", reverse("jobs"), here=here),
            Link.to("Calls", reverse("calls"), here=here),
            Link.to("Profiles", reverse("profiles"), here=here),
        )
        return Navigation(links, tuple(self._chip(self._in_use[system]) for system in System))

    @property
    def is_production(self) -> bool:
        """Whether the page reads and writes a production environment."""
        return self._page is not None and self._page.is_production

    @cached_property
    def unlock(self) -> Unlock | None:
        """The unlock by which the page's production profile writes now, if there is one."""
        if self._page is None or self._page.profile is None or not self._page.is_production:
            return None
        return guard.current_unlock(self._page.profile)

    @property
    def title(self) -> str:
        """What follows the screen's name in the page's title: " · acme · production"."""
        if self._page is None or self._page.target is None:
            return ""
        return f" · {self._page.name}"

    def _chip(self, shown: Selection) -> Chip:
        profile = shown.profile
        others = [each for each in self._selections if each.system == shown.system]
        return Chip(
            system=shown.system,
            target=shown.target.name if shown.target else "",
            profile=profile.name if profile and shown.is_one_of_many else "",
            kind="is-none" if not profile else "is-production" if shown.is_production else "",
            read_only=bool(profile and profile.read_only),
            trouble=trouble_of(profile) if profile else None,
            choices=tuple(
                self._choice(
                    each, each.profile, is_current=shown is self._page and each.profile == profile
                )
                for each in others
                if each.profile
            ),
        )

    def _choice(self, other: Selection, profile: CredentialProfile, *, is_current: bool) -> Choice:
        return Choice(
            url=reverse("profile", args=[profile.pk]) if is_current else self._same_screen(other),
            target=profile.target.name,
            profile=profile.name,
            environment=profile.environment,
            read_only=profile.read_only,
            trouble=trouble_of(profile),
            is_current=is_current,
        )

    @cached_property
    def _selections(self) -> list[Selection]:
        return selections_of(self._profiles)

    @cached_property
    def _in_use(self) -> dict[System, Selection]:
        """The page's own; for the other system the one used last."""
        in_use = {system: last_used(self._profiles, system) for system in System}
        return {**in_use, self._page.system: self._page} if self._page else in_use

    def _same_screen(self, other: Selection) -> str:
        """The screen of the page for another profile; the main one where the page is no such."""
        here = self._request.resolver_match
        screen, query = (here.url_name if here else None) or "", {}
        if SYSTEM_OF_SCREEN.get(screen) != other.system:
            screen = MAIN_SCREEN[other.system]
        elif screen in LISTS:
            asked = self._request.GET
            query = {name: asked[name] for name in STATE_OF_LISTS if name in asked}
        elif screen == "graphql" and "tab" in self._request.GET:
            query = {"tab": self._request.GET["tab"]}  # the text comes along
        return other.url(screen, **query)

    def _named_in_the_path(self) -> Selection | None:
        """For pages of errors: the view, which selects, was not reached."""
        here = self._request.resolver_match
        target = here.kwargs.get("target") if here else None
        return select_profile(self._profiles, target) if target else None


def _header_of(request: HttpRequest) -> Header:
    if not hasattr(request, "_header"):
        request._header = Header(request)  # type: ignore[attr-defined]
    found: Header = request._header  # type: ignore[attr-defined]
    return found
