"""A job from its start to its end: each row is sent once, and told as it is."""

import pytest

from console.accounts.bulk import jobs
from console.accounts.bulk.models import JobState
from tests.accounts.bulk.conftest import names_at, outcomes, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.both_databases
def test_each_row_of_a_job_creates_one_account(start_job, dpaas):
    names = [f"Customer {number}" for number in range(12)]
    job = work(start_job(*names))
    assert job.state == JobState.DONE
    assert set(outcomes(job).values()) == {"done"}
    assert [names_at(dpaas).count(name) for name in names] == [1] * 12
    ids = {account["name"]: account["id"] for account in dpaas.data.accounts}
    assert {row.account_id for row in job.rows.all()} == {ids[name] for name in names}
    progress = jobs.progress(job)
    assert (progress.total, progress.done, progress.settled) == (12, 12, 12)
