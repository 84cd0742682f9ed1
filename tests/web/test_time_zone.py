"""Times stand in the reader's zone, and tell UTC too."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from console.graphql.library.parameters import FIELDS
from console.team.models import User
from console.web.templatetags.ui import moment, moment_and_age
from tests.factories import CallFactory
from tests.services.profiles import text

MOMENT = datetime(2026, 3, 1, 2, 5, 9, tzinfo=UTC)
EXACT = '<time datetime="2026-03-01T02:05:09Z" title="Sunday 1 March 2026, 02:05:09 UTC">'
SAO_PAULO = "America/Sao_Paulo"


def shown(client: Client, **headers: str) -> tuple[str, str]:
    """A time on a page, and what its foot says of all."""
    page = text(client.get("/calls/", headers=headers))
    [time] = re.findall(r'data-label="When">(.*?)</td>', page)
    [foot] = re.findall(r'<footer class="foot">(.*?)</footer>', page)
    return time, foot


@pytest.fixture
def reader(signed_in: Client, ana: User) -> Client:
    CallFactory(user=ana, at=MOMENT)
    return signed_in


def test_without_a_zone_it_is_utc_and_says_so(reader: Client) -> None:
    assert shown(reader) == (f"{EXACT}1 Mar 2026, 02:05:09</time>", "All times are in UTC.")


def test_the_zone_of_the_browser_is_used(reader: Client) -> None:
    reader.cookies["time_zone"] = SAO_PAULO
    time, foot = shown(reader)
    assert time == f"{EXACT}28 Feb 2026, 23:05:09</time>"
    assert foot.startswith(f"All times are in {SAO_PAULO}.")


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "America", "../../etc/passwd", "/etc/passwd", "x" * 5000, "", "é"]
)
def test_a_zone_that_is_none_is_utc(reader: Client, zone: str) -> None:
    reader.cookies["time_zone"] = zone
    assert shown(reader)[1] == "All times are in UTC."


def test_no_zone_stays_for_the_next_reader(reader: Client) -> None:
    reader.cookies["time_zone"] = SAO_PAULO
    shown(reader)
    del reader.cookies["time_zone"]
    assert shown(reader)[1] == "All times are in UTC."


def test_a_part_stands_in_the_zone_of_its_page(reader: Client) -> None:
    page = text(reader.get("/calls/"))
    assert """hx-headers='{"X-Time-Zone": "UTC"}'""" in page
    reader.cookies["time_zone"] = SAO_PAULO  # another tab has told it meanwhile
    headers = {"HX-Request": "true", "HX-Target": "calls-list", "X-Time-Zone": "UTC"}
    part = text(reader.get("/calls/", headers=headers))
    assert "1 Mar 2026, 02:05:09" in part


@pytest.mark.parametrize(
    ("hours", "day"), [(0, "Today"), (24, "Yesterday"), (48, r"\d+ \w+ \d+"), (-24, r"\d+ \w+ \d+")]
)
def test_days_that_are_near_are_named(hours: int, day: str) -> None:
    with timezone.override(ZoneInfo("Pacific/Kiritimati")):  # UTC+14: often another day
        at = timezone.now() - timedelta(hours=hours)
        assert re.search(rf">{day}, \d\d:\d\d</time>", str(moment(at, relative=True)))
        assert not re.search("Today|Yesterday", str(moment(at)))


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=5), "less than a minute ago"),
        (timedelta(minutes=3, seconds=5), "3 minutes ago"),
        (timedelta(days=2, hours=5), "2 days ago"),
    ],
)
def test_an_age_is_told(ago: timedelta, told: str) -> None:
    shown = str(moment_and_age(timezone.now() - ago)).replace("\xa0", " ")
    assert shown.endswith(f'<span class="soft">{told}</span>')


def test_what_is_still_to_come_has_no_age() -> None:
    assert str(moment_and_age(timezone.now() + timedelta(hours=1))).endswith("</time>")


def test_a_reports_date_and_time_stay_utc_as_its_field_says() -> None:
    field = FIELDS["moment"](required=True)
    with timezone.override(ZoneInfo(SAO_PAULO)):
        assert field.as_json(field.clean("2026-01-31T14:30:00")) == '"2026-01-31T14:30:00Z"'
        assert str(field.prepare_value(MOMENT)).startswith("2026-03-01 02:05:09")
