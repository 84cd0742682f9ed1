"""The admin door under ``/__sandbox__/``: numbers, faults, expiry, options, reset."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.messages import Request, Response, json_response

if TYPE_CHECKING:
    from sandbox.upstream import Upstream

PREFIX = "/__sandbox__/"


def answer(upstream: Upstream[Any], request: Request) -> Response:
    """Answer a call of the door. It is neither counted nor subject to faults."""
    try:
        value = _act(upstream, request)
    except (TypeError, ValueError) as error:
        return json_response(400, {"error": str(error)})
    if value is None:
        return json_response(404, {"error": "no such door; see sandbox/README.md"})
    return json_response(200, value)


def _act(upstream: Upstream[Any], request: Request) -> Any:
    name = request.path.removeprefix(PREFIX)
    match request.method, name:
        case "GET", "stats":
            return upstream.snapshot()
        case "GET", "faults":
            return [asdict(fault) for fault in upstream.faults.listing()]
        case "POST", "faults":
            return asdict(upstream.faults.add(**request.json_object()))
        case "DELETE", "faults":
            upstream.faults.clear()
        case "POST", "reset":
            upstream.reset()
        case "POST", "expire":
            upstream.expire(**_wanted(request, "what", "email"))
        case "POST", "lifetime":
            wanted = _wanted(request, "access_seconds", "refresh_seconds")
            return upstream.set_lifetime(**wanted)
        case "POST", "credential":
            upstream.set_credential(**_wanted(request, "email", "accepted"))
        case "POST", "pair":
            pair = _wanted(request, "access", "refresh")
            return {"of_one_answer": upstream.sessions.are_of_one_answer(**pair)}
        case "POST", "options":
            return upstream.set_options(**request.json_object())
        case _:
            return None
    return {"done": True}


def _wanted(request: Request, *names: str) -> dict[str, Any]:
    value = request.json_object()
    if unknown := sorted(set(value) - set(names)):
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(names)}")
    return value
