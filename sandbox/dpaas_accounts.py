"""The accounts of DPaaS: list, create, read, change, soft delete."""

import secrets
import threading
from collections.abc import Callable

from sandbox.data import Row
from sandbox.dpaas_data import DpaasData
from sandbox.dpaas_rest import (
    account_changes,
    conflict,
    forbidden,
    json_body,
    not_found,
    now,
    page_response,
)
from sandbox.messages import Request, Response, json_response
from sandbox.people import DpaasPerson
from sandbox.stats import Stats


class Accounts:
    """Routes under ``/accounts``. A person sees only their own organization."""

    def __init__(self, data: DpaasData, stats: Stats, *, same_names: Callable[[], bool]) -> None:
        self._data = data
        self._stats = stats
        self._same_names = same_names
        self._lock = threading.RLock()

    def listing(self, request: Request, person: DpaasPerson) -> Response:
        with self._lock:
            return page_response(self._visible(request, person), request)

    def create(self, request: Request, person: DpaasPerson) -> Response:
        if not person.may_create:
            raise forbidden()
        changes = account_changes(json_body(request), name_required=True)
        with self._lock:
            self._require_free_name(changes["name"], person)
            account = self._new_account(person)
            self._data.accounts.append(account)
            self._update(account, changes)
            self._stats.count("creates")
            return json_response(201, account)

    def read(self, request: Request, person: DpaasPerson, identifier: str) -> Response:
        with self._lock:
            return json_response(200, self._one(request, person, identifier))

    def change(self, request: Request, person: DpaasPerson, identifier: str) -> Response:
        """PATCH changes the fields that are sent; PUT must include the name."""
        if not person.may_create:
            raise forbidden()
        changes = account_changes(json_body(request), name_required=request.method == "PUT")
        with self._lock:
            account = self._one(request, person, identifier)
            if changes.get("name", account["name"]) != account["name"]:
                self._require_free_name(changes["name"], person)
            self._update(account, {**changes, "updated_at": now()})
            return json_response(200, account)

    def delete(self, request: Request, person: DpaasPerson, identifier: str) -> Response:
        """Soft delete: administrators can still list the account."""
        if not person.may_create:
            raise forbidden()
        with self._lock:
            account = self._one(request, person, identifier)
            if account["is_default"]:
                raise conflict("The default account cannot be deleted")
            account.update(is_active=False, updated_at=now())
            self._data.deleted.add(account["id"])
            return Response(204)

    def _visible(self, request: Request, person: DpaasPerson) -> list[Row]:
        with_deleted = request.query.get("include_deleted") == "true"
        if with_deleted and not person.is_admin:
            raise forbidden()
        organization = self._data.organizations[person.organization_slug]
        return [
            account
            for account in self._data.accounts
            if account["organization_id"] == organization["id"]
            and (with_deleted or account["id"] not in self._data.deleted)
        ]

    def _one(self, request: Request, person: DpaasPerson, identifier: str) -> Row:
        for account in self._visible(request, person):
            if account["id"] == identifier:
                return account
        raise not_found("Account")

    def _require_free_name(self, name: str, person: DpaasPerson) -> None:
        if self._same_names():
            return
        organization = self._data.organizations[person.organization_slug]
        for account in self._data.accounts:
            taken = account["name"] == name and account["id"] not in self._data.deleted
            if taken and account["organization_id"] == organization["id"]:
                raise conflict("An account with this name already exists")

    def _new_account(self, person: DpaasPerson) -> Row:
        moment = now()
        return {
            "id": f"acc-{secrets.token_hex(6)}",
            "name": "",
            "organization_id": self._data.organizations[person.organization_slug]["id"],
            "is_default": False,
            "is_active": True,
            "metadata": {},
            "created_at": moment,
            "updated_at": moment,
        }

    def _update(self, account: Row, changes: Row) -> None:
        """An organization has one default account: a new one replaces the old."""
        if changes.get("is_default"):
            for other in self._data.accounts:
                if other["organization_id"] == account["organization_id"]:
                    other["is_default"] = False
        account.update(changes)
