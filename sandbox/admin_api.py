"""The admin API under ``/__admin__/``: counters, faults, expiry, options, reset."""

from dataclasses import asdict
from typing import Any

from sandbox.controls import Controls
from sandbox.messages import Request, Response, json_response

PREFIX = "/__admin__/"


def respond(controls: Controls[Any], request: Request) -> Response:
    """Carry out an admin call. It is neither counted nor subject to faults."""
    try:
        result = _act(controls, request)
    except (TypeError, ValueError) as error:
        return json_response(400, {"error": str(error)})
    if result is None:
        return json_response(404, {"error": "no such admin call; see sandbox/README.md"})
    return json_response(200, result)


def _act(controls: Controls[Any], request: Request) -> Any:
    match request.method, request.path.removeprefix(PREFIX):
        case "GET", "stats":
            return controls.snapshot()
        case "GET", "faults":
            return [asdict(fault) for fault in controls.faults.remaining()]
        case "POST", "faults":
            return asdict(controls.faults.add(**request.json_object()))
        case "DELETE", "faults":
            controls.faults.clear()
        case "POST", "reset":
            controls.reset()
        case "POST", "expire":
            controls.expire(**request.json_object())
        case "POST", "lifetime":
            return controls.set_lifetime(**request.json_object())
        case "POST", "credential":
            controls.set_credential(**request.json_object())
        case "POST", "pair":
            together = controls.sessions.issued_together(**request.json_object())
            return {"issued_together": together}
        case "POST", "options":
            return controls.set_options(**request.json_object())
        case _:
            return None
    return {"done": True}
