"""The shapes of DPaaS's REST responses: errors, the list envelope, input checks.

Source: the vendor's "Your First API Call"; where it says nothing, this is the strict choice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.data import Row, utc
from sandbox.messages import ErrorResponse, Request, Response, json_response

DEFAULT_QUANTITY = 20
MAX_QUANTITY = 100
MAX_NAME_LENGTH = 100

Details = dict[str, list[str]]


def error(status: int, name: str, message: str, details: Details | None = None) -> ErrorResponse:
    """``{"error", "message"}``, and ``details`` where there are any."""
    body: dict[str, Any] = {"error": name, "message": message}
    if details:
        body["details"] = details
    return ErrorResponse(json_response(status, body))


def unauthorized(message: str = "Invalid or expired token") -> ErrorResponse:
    return error(401, "Unauthorized", message)


def forbidden() -> ErrorResponse:
    return error(403, "Forbidden", "Insufficient permissions")


def not_found(what: str = "Resource") -> ErrorResponse:
    return error(404, "NotFound", f"{what} not found")


def conflict(message: str) -> ErrorResponse:
    return error(409, "Conflict", message)


def invalid(details: Details) -> ErrorResponse:
    return error(422, "ValidationError", "Invalid input", details)


def json_body(request: Request) -> dict[str, Any]:
    """The JSON object sent; raises ErrorResponse (422) for anything else."""
    try:
        return request.json_object()
    except ValueError:
        raise invalid({"body": ["This must be a JSON object"]}) from None


def required_texts(request: Request, *names: str) -> list[str]:
    """These fields of the body; raises ErrorResponse (422) that names each missing one."""
    body = json_body(request)
    details = {
        name: ["This field is required"]
        for name in names
        if not isinstance(body.get(name), str) or not body[name]
    }
    if details:
        raise invalid(details)
    return [body[name] for name in names]


def page_response(rows: Sequence[Row], request: Request) -> Response:
    """``{"total","page","results"}`` for ``page``, ``quantity`` and ``order_by``."""
    query = request.query
    details: Details = {}
    page = _whole_number(query.get("page", "1"), "page", None, details)
    quantity = _whole_number(
        query.get("quantity", str(DEFAULT_QUANTITY)), "quantity", MAX_QUANTITY, details
    )
    order_by = query.get("order_by", "-created_at")
    if rows and order_by.removeprefix("-") not in rows[0]:
        details["order_by"] = ["This is not a field to sort by"]
    if details:
        raise invalid(details)
    start = (page - 1) * quantity
    results = _ordered(rows, order_by)[start : start + quantity]
    return json_response(200, {"total": len(rows), "page": page, "results": results})


def _whole_number(text: str, name: str, maximum: int | None, details: Details) -> int:
    number = int(text) if text.isdecimal() and len(text) < 10 else 0
    if number < 1:
        details[name] = ["This must be a whole number of at least 1"]
    elif maximum is not None and number > maximum:
        details[name] = [f"This must be at most {maximum}"]
    return number


def _ordered(rows: Sequence[Row], order_by: str) -> list[Row]:
    name = order_by.removeprefix("-")

    def key(row: Row) -> tuple[bool, str, str]:
        value = row[name]
        return value is not None, str(value), row["id"]

    return sorted(rows, key=key, reverse=order_by.startswith("-"))


def account_changes(body: dict[str, Any], *, name_required: bool) -> Row:
    """The fields of an account that a client may set; raises ErrorResponse (422)."""
    details: Details = {}
    checks_name = "name" in body or name_required
    if checks_name and (problem := _name_problem(body.get("name"))):
        details["name"] = [problem]
    for flag in ("is_default", "is_active"):
        if flag in body and not isinstance(body[flag], bool):
            details[flag] = ["This must be true or false"]
    if not isinstance(body.get("metadata", {}), dict):
        details["metadata"] = ["This must be an object"]
    if details:
        raise invalid(details)
    settable = ("name", "is_default", "is_active", "metadata")
    return {name: body[name] for name in settable if name in body}


def _name_problem(name: Any) -> str | None:
    if name is None:
        return "This field is required"
    if not isinstance(name, str):
        return "This must be a text"
    if not name.strip():
        return "This field may not be blank"
    if len(name) > MAX_NAME_LENGTH:
        return f"Ensure this field has no more than {MAX_NAME_LENGTH} characters"
    return None


def now() -> str:
    """The current time as DPaaS writes it."""
    return utc(datetime.now(UTC))
