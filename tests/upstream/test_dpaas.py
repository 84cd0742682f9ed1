"""DPaaS's lists and its create, against the sandbox and against odd answers."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.dpaas import Dpaas
from console.upstream.dpaas_records import Account, Member, account_from, member_from
from console.upstream.errors import (
    AccessExpired,
    Conflict,
    ConnectionCut,
    Forbidden,
    GatewayRefused,
    NotFound,
    ResponseUnreadable,
    TargetRefused,
    UpstreamError,
    UpstreamFailed,
    ValidationFailed,
)
from console.upstream.field_values import ABSENT, Odd
from console.upstream.grants import PasswordGrant
from console.upstream.json_text import value_in
from console.upstream.network.egress import Egress
from console.upstream.pages import Page, UnreadableRow, page_from
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
    """What a page of accounts and `create_account()` give where every answer is `data`."""
    with listening(answering(data)) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        upstream = Dpaas(session, server.url)
        return _caught(lambda: upstream.page("/accounts", account_from)), _caught(
            lambda: upstream.create_account("x", False)
        )


def _caught(ask: Any) -> Any:
    try:
        return ask()
    except UpstreamError as error:
        return error


def test_accounts_come_in_pages_and_in_order(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    first, second = (upstream.page("/accounts", account_from, n, 20, "name") for n in (1, 2))
    names = [account.name for account in first.items + second.items]
    assert (len(names), names) == (40, sorted(names))
    assert (first.first, first.last, second.first, second.last) == (1, 20, 21, 40)
    assert first.total == second.total == first.count
    assert (first.has_next, second.has_next) == (True, second.count > 40)


def test_a_page_past_the_last_is_empty(dpaas: DpaasUpstream) -> None:
    page = client(dpaas).page("/accounts", account_from, page=999)
    assert (page.items, page.first, page.last) == ((), 0, 0)


def test_so_is_one_that_is_not_found_and_the_first_is_missing(dpaas: DpaasUpstream) -> None:
    """Django REST framework answers 404 past the end."""
    dpaas.faults.add(route="GET /accounts", times=2, status=404, body={"detail": "Invalid page."})
    page = client(dpaas).page("/accounts", account_from, page=3)
    assert (page.items, page.has_next, page.total) == ((), False, None)
    with pytest.raises(NotFound):
        client(dpaas).page("/accounts", account_from)


def test_users_are_read(dpaas: DpaasUpstream) -> None:
    page = client(dpaas).page("/users", member_from, quantity=100)
    emails = [member.email for member in page.items]
    assert len(set(emails)) == len(emails) > 0
    assert {type(member.mfa_enabled) for member in page.items} == {bool}
    moments = [member.created_at for member in page.items if isinstance(member, Member)]
    assert {moment.tzinfo for moment in moments if isinstance(moment, datetime)} == {UTC}


@pytest.mark.parametrize("name", ["Zürich & Søn <b>", 'O\'Brien "x"', "名前", "a\\b", "🦊"])
def test_a_name_comes_back_as_it_was_sent(dpaas: DpaasUpstream, name: str) -> None:
    upstream = client(dpaas)
    made = upstream.create_account(name, False)
    assert (made.name, made.is_default) == (name, False)
    assert upstream.page("/accounts", account_from, quantity=1).items == (made,)


def test_an_expired_token_is_renewed_without_anybody_noticing(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    dpaas.expire("access")
    assert upstream.create_account("once", False).name == "once"
    assert dpaas.stats.counts.creates == 1


def test_a_token_that_stays_refused_is_told(dpaas: DpaasUpstream) -> None:
    upstream = client(dpaas)
    dpaas.faults.add(route="/accounts", status=401, times=None)
    with pytest.raises(AccessExpired):
        upstream.page("/accounts", account_from)


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
    assert "Check before you try again" in caught.value.sentence
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
        assert (
            len(Dpaas(session, server.url).page("/accounts", account_from, quantity=100).items)
            == 100
        )


def test_a_value_null_and_nothing_told_are_three_things() -> None:
    told = {"id": "a", "name": "", "is_default": None, "created_at": None, "updated_at": "soon"}
    (account,) = page_from({"results": [told]}, account_from, 1, 20).items
    assert account == Account("a", "", None, ABSENT, None, Odd("soon"))
    (member,) = page_from({"results": [{}]}, member_from, 1, 20).items
    assert member == Member(*[ABSENT] * 7)


@pytest.mark.parametrize(
    ("value", "read"),
    [("x", "x"), (7, "7"), (None, None), (True, Odd("true")), ({"a": [1]}, Odd('{"a": [1]}'))],
)
def test_a_name_of_another_kind_is_shown_as_it_came(value: object, read: object) -> None:
    (account,) = page_from({"results": [{"name": value}]}, account_from, 1, 20).items
    assert isinstance(account, Account)
    assert account.name == read


@pytest.mark.parametrize("odd", [None, 7, "x", [], True], ids=str)
def test_of_rows_of_which_one_is_odd_the_others_are_read(odd: object) -> None:
    rows = [{"id": "a"}, odd, {"name": "without an id"}]
    first, second, third = page_from({"total": 3, "results": rows}, account_from, 1, 20).items
    assert isinstance(first, Account)
    assert second == UnreadableRow(odd if isinstance(odd, str) else json.dumps(odd))
    assert isinstance(third, Account)
    assert (first.id, third.id, third.name) == ("a", ABSENT, "without an id")


@pytest.mark.parametrize("body", [b"null", b"[]", b'{"name": "x"}', b'{"id": null}', b'{"id": ""}'])
def test_a_create_that_is_answered_without_an_id_is_in_doubt(body: bytes) -> None:
    _, made = asking(answer(body, status="201 Created"))
    assert (type(made), made.may_have_happened) == (ResponseUnreadable, True)


# --- A create is sent once ------------------------------------------------------------------------

UNAUTHORIZED = {"error": "Unauthorized", "message": "Invalid or expired token"}
CHALLENGE = b'WWW-Authenticate: Bearer realm="api", error="invalid_token"\r\n'
NOTHING_RAN = {
    "DPaaS": answer(json.dumps(UNAUTHORIZED).encode(), status="401 No"),
    "FastAPI": answer(b'{"detail": "Could not validate credentials"}', status="401 No"),
    "simplejwt": answer(
        b'{"detail": "Given token not valid", "code": "token_not_valid", "messages": [{}]}',
        status="401 No",
    ),
    "Spring Security": answer(b"", status="401 No", head=CHALLENGE),
}
MAY_HAVE_CREATED = {
    "an account": {"id": "a1", "name": "x"},
    "an account and an error": {**UNAUTHORIZED, "id": "a1"},
    "data": {"data": {"id": "a1"}, **UNAUTHORIZED},
    "something beside the error": {**UNAUTHORIZED, "account": {}},
    "a lone message": {"message": "the audit log refused the token"},
    "nothing": b"",
    "a text": b"Unauthorized",
    "a list": [UNAUTHORIZED],
    "half of it": b'{"error": "Unauthorized", "message": "Inv',
}


@pytest.mark.parametrize("refused", NOTHING_RAN.values(), ids=NOTHING_RAN)
def test_a_create_that_was_certainly_not_carried_out_is_sent_again(refused: bytes) -> None:
    made = answer(b'{"id": "a1"}', status="201 Created")
    with listening(answering(refused, made)) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        assert Dpaas(session, server.url).create_account("x", False).id == "a1"
        assert len(server.requests) == 2


@pytest.mark.parametrize("body", MAY_HAVE_CREATED.values(), ids=MAY_HAVE_CREATED)
def test_a_create_that_may_have_been_carried_out_is_not_sent_again(body: Any) -> None:
    body, tokens = body if isinstance(body, bytes) else json.dumps(body).encode(), Tokens()
    with listening(answering(answer(body, status="401 No"))) as server:
        upstream = Dpaas(AuthorizedSession(egress_to(server), tokens, Timeline(), 10), server.url)
        found = _caught(lambda: upstream.create_account("x", False))
        assert (len(server.requests), tokens.renewals) == (1, [])
    assert (found.may_have_happened, "Check before you try again" in found.sentence) == (True, True)


@pytest.mark.parametrize("status", ["400 No", "403 No", "409 No", "422 No"])
def test_a_refusal_that_holds_the_account_leaves_the_create_in_doubt(status: str) -> None:
    body = {"error": "AuditFailed", "message": "m", "data": {"id": "a1", "name": "x"}}
    _, made = asking(answer(json.dumps(body).encode(), status=status))
    assert (type(made), made.may_have_happened) == (ResponseUnreadable, True)
    assert made.upstream_message == "m"


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_a_gateways_page_is_no_answer_of_dpaas_and_costs_no_token(status: str) -> None:
    page = answer(b"<html><body>nginx</body></html>", status=status)
    with listening(answering(page)) as server:
        tokens = Tokens()
        upstream = Dpaas(AuthorizedSession(egress_to(server), tokens, Timeline(), 10), server.url)
        listed = _caught(lambda: upstream.page("/accounts", account_from))
        created = _caught(lambda: upstream.create_account("x", False))
        assert {type(listed), type(created)} == {GatewayRefused}
        assert (tokens.renewals, len(server.requests)) == ([], 2)


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
        *[
            (odd, Odd(str(odd)))
            for odd in (
                "never",
                "",
                7,
                "0001-01-01T00:00:00+14:00",
                "0001-01-01T00:00:00Z",
                "9999-12-31T23:59:59-14:00",
            )
        ],
    ],
)
def test_a_time_is_read_as_aware_or_shown_as_it_came(given: object, moment: object) -> None:
    _, made = asking(answer(json.dumps({"id": "a", "created_at": given}).encode()))
    assert made.created_at == moment


def test_half_characters_and_nul_do_not_get_in() -> None:
    _, made = asking(answer(b'{"id": "a", "name": "x\\ud800y\\u0000z"}'))
    assert made.name == "x\ufffdy\ufffdz"


Q = 20
# total, page, quantity and rows that came; first and last row, count, whether more may follow,
# and how many rows the next page is asked for.
PAGES = {
    "full": ((41, 1, Q, 20), (1, 20, 41, True, 20)),
    "the last": ((41, 3, Q, 1), (41, 41, 41, False, 20)),
    "the last, full": ((40, 2, Q, 20), (21, 40, 40, False, 20)),
    "all": ((3, 1, Q, 3), (1, 3, 3, False, 20)),
    "none": ((0, 1, Q, 0), (0, 0, 0, False, 20)),
    "none of some": ((25, 1, Q, 0), (0, 0, 25, False, 20)),
    "capped": ((25, 1, Q, 10), (1, 10, 25, True, 10)),
    "capped, as the link asks": ((25, 2, 10, 10), (11, 20, 25, True, 10)),
    "capped, the last": ((25, 3, 10, 5), (21, 25, 25, False, 10)),
    "capped, by an old link": ((25, 2, Q, 10), (None, None, 25, True, 20)),
    "short in the middle": ((45, 2, Q, 10), (None, None, 45, True, 20)),
    "more than asked": ((75, 1, Q, 30), (1, 30, 75, True, 30)),
    "far more than asked": ((500, 1, Q, 150), (1, 150, 500, True, 100)),
    "all, whatever was asked": ((75, 2, Q, 75), (None, None, 75, False, 20)),
    "no total, full": ((None, 2, Q, 20), (21, 40, 40, True, 20)),
    "no total, short": ((None, 2, Q, 19), (21, 39, 39, False, 20)),
    "no total, perhaps capped": ((None, 1, Q, 10), (1, 10, 10, True, 10)),
    "total too small": ((5, 1, Q, 20), (1, 20, 20, True, 20)),
    "total far too small": ((0, 2, Q, 20), (21, 40, 40, True, 20)),
    "total too small, the last": ((1, 2, Q, 2), (21, 22, 22, False, 20)),
}


@pytest.mark.parametrize(("came", "shown"), PAGES.values(), ids=PAGES)
def test_a_page_is_computed_from_what_came(came: tuple[Any, ...], shown: tuple[Any, ...]) -> None:
    total, number, quantity, rows = came
    page = Page(total, number, quantity, ("row",) * rows)
    assert (page.first, page.last, page.count, page.has_next, page.next_quantity) == shown


@pytest.mark.parametrize("cap", [1, 3, 10, 19, 20, 30, 100, 1000])
@pytest.mark.parametrize("counts", ["truly", "nothing", "none", "as text"])
@pytest.mark.parametrize("rows", [0, 1, 20, 25, 40, 75])
def test_every_row_is_reached_by_the_links_once_and_by_its_number(
    rows: int, counts: str, cap: int
) -> None:
    """An upstream that sends at most `cap` rows; above 20 it ignores what was asked for."""
    seen: list[int] = []
    number, quantity, more = 1, 20, True
    while more:
        size = min(quantity, cap) if cap <= 20 else cap
        results = [{"row": n} for n in range(rows)][(number - 1) * size : number * size]
        total = {"truly": rows, "none": 0, "as text": str(rows)}.get(counts)
        page = page_from({"total": total, "results": results}, dict, number, quantity)
        for place, row in enumerate(page.items, start=page.first or 0):
            assert isinstance(row, dict)
            assert page.first is None or row["row"] + 1 == place
            seen.append(row["row"])
        number, quantity, more = number + 1, page.next_quantity, page.has_next
        assert number < 100
    assert seen == list(range(rows))


@pytest.mark.parametrize(
    ("told", "total"),
    [
        *((57, 57), ("57", 57), (57.0, 57), (True, None), (-1, None), ("many", None), (None, None)),
        *(([], None), (10**12, None), (10**400, None), ("9" * 400, None), (1e300, None)),
    ],
    ids=lambda each: str(each)[:20],
)
def test_a_total_is_a_number_in_any_spelling_or_none(told: object, total: int | None) -> None:
    assert page_from({"total": told, "results": [{}]}, dict, 1, 20).total == total


@pytest.mark.parametrize(
    ("told", "asked", "number"),
    [(3, 900, 3), ("3", 900, 3), (1, 2, 2), (0, 1, 1), (7, 2, 2), (None, 2, 2)],
)
def test_a_page_number_is_believed_if_it_is_the_last(told: object, asked: int, number: int) -> None:
    body = {"total": 41, "page": told, "results": [{}]}
    assert page_from(body, dict, asked, 20).page == number


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
        if isinstance(account, UnreadableRow):
            account.text.encode()
            continue
        for text in (account.id, account.name):
            (text.text if isinstance(text, Odd) else str(text)).encode()
        for moment in (account.created_at, account.updated_at):
            if isinstance(moment, datetime):
                moment.astimezone(timezone(timedelta(hours=14)))
                moment.astimezone(timezone(timedelta(hours=-14)))


# --- A good status is not yet a good answer -------------------------------------------------------


def changing(data: bytes, changes: bytes = b'{"name":"New"}') -> tuple[Any, Any]:
    """What a change of the account "acc-123" and its deletion give where every answer is `data`."""
    with listening(answering(data)) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        upstream = Dpaas(session, server.url)
        return _caught(lambda: upstream.change_account("acc-123", msgspec.Raw(changes))), _caught(
            lambda: upstream.delete_account("acc-123")
        )


FAILED = {
    "an error of DPaaS's": {"error": "Unauthorized", "message": "Invalid or expired token"},
    "errors": {"errors": [{"message": "Invalid or expired token"}]},
    "no success": {"success": False, "message": "Invalid or expired token"},
    "not ok": {"ok": False, "detail": "Invalid or expired token"},
}


@pytest.mark.parametrize("body", FAILED.values(), ids=FAILED)
def test_a_failure_under_200_is_no_success_and_is_quoted(body: object) -> None:
    data = answer(json.dumps(body).encode())
    listed, made = asking(data)
    changed, deleted = changing(data)
    for error in (listed, made, changed, deleted):
        assert isinstance(error, ResponseUnreadable)
        assert error.upstream_message == "Invalid or expired token"
    assert (made.may_have_happened, changed.may_have_happened) == (True, True)


PAGE = b"<!doctype html><title>Sign in</title>"


def test_a_web_page_under_200_is_no_success() -> None:
    changed, deleted = changing(answer(PAGE))
    assert (type(changed), type(deleted)) == (ResponseUnreadable, ResponseUnreadable)


def test_what_is_accepted_is_not_done_yet() -> None:
    changed, deleted = changing(answer(b"", status="202 Accepted"))
    assert (changed.may_have_happened, deleted.may_have_happened) == (True, True)


@pytest.mark.parametrize("body", [b"", b'"OK"', b"OK", b'{"message": "Deleted"}', b'{"ok": true}'])
def test_a_deletion_is_done_whatever_a_good_answer_says(body: bytes) -> None:
    assert changing(answer(body))[1] is None


UNLIKE = {
    "the name before": {"id": "acc-123", "name": "Old"},
    "another account": {"id": "acc-124", "name": "New"},
}


@pytest.mark.parametrize("body", UNLIKE.values(), ids=UNLIKE)
def test_a_change_whose_answer_does_not_show_it_is_in_doubt(body: object) -> None:
    changed, _ = changing(answer(json.dumps(body).encode()))
    assert (type(changed), changed.may_have_happened) == (ResponseUnreadable, True)


def test_a_flag_that_did_not_change_is_in_doubt() -> None:
    body = b'{"id": "acc-123", "is_active": true}'
    changed, _ = changing(answer(body), b'{"is_active":false}')
    assert (type(changed), changed.may_have_happened) == (ResponseUnreadable, True)


@pytest.mark.parametrize(
    "body",
    [
        {"id": "ACC-123", "name": " new\u00a0"},
        {"name": "Ne\uff57"},
        {"metadata": {"merged": 1}},
        {"message": "Changed"},
    ],
)
def test_a_change_that_comes_back_written_otherwise_is_done(body: object) -> None:
    changed, _ = changing(answer(json.dumps(body).encode()))
    assert not isinstance(changed, UpstreamError)


NUMBERS = b'{"id": "acc-123", "big": 1E400, "long": %s, "half": "\\ud800", "bad": "a\\udfffb"}'


def test_an_account_is_read_whatever_its_numbers_and_halves_of_characters() -> None:
    with listening(answering(answer(NUMBERS % (b"9" * 5000)))) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        fields = Dpaas(session, server.url).account("acc-123")
    assert bytes(fields["big"]) == b"1E400"
    assert bytes(fields["long"]) == b"9" * 5000
    assert (value_in(fields["half"]), value_in(fields["bad"])) == ("\ufffd", "a\ufffdb")


def test_an_account_with_nan_is_unreadable_and_says_where() -> None:
    with listening(answering(answer(b'{"id": "acc-123", "is_active": NaN}'))) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        error = _caught(lambda: Dpaas(session, server.url).account("acc-123"))
    assert "at line 1, column 32: NaN is not JSON" in error.sentence


@pytest.mark.parametrize("account_id", ["", ".", ".."])
def test_an_id_that_would_name_another_address_is_not_sent(account_id: str) -> None:
    with listening(answering(answer(b"{}"))) as server:
        session = AuthorizedSession(egress_to(server), Tokens(), Timeline(), 10)
        upstream = Dpaas(session, server.url)
        for ask in (
            lambda: upstream.account(account_id),
            lambda: upstream.change_account(account_id, msgspec.Raw(b"{}")),
            lambda: upstream.delete_account(account_id),
        ):
            assert isinstance(_caught(ask), TargetRefused)
        assert server.connections == 0
