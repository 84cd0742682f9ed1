"""Each proxied call leaves a row, however it ends."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from console.calls import services
from console.calls.failures import page_status
from console.calls.models import Call
from console.calls.services import prune, record_call
from console.profiles.models import CredentialProfile
from console.upstream import errors
from tests.factories import DpaasProfileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile() -> CredentialProfile:
    return DpaasProfileFactory(name="Sandbox")


def record(profile: CredentialProfile, **facts: str) -> Any:
    given = {"operation": "list accounts", "method": "GET", "path": "/accounts"}
    return record_call(profile, **{**given, **facts})


def test_a_call_that_goes_well_leaves_what_its_timeline_shows(profile):
    with record(profile) as timeline:
        timeline.note("first byte", 12.3456)
        timeline.received_bytes, timeline.status = 512, 201
    call = Call.objects.get()
    assert (call.user_id, call.profile_id, call.system) == (profile.owner_id, profile.pk, "dpaas")
    assert (call.status, call.outcome, call.received_bytes) == (201, "ok", 512)
    assert call.timeline == [["first byte", 12.346]]
    assert call.milliseconds == timeline.total_ms == timeline.total_ms


def test_an_upstream_error_passes_and_leaves_its_word(profile):
    with pytest.raises(errors.Forbidden), record(profile):
        raise errors.Forbidden("DPaaS", status=403)
    call = Call.objects.get()
    assert (call.status, call.outcome) == (403, "forbidden")


def test_our_own_fault_is_recorded_too(profile):
    with pytest.raises(ZeroDivisionError), record(profile):
        raise ZeroDivisionError
    assert Call.objects.get().outcome == "broken"


def test_a_good_status_may_be_a_bad_outcome(profile):
    with record(profile) as timeline:
        timeline.status, timeline.outcome = 200, "graphql_errors"
    assert (Call.objects.get().status, Call.objects.get().outcome) == (200, "graphql_errors")


def test_long_words_are_cut_to_what_the_row_holds(profile):
    with record(profile, operation="o" * 500, path="/" * 500):
        pass
    call = Call.objects.get()
    assert (len(call.operation), len(call.path)) == (200, 300)


def test_a_row_outlives_its_profile(profile):
    with record(profile):
        pass
    profile.delete()
    assert Call.objects.get().profile_name == "Sandbox"


def test_old_rows_are_pruned(profile, settings, monkeypatch):
    settings.CALLS_KEPT_DAYS = 30
    for _ in range(3):
        with record(profile):
            pass
    old = Call.objects.order_by("pk")[:2].values_list("pk", flat=True)
    Call.objects.filter(pk__in=list(old)).update(at=timezone.now() - timedelta(days=31))
    monkeypatch.setattr(services, "MAX_PRUNED", 1)
    assert (prune(), prune(), prune()) == (1, 1, 0)
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.TimedOut, 504),
        (errors.ConnectionCut, 502),
        (errors.ResponseUnreadable, 502),
        (errors.Redirected, 502),
        (errors.HostUnknown, 502),
        (errors.TargetRefused, 502),
        (errors.UpstreamBusy, 503),
        (errors.SignInsLimited, 503),
        (errors.TokenWaitTimedOut, 503),
        (errors.CredentialNeedsOwner, 200),
        (errors.AccessExpired, 200),
        (errors.Forbidden, 200),
        (errors.NotFound, 200),
        (errors.RateLimited, 200),
        (errors.UpstreamFailed, 200),
    ],
)
def test_only_our_own_leg_is_a_failure_of_ours(error: type[errors.UpstreamError], status: int):
    assert page_status(error("DPaaS")) == status


def test_no_failure_is_200():
    assert page_status(None) == 200


# --- cut off --------------------------------------------------------------------------------------


def test_a_call_in_flight_when_its_process_ends_is_recorded_as_cut_off(profile):
    with record(profile) as timeline:
        timeline.note("connect", 1.0)
        services.record_cut_off_calls()
        call = Call.objects.get()
        assert (call.outcome, call.status, call.operation) == ("cut_off", None, "list accounts")
        assert call.timeline == [["connect", 1.0]]
        assert not call.succeeded


def test_a_call_that_ends_after_all_is_recorded_once_as_it_ended(profile):
    with record(profile) as timeline:
        services.record_cut_off_calls()
        services.record_cut_off_calls()
        timeline.status = 200
    assert (Call.objects.get().outcome, Call.objects.get().status) == ("ok", 200)
    services.record_cut_off_calls()
    assert Call.objects.count() == 1
