"""What the navigation of one page shows: links to the main screens, and the targets in use.

It is a value without behaviour, and all that the template draws: equal ones look alike, so the
drawn navigation is cached by this value (templates/components/masthead.html). Put nothing into it
that changes with every request, and no secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from console.profiles.status import Status
from console.upstream.systems import System


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the main navigation."""

    label: str
    url: str
    current: str  # of aria-current; empty elsewhere

    @classmethod
    def to(cls, label: str, url: str, *, here: str, also: Sequence[str] = ()) -> "Link":
        """`here`: the path of the page, on which and below which the entry is current. `also`: the
        addresses of screens that have no entry of their own."""
        path, *others = (unquote(urlsplit(each).path) for each in (url, *also))
        is_below = any(here.startswith(each) for each in (path, *others))
        return cls(label, url, current="page" if here == path else "true" if is_below else "")


@dataclass(frozen=True, slots=True)
class Choice:
    """A profile in the menu of its system."""

    url: str  # the same screen of its target; of the current one, the profile's own page
    target: str
    profile: str
    environment: str
    read_only: bool
    trouble: Status | None
    is_current: bool  # the page is of it


@dataclass(frozen=True, slots=True)
class Chip:
    """The target in use for one system, and a menu of the others."""

    system: System
    target: str  # empty: none
    profile: str  # empty where the target has no other
    kind: str  # a class: "is-none" without a profile, "is-production"
    read_only: bool
    trouble: Status | None  # why the profile in use may not answer now
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Navigation:
    links: tuple[Link, ...]
    chips: tuple[Chip, ...]
