"""Tags for the screens of a target."""

from typing import Any

from django import template

from console.profiles.selection import Selection, select_own
from console.profiles.targets import Target

register = template.Library()


@register.simple_tag(takes_context=True)
def target_url(
    context: template.Context, screen: str, *args: Any, of: Selection | None = None, **query: Any
) -> str:
    """The address of a screen of the page's target, or `of` another Selection:
    `{% target_url "graphql" tab=tab.pk %}`. The query may hold `profile` already: add no "?"."""
    selection: Selection = of or context["selection"]
    return selection.url(screen, *args, **query)


@register.simple_tag(takes_context=True)
def selection_by(context: template.Context, target: Target, profile_id: Any) -> Selection:
    """By what a row of another page goes on: its own profile, while that leads to its target."""
    return select_own(context["request"], target, named=str(profile_id or ""))
