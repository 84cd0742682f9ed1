"""The header of every page, drawn once for what it shows: it changes when a profile does."""

import secrets
from functools import lru_cache
from typing import Any, NamedTuple

from django import template
from django.http import HttpRequest
from django.template.engine import Engine
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

REMEMBERED = 256  # headers in each process, of a few kB each
# Stands in a remembered header for the token that each page has anew; nobody can guess it.
_CSRF_TOKEN = secrets.token_hex(16)


class _Choice(NamedTuple):
    """A credential profile to switch to; those of its fields that the header shows."""

    pk: Any
    kind: str
    name: str
    is_current: bool


class _Shown(NamedTuple):
    path: str
    email: str  # empty: nobody is signed in
    is_staff: bool
    profiles: tuple[_Choice, ...]


@register.simple_tag(takes_context=True)
def masthead(context: template.Context) -> SafeString:
    """`{% masthead %}`: components/masthead.html for the teammate of this page."""
    drawn = _draw(Engine.get_default().get_template("components/masthead.html"), _shown(context))
    return mark_safe(drawn.replace(_CSRF_TOKEN, str(context.get("csrf_token", ""))))  # noqa: S308


def _shown(context: template.Context) -> _Shown:
    request: HttpRequest | None = context.get("request")
    path, user = request.path if request else "", context.get("user")
    if user is None or not user.is_authenticated:
        return _Shown(path, "", False, ())
    own = context.get("own_profiles") or ()
    profiles = tuple(_Choice(one.pk, one.kind, one.name, one.is_current) for one in own)
    return _Shown(path, user.email, user.is_staff, profiles)


@lru_cache(maxsize=REMEMBERED)
def _draw(masthead: template.Template, shown: _Shown) -> SafeString:
    current = {one.kind: one for one in shown.profiles if one.is_current}
    context = {**shown._asdict(), "current": current, "csrf_token": _CSRF_TOKEN}
    return masthead.render(template.Context(context))
