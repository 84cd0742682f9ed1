"""One task's share of a job: a slice of a few seconds, row after row, step by step.

Everything that is to be done stands in the database, and each step reads it anew: a click, another
worker or a restart changes what the next step does, and a step that was killed is done again.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from django.db import connections
from django.db.models import Exists, OuterRef

from console.accounts.bulk.models import Job, JobRow, JobState, RowState
from console.accounts.bulk.running import pacing
from console.accounts.bulk.running.claiming import claim
from console.accounts.bulk.running.doubts import doubt_interrupted
from console.accounts.bulk.running.existing import known_names
from console.accounts.bulk.running.looking import give_up, look
from console.accounts.bulk.running.sending import send
from console.accounts.bulk.running.storing import reject_waiting, store_rows
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import forget
from console.accounts.permissions import NOT_ALLOWED, may_create_accounts
from console.database.clock import DatabaseNow
from console.database.compiled import CompiledQuery
from console.database.connection import release_connection
from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state

SLICE_SECONDS = 5.0  # so that SIGTERM ends a worker, and jobs take turns
MAX_NAP_SECONDS = 1.0  # a longer pause is left to the queue
WAITING_FOR_OTHERS = 0.5  # seconds, as the next one
WHILE_ANOTHER_STORES = 0.5

CHANGED = "The profile was edited after this job was started. Check it, then resume the job."
DELETED = "The profile that this job was started with was deleted. Resume it with another one."
ELSEWHERE = "The profile leads to {target} now. Resume it with one that leads to {former}."

JOB = CompiledQuery(
    lambda job_id: Job.objects.filter(pk=job_id).annotate(database_now=DatabaseNow()).order_by()
)
PROFILE = CompiledQuery(lambda pk: CredentialProfile.objects.with_clock().filter(pk=pk).order_by())


def work(job_id: UUID, hands: int, *, lanes: int = 1) -> float | None:
    """Work on the job for a slice. Returns the seconds after which to go on; None: no more.

    `hands`: the number of the job's `hands` that the task was made for; it ends once that grew.
    `lanes`: rows in hand at the same time, so that one is written down while another is waited for.
    """
    job = JOB.first(job_id)
    if job is None or job.hands != hands:
        return None
    if job.state == JobState.RUNNING and not may_create_accounts(job.owner):
        pacing.pause(job, NOT_ALLOWED)
        return None
    doubt_interrupted(job)
    release_connection()
    until = time.monotonic() + SLICE_SECONDS
    with ThreadPoolExecutor(lanes, thread_name_prefix="bulk job") as pool:
        begun = [pool.submit(_work_in_lane, job_id, hands, until) for _ in range(lanes)]
    pauses = [lane.result() for lane in begun]
    return min((pause for pause in pauses if pause is not None), default=None)


def _work_in_lane(job_id: UUID, hands: int, until: float) -> float | None:
    """As work(), step after step until `until`, in seconds of time.monotonic()."""
    try:
        while True:
            pause = _step(job_id, hands)
            if pause is None or pause > MAX_NAP_SECONDS or time.monotonic() + pause > until:
                return pause
            if pause:
                release_connection()
                time.sleep(pause)
    finally:
        connections.close_all()


def _step(job_id: UUID, hands: int) -> float | None:
    """Do what comes next. Returns the seconds to wait then; None: the task ends."""
    job = JOB.first(job_id)
    if job is None or job.hands != hands or not job.is_active:
        return None
    pacing.beat(job)
    if job.wait_until is not None and (pause := pacing.seconds_until(job.wait_until, job)) > 0:
        is_due = job.look_at is not None and pacing.seconds_until(job.look_at, job) <= 0
        if not is_due:
            return pause
    profile = PROFILE.first(job.profile_id) if job.profile_id else None
    if job.state == JobState.RUNNING and (reason := _why_not(job, profile)):
        pacing.pause(job, reason)
        return None
    if job.sealed is not None:
        return _store(job, profile)
    if job.look_at is not None and pacing.seconds_until(job.look_at, job) <= 0:
        return _look(job, profile)
    if job.state == JobState.RUNNING:
        assert profile is not None
        return _send(job, profile)
    reject_waiting(job)  # one may have been put back after the job was stopped
    return _end(job)


def _why_not(job: Job, profile: CredentialProfile | None) -> str:
    """Why `profile` must not send the rows of `job`; empty if it may."""
    if profile is None or profile.owner_id != job.owner_id:
        return DELETED
    if profile.target != job.target:
        return ELSEWHERE.format(target=profile.target, former=job.target)
    return "" if credential_state(profile) == job.credential else CHANGED


def _store(job: Job, profile: CredentialProfile | None) -> float:
    """Store rows; those of a job that was stopped need not be compared with DPaaS."""
    is_stopped = job.state == JobState.STOPPED
    known = _nothing if is_stopped or profile is None else known_names(job, profile)
    if known is None or store_rows(job, known):
        return 0.0
    return WHILE_ANOTHER_STORES


def _nothing(names: list[str]) -> set[str]:
    return set()


def _look(job: Job, profile: CredentialProfile | None) -> float:
    if profile is None or _why_not(job, profile) not in ("", CHANGED):
        give_up(job)
    else:
        look(job, profile)
    return 0.0


def _send(job: Job, profile: CredentialProfile) -> float | None:
    if pause := pacing.take_turn(job):
        waiting = JobRow.objects.filter(job=job, state=RowState.WAITING)
        return pause if waiting.exists() else _end(job)
    row = claim(job)
    if row is None:
        return _end(job)
    send(row, profile)
    return 0.0


def _end(job: Job) -> float | None:
    """The job is over once no row is under way and none is looked for any more."""
    if JobRow.objects.filter(job=job, state=RowState.SENDING).exists():
        return WAITING_FOR_OTHERS
    if job.look_at is not None:
        return max(0.0, pacing.seconds_until(job.look_at, job))
    unfinished = JobRow.objects.filter(
        job=OuterRef("pk"), state__in=(RowState.WAITING, RowState.SENDING)
    )
    ended = Job.objects.filter(
        ~Exists(unfinished), pk=job.pk, state=job.state, look_at=None, finished_at=None
    )
    state = JobState.DONE if job.state == JobState.RUNNING else job.state
    ended.update(state=state, finished_at=DatabaseNow(), trouble="", wait_until=None, failures=0)
    if job.profile:
        forget(job.profile, ACCOUNTS)  # who searches the list finds what was written
    return 0.0
