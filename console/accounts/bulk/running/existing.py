"""The names that DPaaS has already, before the first row of a job is sent."""

from datetime import timedelta

from console.accounts.bulk.models import Job
from console.accounts.bulk.preparing import existing
from console.accounts.bulk.preparing.operations import CREATE
from console.accounts.bulk.running import pacing
from console.accounts.bulk.running.storing import Known
from console.profiles.models import CredentialProfile

# A list is read from its newest row on, and may have been read for another page a moment ago: what
# was created within this time before may be missing in it.
READING = timedelta(minutes=10)


def known_names(job: Job, profile: CredentialProfile) -> Known | None:
    """Those of some names that DPaaS has; None while its list is read still, or cannot be."""
    if job.operation != CREATE or job.sends_existing:
        return lambda names: set()
    accounts = existing.look(profile)
    if accounts.failure is not None:
        pacing.record_failure(job, accounts.failure)
        return None
    if accounts.is_reading:
        return None
    if accounts.is_complete:
        checked_at = accounts.walked.walk.read_at - READING
        Job.objects.filter(pk=job.pk).update(checked_at=checked_at)
    return lambda names: set(accounts.found(names))
