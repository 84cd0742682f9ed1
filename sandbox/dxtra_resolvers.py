"""How Dxtra's fields get their values. ``info.context`` is a Context."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLResolveInfo

from sandbox.data import Row, utc
from sandbox.dxtra_data import DxtraData, events, hasura_time
from sandbox.hasura_errors import ActionError, HasuraError
from sandbox.hasura_rows import checked_uuid, select
from sandbox.people import DxtraPerson
from sandbox.stats import Stats

DEFAULT_EVENTS = 100


@dataclass(frozen=True)
class Context:
    """What one request may use."""

    data: DxtraData
    person: DxtraPerson
    role: str
    stats: Stats


def _data(info: GraphQLResolveInfo) -> DxtraData:
    context: Context = info.context
    return context.data


def _by_id(rows: list[Row], identifier: str) -> Row | None:
    wanted = checked_uuid(identifier)
    return next((row for row in rows if row["id"] == wanted), None)


def data_controllers(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> list[Row]:
    return select(_data(info).controllers, **arguments)


def data_controller(_: Any, info: GraphQLResolveInfo, id: str) -> Row | None:
    return _by_id(_data(info).controllers, id)


def data_subjects(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> list[Row]:
    return select(_data(info).subjects, **arguments)


def data_subject(_: Any, info: GraphQLResolveInfo, id: str) -> Row | None:
    return _by_id(_data(info).subjects, id)


def data_subjects_aggregate(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> Row:
    rows = select(_data(info).subjects, **arguments)
    return {"aggregate": {"count": len(rows)}, "nodes": rows}


def consents(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> list[Row]:
    return select(_data(info).consents, **arguments)


def users(_: Any, info: GraphQLResolveInfo, **arguments: Any) -> list[Row]:
    """A person in the role ``me`` sees themselves only."""
    context: Context = info.context
    rows = context.data.users
    if context.role == "me":
        rows = [row for row in rows if row["id"] == context.person.user_id]
    return select(rows, **arguments)


def user(_: Any, info: GraphQLResolveInfo, id: str) -> Row | None:
    return _by_id(users(_, info), id)


def all_events(
    _: Any, info: GraphQLResolveInfo, limit: int | None = None, offset: int | None = None
) -> list[Row]:
    count = DEFAULT_EVENTS if limit is None else limit
    return list(events(_data(info).subjects, offset or 0, count))


def compliance_status(_: Any, info: GraphQLResolveInfo, dataControllerId: str) -> Row:  # noqa: N803
    """An action: whether it went well stands in ``status``, not in ``errors``."""
    controller = _by_id(_data(info).controllers, dataControllerId)
    if controller is None:
        return {"status": "error", "message": "No such data controller", "data": None}
    subjects = [
        subject
        for subject in _data(info).subjects
        if subject["dataControllerId"] == controller["id"]
    ]
    data = {"title": controller["title"], "dataSubjects": len(subjects)}
    return {"status": "success", "message": "Checked", "data": data}


def controller_of(subject: Row, info: GraphQLResolveInfo) -> Row | None:
    return _by_id(_data(info).controllers, subject["dataControllerId"])


def consents_of(subject: Row, info: GraphQLResolveInfo, **arguments: Any) -> list[Row]:
    own = [row for row in _data(info).consents if row["dataSubjectId"] == subject["id"]]
    return select(own, **arguments)


def risk_score(subject: Row, _: GraphQLResolveInfo) -> int:
    """A remote schema's field; it fails for one subject in sixteen or so."""
    if subject["id"].startswith("0"):
        raise RuntimeError("the remote schema did not answer")
    return int(subject["id"][:4], 16) % 100


def insert_data_subjects(_: Any, info: GraphQLResolveInfo, objects: list[Row]) -> Row:
    """All or none."""
    data = _data(info)
    with data.lock:
        rows = [_new_subject(data, wanted) for wanted in objects]
        dids = [row["did"] for row in (*data.subjects, *rows)]
        if len(set(dids)) < len(dids):
            constraint = 'duplicate key value violates unique constraint "dataSubjects_did_key"'
            raise HasuraError(
                "constraint-violation",
                f"Uniqueness violation. {constraint}",
                "$.selectionSet.insert_dataSubjects.args.objects",
            )
        data.subjects.extend(rows)
    for _row in rows:
        info.context.stats.count("creates")
    return {"affected_rows": len(rows), "returning": rows}


def _new_subject(data: DxtraData, wanted: Row) -> Row:
    path = "$.selectionSet.insert_dataSubjects.args.objects"
    for column in ("did", "dataControllerId"):
        if wanted.get(column) is None:
            message = f'null value in column "{column}" of relation "dataSubjects"'
            message = f"Not-NULL violation. {message} violates not-null constraint"
            raise HasuraError("constraint-violation", message, path)
    if _by_id(data.controllers, wanted["dataControllerId"]) is None:
        message = "check constraint of an insert/update permission has failed"
        raise HasuraError("permission-error", message, path)
    blank = {"id": str(uuid.uuid4()), "displayName": None, "email": None, "isErased": False}
    return {**blank, **wanted, "createdAt": hasura_time(utc(datetime.now(UTC)))}


def update_consent(_: Any, info: GraphQLResolveInfo, pk_columns: Row, _set: Row) -> Row | None:
    """Null where nothing has that key."""
    data = _data(info)
    with data.lock:
        consent = _by_id(data.consents, pk_columns["id"])
        if consent is not None:
            consent.update(_set, updatedAt=hasura_time(utc(datetime.now(UTC))))
        return consent


def request_export(_: Any, info: GraphQLResolveInfo, dataSubjectId: str) -> Row:  # noqa: N803
    subject = _by_id(_data(info).subjects, dataSubjectId)
    if subject is None:
        return {"status": "error", "message": "No such data subject", "data": None}
    data = {"exportId": str(uuid.uuid4()), "did": subject["did"]}
    return {"status": "success", "message": "Export requested", "data": data}


def erase(_: Any, info: GraphQLResolveInfo, dataSubjectId: str) -> Row:  # noqa: N803
    """Never erases: the first subject is under legal hold, the others wait for approval."""
    subjects = _data(info).subjects
    if _by_id(subjects, dataSubjectId) is subjects[0]:
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
    ("mutation_root", "insert_dataSubjects"): insert_data_subjects,
    ("mutation_root", "updateDataSubjectConsentFormValue"): update_consent,
    ("mutation_root", "requestDataSubjectExport"): request_export,
    ("mutation_root", "eraseDataSubject"): erase,
}
