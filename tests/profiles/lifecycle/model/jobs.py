"""What a process of the console can be asked to do, with the console's own services."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from console.profiles import services
from console.profiles.clients import egress, tokens_of
from console.profiles.editing import saving
from console.profiles.lifecycle import lease as leases
from console.profiles.models import CredentialProfile
from console.upstream.network.request import Request
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.upstream.timeline import Timeline
from console.vault.columns import sealed_columns
from console.vault.secret import Secret


class Task(Enum):
    CALL = "calls the API"
    BY_HAND = "refreshes by hand"
    EDIT = "edits"
    SIGN_OUT = "signs out"
    DELETE = "deletes"
    RESEAL = "seals anew"


@dataclass
class Claim:
    """The lease that a process holds, as its claim was seen in the row."""

    owner: uuid.UUID
    epoch: int
    prior_state: str
    unsent: bool = False  # the refresh under it was certainly not sent
    refused: bool = False  # the sign-in under it was refused


@dataclass
class Job:
    """One task with one profile, and what the model has seen of it so far."""

    task: Task
    pk: uuid.UUID
    work: Callable[[], None]
    secret: str | None = None  # typed by an edit
    ended: str = ""  # "done", "died", or the kind of an UpstreamError
    status: int = 0  # of the API's last answer
    last_statement: datetime | None = None
    claim: Claim | None = None
    refused: int | None = None  # the generation that the API refused as expired
    proved: int | None = None  # the newer one that it accepted then

    @property
    def automatic(self) -> bool:
        return self.task is Task.CALL

    @property
    def by_owner(self) -> bool:
        return self.task in (Task.EDIT, Task.SIGN_OUT, Task.DELETE)

    def __str__(self) -> str:
        return f"{self.task.value} with {str(self.pk)[:4]}"


def call(pk: uuid.UUID) -> Job:
    def work() -> None:
        row = CredentialProfile.objects.with_clock().filter(pk=pk).first()
        if row is None:
            return
        timeline = Timeline()
        session = AuthorizedSession(egress(), tokens_of(row, timeline), timeline, deadline=20.0)
        url = row.graphql_url or f"{row.base_url}/accounts"
        request = Request("GET", url, system=row.get_kind_display(), idempotent=True)
        job.status = session.send(request, is_expired=lambda answer: answer.status == 401).status

    job = Job(Task.CALL, pk, work)
    return job


def refresh_by_hand(pk: uuid.UUID) -> Job:
    return Job(Task.BY_HAND, pk, lambda: _with(pk, services.refresh_now))


def sign_out(pk: uuid.UUID) -> Job:
    return Job(Task.SIGN_OUT, pk, lambda: _with(pk, services.sign_out_profile))


def delete(pk: uuid.UUID) -> Job:
    return Job(Task.DELETE, pk, lambda: _with(pk, services.delete_profile))


def edit(pk: uuid.UUID, *, secret: str | None, check: bool, address: str = "") -> Job:
    """Edit what the form holds; `secret` None keeps the stored one, `address` "" the place."""

    def work(row: CredentialProfile) -> None:
        if address and row.kind == System.DPAAS:
            row.base_url = address
        elif address:
            row.auth_url = address
        row.role = "" if row.role else "user"
        typed = Secret(secret) if secret else None
        checked = saving.check_credential(row, typed) if check else None
        with suppress(saving.EditedMeanwhile):  # deleted, or moved to another server
            saving.save_profile(row, secret=typed, checked=checked)

    return Job(Task.EDIT, pk, lambda: _with(pk, work), secret=secret)


def reseal(pk: uuid.UUID) -> Job:
    """What a rotation of the keyset does to a row."""

    def work() -> None:
        for column in sealed_columns():
            if column.model is CredentialProfile:
                column.reseal(pk)

    return Job(Task.RESEAL, pk, work)


def _with(pk: uuid.UUID, work: Callable[[CredentialProfile], object]) -> None:
    row = leases.read(pk)
    if row is not None:
        work(row)
