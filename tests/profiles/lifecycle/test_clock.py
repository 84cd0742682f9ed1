"""The database's clock counts, however wrong the clock of the process is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.database.clock import seconds_from_now
from console.profiles.lifecycle import lease as leases
from console.upstream.errors import UpstreamFailed
from tests.profiles.conftest import TokensOf
from tests.profiles.lifecycle.rows import change, row_of

AHEAD = timedelta(hours=5)


@pytest.fixture
def clock_ahead(transactional_db: None) -> Iterator[None]:
    """SQLite takes our STRFTIME for its own: its clock goes five hours ahead of ours."""

    def strftime(form: str, when: str) -> str:
        assert (form, when) == ("%Y-%m-%d %H:%M:%f000", "now")
        return f"{datetime.now(UTC) + AHEAD:%Y-%m-%d %H:%M:%S.%f}"

    connection.ensure_connection()
    connection.connection.create_function("STRFTIME", 2, strftime)
    yield
    connection.close()  # the function goes with it


@pytest.mark.usefixtures("clock_ahead")
def test_a_process_whose_clock_is_hours_slow_reckons_with_the_database_s(
    dpaas, dpaas_profile, tokens: TokensOf
):
    tokens(dpaas_profile).access_token()
    row = leases.read(dpaas_profile.pk)
    assert row is not None
    assert row.access_expires_at is not None
    assert row.now - datetime.now(UTC) > AHEAD - timedelta(minutes=1)
    assert 890 < (row.access_expires_at - row.now).total_seconds() <= 900
    assert tokens(dpaas_profile).access_token().generation == 1
    dpaas.faults.add(route="/authentication/*", status=503, times=None)
    ran_out = row.now - timedelta(seconds=1)
    times = dict.fromkeys(["advisory_refresh_at", "access_expires_at"], ran_out)
    type(row).objects.filter(pk=row.pk).update(**times)
    with pytest.raises(UpstreamFailed):
        tokens(dpaas_profile).access_token()


@pytest.mark.usefixtures("clock_ahead")
def test_a_lease_ends_by_the_database_s_clock(dpaas_profile, tokens: TokensOf):
    assert leases.claim(row_of(dpaas_profile)) is not None  # and then the process died
    change(dpaas_profile, lease_until=seconds_from_now(-1))
    assert tokens(dpaas_profile).access_token().generation == 1
