"""Which button of a screen was pressed, for the sentence which says that it was not done.

@has_buttons("Save", save_checked="Check and save", do={"copy": "Save a copy"})
def profile_edit(request, pk):
    ...
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def has_buttons(label: str, **by_field: str | Mapping[str, str]) -> Callable[[View], View]:
    """Name the button that sends to a view; `by_field`: those that send a field of their own, or
    one of its values."""

    def mark(view: View) -> View:
        view.buttons = (label, by_field)  # type: ignore[attr-defined]
        return view

    return mark


def pressed_button(view: Callable[..., Any], sent: Mapping[str, Any]) -> str:
    """The label of the button that was pressed; empty if the view does not name it."""
    label, by_field = getattr(view, "buttons", ("", {}))
    for field, named in by_field.items():
        if field in sent:
            found: str = named if isinstance(named, str) else named.get(sent[field], "")
            if found:
                return found
    return str(label)
