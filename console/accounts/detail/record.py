"""What this console did with one account, from the record of calls."""

from dataclasses import dataclass

from django.conf import settings

from console.accounts.services import subject_of
from console.calls.models import Call
from console.profiles.targets import Target
from console.team.models import FormerTeammate, User

MAX_SHOWN = 20


@dataclass(frozen=True, slots=True)
class RecordedWrite:
    """`by`: the e-mail address of who sent it; empty for the reader."""

    call: Call
    by: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The newest writes to an account. `is_whole`: of everybody; else the reader's own."""

    writes: list[RecordedWrite]
    is_whole: bool
    has_more: bool
    days: int  # that calls are kept


def record_of(user: User, target: Target, account_id: str) -> Record:
    """What `user` may see of it: an administrator everybody's, all others their own."""
    calls = Call.objects.about(subject_of(target, account_id))
    if not user.is_superuser:
        calls = calls.visible_to(user)
    found = list(calls[: MAX_SHOWN + 1])
    names = _names([call for call in found if call.user_id != user.pk])
    writes = [RecordedWrite(call, names.get(call.user_id, "")) for call in found[:MAX_SHOWN]]
    return Record(writes, user.is_superuser, len(found) > MAX_SHOWN, settings.CALLS_KEPT_DAYS)


def _names(calls: list[Call]) -> dict[object, str]:
    """The e-mail addresses of those who made `calls`, by id."""
    ids = {call.user_id for call in calls}
    if not ids:
        return {}
    names: dict[object, str] = dict.fromkeys(ids, "a former teammate")
    for people in (FormerTeammate.objects, User.objects):
        names |= dict(people.filter(pk__in=ids).values_list("pk", "email"))
    return names
