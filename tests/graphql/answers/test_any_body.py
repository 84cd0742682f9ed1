"""Whatever comes can be shown, and nothing of it brings a page down."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.graphql.answers.exports import csv_file, xlsx_file
from console.graphql.answers.look import VIEWS, Look
from console.graphql.answers.nodes import NoSuchNode, read_answer
from console.graphql.answers.outline import outline_of
from console.graphql.answers.reading import Typed, read, table_of
from tests.upstream.test_responses import json_values

BIG = b"1" * 4301
bodies = st.binary(max_size=60) | json_values.map(lambda data: json.dumps({"data": data}).encode())
looks = st.builds(
    Look,
    view=st.sampled_from(["", *VIEWS]),
    at=st.sampled_from(["", "0", "0.0", "0.0.0", "1"]),
    sort=st.sampled_from(["", "0", "-1"]),
    within=st.sampled_from(["", "0"]),
    find=st.sampled_from(["", "x"]),
    page=st.integers(1, 3),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    bodies, looks, st.builds(Typed, st.text(max_size=2), st.text(max_size=2)), st.integers(0, 90)
)
def test_no_body_brings_a_page_down(body: bytes, look: Look, typed: Typed, cut: int):
    for part in (body, body[:cut]):
        answer = read_answer(part)
        outline = outline_of(answer)
        try:
            reading = read(answer, outline, look, typed)
            table = table_of(answer, outline, look, typed)
        except NoSuchNode:
            continue
        assert reading.table or reading.branch or reading.text
        for file in (csv_file(table, with_bom=True), xlsx_file(table)):
            assert sum(map(len, file.pieces)) == file.size


def test_a_number_without_end_is_shown_whole():
    answer = read_answer(b'{"data": [{"n": ' + BIG + b"}]}")
    reading = read(answer, outline_of(answer), Look(sort="0"), Typed())
    assert reading.table
    assert [str(row["n"]).encode() for _, row in reading.table.rows] == [BIG]


def test_a_list_that_nests_deeply_is_a_cell():
    answer = read_answer(b'{"data": [{"n": ' + b"[" * 800 + b"]" * 800 + b"}]}")
    table = table_of(answer, outline_of(answer), Look(sort="0"), Typed(filter="x"))
    assert sum(map(len, csv_file(table, with_bom=False).pieces)) > 0
