"""The page that a request was sent from, checked: where its teammate is sent back to."""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

View = TypeVar("View", bound=Callable[..., Any])


def takes_a_button(view: View) -> View:
    """Django's require_POST, for an address that is no page: nobody is sent back to it."""
    guarded: View = require_POST(view)
    guarded.is_page = False  # type: ignore[attr-defined]
    return guarded


def is_from_own_page(request: HttpRequest) -> bool:
    """Whether a page of this origin sent the request: not another site, nor another local port.

    A browser lets no page forge these headers (https://www.w3.org/TR/fetch-metadata/).
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site != "same-origin":
        return False
    source = urlsplit(request.headers.get("Origin") or request.headers.get("Referer", ""))
    return (source.scheme, source.netloc) == (request.scheme, request.get_host())


def page_before(request: HttpRequest, default: str = "/") -> str:
    """The path and query of the page that the request was sent from; else `default`."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    return page_at(request, url) or default


def page_at(request: HttpRequest, url: str) -> str:
    """The path and query of `url`, if it is a page of ours behind the sign-in; else empty."""
    own = url_has_allowed_host_and_scheme(url, {request.get_host()})
    if not own or url.startswith("//"):
        return ""
    parts = urlsplit(url)
    if parts.netloc and (parts.scheme, parts.netloc) != (request.scheme, request.get_host()):
        return ""
    try:
        view = resolve(unquote(parts.path)).func
    except Resolver404:
        return ""
    if not getattr(view, "login_required", True) or not getattr(view, "is_page", True):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def page_of_origin(request: HttpRequest) -> str:
    """The page to go back to: named by the link, or the one that the link stood on."""
    page = page_at(request, request.GET.get("next", "")) or page_before(request, default="")
    return "" if page.partition("?")[0] == request.path else page
