"""The resolvers of Dxtra's fields."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLResolveInfo

from sandbox.data import Row, utc
from sandbox.dxtra_data import DxtraData, events, hasura_time
from sandbox.hasura_errors import ActionError, HasuraError
from sandbox.hasura_rows import by_id, select
from sandbox.people import DxtraPerson
from sandbox.stats import Stats

DEFAULT_EVENTS = 100
INSERTED_OBJECTS = "$.selectionSet.insert_dataSubjects.args.objects"
DUPLICATE_DID = (
    'Uniqueness violation. duplicate key value violates unique constraint "dataSubjects_did_key"'
)
PERMISSION_CHECK_FAILED = "check constraint of an insert/update permission has failed"


@dataclass(frozen=True)
class Context:
    """The data, the person and the role of one request."""

    data: DxtraData
    person: DxtraPerson
    role: str
    stats: Stats


Info = GraphQLResolveInfo[Context]


def data_controllers(_: Any, info: Info, **arguments: Any) -> list[Row]:
    return select(info.context.data.controllers, **arguments)


def data_controller(_: Any, info: Info, id: str) -> Row | None:
    return by_id(info.context.data.controllers, id)


def data_subjects(_: Any, info: Info, **arguments: Any) -> list[Row]:
    return select(info.context.data.subjects, **arguments)


def data_subject(_: Any, info: Info, id: str) -> Row | None:
    return by_id(info.context.data.subjects, id)


def data_subjects_aggregate(_: Any, info: Info, **arguments: Any) -> Row:
    rows = select(info.context.data.subjects, **arguments)
    return {"aggregate": {"count": len(rows)}, "nodes": rows}


def consents(_: Any, info: Info, **arguments: Any) -> list[Row]:
    return select(info.context.data.consents, **arguments)


def users(_: Any, info: Info, **arguments: Any) -> list[Row]:
    """In the role ``me`` a person sees only themselves."""
    rows = info.context.data.users
    if info.context.role == "me":
        rows = [row for row in rows if row["id"] == info.context.person.user_id]
    return select(rows, **arguments)


def user(_: Any, info: Info, id: str) -> Row | None:
    return by_id(users(_, info), id)


def all_events(
    _: Any, info: Info, limit: int | None = None, offset: int | None = None
) -> list[Row]:
    count = DEFAULT_EVENTS if limit is None else limit
    return list(events(info.context.data.subjects, offset or 0, count))


def compliance_status(_: Any, info: Info, dataControllerId: str) -> Row:  # noqa: N803
    """An action: it reports failure in ``status``, not in ``errors``."""
    controller = by_id(info.context.data.controllers, dataControllerId)
    if controller is None:
        return {"status": "error", "message": "No such data controller", "data": None}
    subjects = [
        subject
        for subject in info.context.data.subjects
        if subject["dataControllerId"] == controller["id"]
    ]
    data = {"title": controller["title"], "dataSubjects": len(subjects)}
    return {"status": "success", "message": "Checked", "data": data}


def controller_of(subject: Row, info: Info) -> Row | None:
    return by_id(info.context.data.controllers, subject["dataControllerId"])


def consents_of(subject: Row, info: Info, **arguments: Any) -> list[Row]:
    own = [row for row in info.context.data.consents if row["dataSubjectId"] == subject["id"]]
    return select(own, **arguments)


def external_id(subject: Row, _: Info) -> Any:
    return subject["did"]


def risk_score(subject: Row, _: Info) -> int:
    """A remote schema's field; it fails for about one subject in sixteen."""
    if subject["id"].startswith("0"):
        raise RuntimeError("the remote schema did not answer")
    return int(subject["id"][:4], 16) % 100


def insert_data_subjects(_: Any, info: Info, objects: list[Row]) -> Row:
    """Inserts all rows or none."""
    data = info.context.data
    with data.lock:
        rows = [_new_subject(data, values) for values in objects]
        dids = [row["did"] for row in (*data.subjects, *rows)]
        if len(set(dids)) < len(dids):
            raise HasuraError("constraint-violation", DUPLICATE_DID, INSERTED_OBJECTS)
        data.subjects.extend(rows)
    for _row in rows:
        info.context.stats.count("creates")
    return {"affected_rows": len(rows), "returning": rows}


def _new_subject(data: DxtraData, values: Row) -> Row:
    if by_id(data.controllers, values["dataControllerId"]) is None:
        raise HasuraError("permission-error", PERMISSION_CHECK_FAILED, INSERTED_OBJECTS)
    defaults = {"id": str(uuid.uuid4()), "displayName": None, "email": None, "isErased": False}
    return {**defaults, **values, "createdAt": hasura_time(utc(datetime.now(UTC)))}


def update_consent(_: Any, info: Info, pk_columns: Row, _set: Row) -> Row | None:
    """Null if no row has that key."""
    data = info.context.data
    with data.lock:
        consent = by_id(data.consents, pk_columns["id"])
        if consent is not None:
            consent.update(_set, updatedAt=hasura_time(utc(datetime.now(UTC))))
        return consent


def request_export(_: Any, info: Info, dataSubjectId: str) -> Row:  # noqa: N803
    subject = by_id(info.context.data.subjects, dataSubjectId)
    if subject is None:
        return {"status": "error", "message": "No such data subject", "data": None}
    data = {"exportId": str(uuid.uuid4()), "did": subject["did"]}
    return {"status": "success", "message": "Export requested", "data": data}


def erase(_: Any, info: Info, dataSubjectId: str) -> Row:  # noqa: N803
    """Never erases: the first subject is under legal hold, the others await approval."""
    subjects = info.context.data.subjects
    if by_id(subjects, dataSubjectId) is subjects[0]:
        raise ActionError("This data subject is under legal hold", {"reason": "legal-hold"})
    return {"status": "success", "message": "Waiting for approval", "data": None}


RESOLVERS = {
    ("query_root", "dataControllers"): data_controllers,
    ("query_root", "dataController"): data_controller,
    ("query_root", "dataSubjects"): data_subjects,
    ("query_root", "dataSubject"): data_subject,
    ("query_root", "dataSubjects_aggregate"): data_subjects_aggregate,
    ("query_root", "dataSubjectConsentFormValues"): consents,
    ("query_root", "users"): users,
    ("query_root", "user"): user,
    ("query_root", "events"): all_events,
    ("query_root", "complianceStatus"): compliance_status,
    ("dataSubjects", "dataController"): controller_of,
    ("dataSubjects", "dataSubjectConsentFormValues"): consents_of,
    ("dataSubjects", "riskScore"): risk_score,
    ("dataSubjects", "externalId"): external_id,
    ("mutation_root", "insert_dataSubjects"): insert_data_subjects,
    ("mutation_root", "updateDataSubjectConsentFormValue"): update_consent,
    ("mutation_root", "requestDataSubjectExport"): request_export,
    ("mutation_root", "eraseDataSubject"): erase,
}
