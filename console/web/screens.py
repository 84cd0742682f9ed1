"""One URL returns the page or, to htmx, the part of it that was requested."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

_PART_NAME = re.compile(r"[A-Za-z][\w-]{0,63}")


def render_screen(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    part: str = "",
) -> HttpResponse:
    """Render the page `template` or, to htmx, the part of it that htmx is going to replace.

    A part is a `{% partialdef name inline %}` whose name is the id of the element that it renders
    and replaces (`hx-target="#name"`, swapped by outerHTML). Boosted and history-restore
    requests, and targets that are no part of `template`, get the whole page. In the context of a
    part `is_part` is true. Django's messages are sent along with it, out of band. `part`: where
    htmx requested some part, send this one instead, to replace the element of its own name.
    """
    requested = _requested_part(request, template)
    name = (part or requested) if requested else ""
    if not name:
        response = HttpResponse(get_template(template).render(dict(context or {}), request))
    else:
        part_context = {**(context or {}), "is_part": True}
        html = get_template(f"{template}#{name}").render(part_context, request)
        response = HttpResponse(html + _messages_out_of_band(request))
        if status >= 400 or name != requested:
            _retarget(response, name)
    response.status_code = status
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ("HX-Request",))
    return response


def go_to(request: HttpRequest, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """Redirect as `django.shortcuts.redirect` does; htmx loads the whole page."""
    url = resolve_url(to, *args, **kwargs)
    return HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)


def is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx is going to put the response into the page that it stands on."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if htmx is None or not htmx:
        return False
    return not htmx.boosted and not htmx.history_restore_request


def _requested_part(request: HttpRequest, template: str) -> str | None:
    if not wants_part(request):
        return None
    target = request.headers.get("HX-Target", "")
    if not _PART_NAME.fullmatch(target):
        return None
    try:
        get_template(f"{template}#{target}")
    except TemplateDoesNotExist:
        return None
    return target


def _messages_out_of_band(request: HttpRequest) -> str:
    if not messages.get_messages(request):
        return ""
    return render_to_string("components/messages.html", {"out_of_band": True}, request)


def _retarget(response: HttpResponse, part: str) -> None:
    """Have htmx put the part into its own element: base.html sends failed responses to #notices.

    The address stays out of the browser's history.
    """
    response["HX-Retarget"] = f"#{part}"
    response["HX-Reswap"] = "outerHTML"
    response["HX-Push-Url"] = "false"
