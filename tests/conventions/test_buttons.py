"""Whatever is pressed after the session ended is named as not done, so every view says its name."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, get_resolver


def every_view(patterns: Any = None) -> Iterator[Callable[..., Any]]:
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLPattern):
            yield each.callback
        else:
            yield from every_view(each.url_patterns)


def layers(view: Any) -> Iterator[Any]:
    while view is not None:
        yield view
        view = getattr(view, "__wrapped__", None)


def methods(view: Callable[..., Any]) -> set[str]:
    """Those that Django's require_http_methods lets through to `view`."""
    return {
        method
        for layer in layers(view)
        for name, cell in zip(layer.__code__.co_freevars, layer.__closure__ or (), strict=True)
        if name == "request_method_list"
        for method in cell.cell_contents
    }


def test_every_view_that_takes_a_post_names_its_button() -> None:
    ours = [view for view in every_view() if view.__module__.startswith("console.")]
    behind_sign_in = [view for view in ours if getattr(view, "login_required", True)]
    posted = [view for view in behind_sign_in if "POST" in methods(view)]
    assert len(posted) > 30
    unnamed = {
        f"{view.__module__}.{view.__name__}" for view in posted if not hasattr(view, "buttons")
    }
    assert unnamed == set()
