"""DPaaS's lists and its create, against the sandbox and against odd answers."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.dpaas import Account, Dpaas, Page, account_from, page_from
from console.upstream.errors import (
    AccessExpired,
    Conflict,
    ConnectionCut,
    Forbidden,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
    ValidationFailed,
)
from console.upstream.grants import PasswordGrant
from console.upstream.network.egress import Egress
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from sandbox.dpaas import DpaasUpstream
from sandbox.people import AUDITOR_DPAAS, OPS_DPAAS, DpaasPerson
from tests.factories import AccountJSONFactory
from tests.upstream.clients import FetchedTokens, Tokens, egress_to
from tests.upstream.servers import answer, answering, listening
from tests.upstream.test_responses import json_values


def client(dpaas: DpaasUpstream, person: DpaasPerson = OPS_DPAAS) -> Dpaas:
    egress = Egress(allowed_origins=[dpaas.url], max_bytes=2**20)
    password = Secret(person.password)
    grant = PasswordGrant(dpaas.url, person.email, password, person.organization_slug)
    tokens = FetchedTokens(lambda: grant.fetch_token(egress, timeline=Timeline()).access_token)
    return Dpaas(AuthorizedSession(egress, tokens, Timeline(), 10), dpaas.url)


def asking(data: bytes) -> tuple[Any, Any]:
    """What `accounts()` and `create_account()` give where every answer is `data`."""
    with listening(answering(data)) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        upstream = Dpaas(session, server.url)
        return _caught(upstream.accounts), _caught(lambda: upstream.create_account("x", False))


def _caught(ask: Any) -> Any:
    try:
        return ask()
    except UpstreamError as error:
        return error


def test_accounts_come_in_pages_and_in_order(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    first, second = (upstream.accounts(page=n, quantity=20, order_by="name") for n in (1, 2))
    names = [account.name for account in first.items + second.items]
    assert (len(names), names) == (40, sorted(names))
    assert (first.first, first.last, second.first, second.last) == (1, 20, 21, 40)
    assert first.total == second.total > 40
    assert first.pages == -(-first.total // 20)


def test_a_page_past_the_last_is_empty(dpaas: DpaasUpstream) -> None:
    page = client(dpaas).accounts(page=999)
    assert (page.items, page.first, page.last) == ((), 0, 0)


def test_users_are_read(dpaas: DpaasUpstream) -> None:
    page = client(dpaas).users(quantity=100)
    emails = [member.email for member in page.items]
    assert len(set(emails)) == len(emails) > 0
    assert {type(member.mfa_enabled) for member in page.items} == {bool}
    assert {member.created_at.tzinfo for member in page.items if member.created_at} == {UTC}


@pytest.mark.parametrize("name", ["Zürich & Søn <b>", 'O\'Brien "x"', "名前", "a\\b", "🦊"])
def test_a_name_comes_back_as_it_was_sent(dpaas: DpaasUpstream, name: str) -> None:
    upstream = client(dpaas)
    made = upstream.create_account(name, False)
    assert (made.name, made.is_default) == (name, False)
    assert upstream.accounts(quantity=1).items == (made,)


def test_an_expired_token_is_renewed_without_anybody_noticing(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    dpaas.expire("access")
    assert upstream.create_account("once", False).name == "once"
    assert dpaas.stats.counts.creates == 1


def test_a_token_that_stays_refused_is_told(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    dpaas.faults.add(route="/accounts", status=401, times=None)
    with pytest.raises(AccessExpired):
        upstream.accounts()


def test_an_empty_name_is_refused_with_its_field(dpaas: DpaasUpstream) -> None:
    with pytest.raises(ValidationFailed) as caught:
        client(dpaas).create_account("", False)
    assert list(caught.value.details) == ["name"]


def test_who_may_not_create_is_told_so(dpaas: DpaasUpstream) -> None:
    with pytest.raises(Forbidden):
        client(dpaas, AUDITOR_DPAAS).create_account("x", False)
    assert dpaas.stats.counts.creates == 0


def test_a_name_that_is_taken_is_a_conflict(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    upstream.create_account("twice", False)
    with pytest.raises(Conflict):
        upstream.create_account("twice", False)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"lose_answer": True}, ConnectionCut),
        ({"reset": True}, ConnectionCut),
        ({"cut_after": 5}, ConnectionCut),
        ({"status": 503, "work": True}, UpstreamFailed),
        ({"html": True, "work": True}, UpstreamFailed),
        ({"status": 200, "html": True, "work": True}, ResponseUnreadable),
        ({"status": 204, "body": "", "work": True}, ResponseUnreadable),
        ({"status": 201, "body": {"ok": True}, "work": True}, ResponseUnreadable),
    ],
)
def test_a_create_whose_answer_is_lost_was_sent_once_and_may_have_happened(
    dpaas: DpaasUpstream, fault: dict[str, Any], kind: type[UpstreamError]
) -> None:
    upstream = client(dpaas)
    dpaas.faults.add(route="POST /accounts", **fault)
    with pytest.raises(UpstreamError) as caught:
        upstream.create_account("maybe", False)
    assert (type(caught.value), caught.value.may_have_happened) == (kind, True)
    assert "look before you try again" in caught.value.sentence
    assert dpaas.stats.counts.creates == 1


FULL = {
    "id": "acc-123",
    "name": "Production",
    "organization_id": "org-456",
    "is_default": False,
    "is_active": True,
    "created_at": "2025-09-30T10:00:00Z",
    "updated_at": "2025-09-30T12:00:00+02:00",
    "metadata": {"extra": "keys are normal"},
}
TEN = datetime(2025, 9, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("status", ["200 OK", "201 Created"])
def test_a_create_is_answered_with_200_or_201(status: str) -> None:
    _, made = asking(answer(json.dumps(FULL).encode(), status=status))
    assert made == Account("acc-123", "Production", False, True, TEN, TEN)


def test_a_hundred_accounts_with_much_metadata_each_are_read() -> None:
    accounts = AccountJSONFactory.create_batch(100, metadata={"note": "é" * 4_000})
    body = json.dumps({"total": 100, "page": 1, "results": accounts}, ensure_ascii=False)
    with listening(answering(answer(body.encode()))) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        assert len(Dpaas(session, server.url).accounts(quantity=100).items) == 100


def test_keys_that_are_missing_are_not_made_up() -> None:
    page, made = asking(answer(b'{"id": 7, "results": [{"id": "a"}]}'))
    assert page == Page(1, 1, 20, (Account("a", "", None, None, None, None),))
    assert made == Account("7", "", None, None, None, None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "it holds no list of results"),
        (b'{"results": null}', "it holds no list of results"),
        (b'{"results": [7]}', "it holds something that is no record"),
        (b'{"results": [{"name": "x"}]}', "it holds a record without an id"),
        (b"<html>", "it is a web page, so probably not from the API itself"),
    ],
)
def test_a_list_in_another_shape_is_told_as_what_it_is(body: bytes, reason: str) -> None:
    page, _ = asking(answer(body))
    assert (type(page), page.reason) == (ResponseUnreadable, reason)


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2025-09-30T10:00:00Z", TEN),
        ("2025-09-30T10:00:00.000Z", TEN),
        ("2025-09-30T12:00:00+02:00", TEN),
        ("2025-09-30T10:00:00", TEN),
        ("2025-09-30 10:00:00", TEN),
        ("20250930T100000Z", TEN),
        (None, None),
        ("never", None),
        (7, None),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
    ],
)
def test_a_time_is_read_as_aware_or_not_at_all(given: object, moment: datetime | None) -> None:
    _, made = asking(answer(json.dumps({"id": "a", "created_at": given}).encode()))
    assert made.created_at == moment


def test_half_characters_and_nul_do_not_get_in() -> None:
    _, made = asking(answer(b'{"id": "a", "name": "x\\ud800y\\u0000z"}'))
    assert made.name == "x?y\ufffdz"


@pytest.mark.parametrize(
    ("total", "page", "shown"),
    [(0, 1, (1, 0, 0)), (1, 1, (1, 1, 1)), (41, 3, (3, 41, 41)), (40, 2, (2, 21, 21))],
)
def test_a_page_counts_its_rows_and_pages(
    total: int, page: int, shown: tuple[int, int, int]
) -> None:
    made = Page(total, page, 20, ("row",) * min(total, 1))
    assert (made.pages, made.first, made.last) == shown


def test_a_total_that_cannot_be_is_not_believed() -> None:
    page = page_from({"total": 1, "page": 2, "results": [{}, {}]}, lambda record: record, 2, 20)
    assert page.total == 22


def test_a_total_may_be_a_text() -> None:
    page = page_from({"total": "57", "page": "1", "results": [{}]}, lambda record: record, 1, 20)
    assert (page.total, page.page, page.pages) == (57, 1, 3)


@pytest.mark.parametrize(
    ("given", "rows", "shown"),
    [
        ({}, 20, (40, 3, True)),  # full: there may be a third page
        ({}, 19, (39, 2, False)),
        ({"total": 40}, 20, (40, 2, False)),
    ],
)
def test_without_a_total_a_full_page_may_have_a_next_one(
    given: dict[str, int], rows: int, shown: tuple[int, int, bool]
) -> None:
    page = page_from({**given, "results": [{}] * rows}, lambda record: record, 2, 20)
    assert (page.total, page.pages, page.open_ended) == shown


records = st.fixed_dictionaries(
    {"id": st.text(min_size=1) | st.integers()},
    optional={
        name: json_values | st.datetimes(timezones=st.just(timezone(timedelta(hours=-14)))).map(str)
        for name in ("name", "is_default", "created_at", "updated_at")
    },
)
envelopes = json_values | st.fixed_dictionaries(
    {"results": st.lists(records | json_values, max_size=3)},
    optional={"total": json_values, "page": json_values},
)


@given(envelopes)
def test_no_list_brings_the_reader_down(body: object) -> None:
    try:
        page = page_from(body, account_from, 1, 20)
    except ValueError:
        return
    for account in page.items:
        (account.id + account.name).encode()
        for moment in filter(None, (account.created_at, account.updated_at)):
            moment.astimezone(timezone(timedelta(hours=14)))
            moment.astimezone(timezone(timedelta(hours=-14)))
