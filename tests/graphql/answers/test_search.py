"""A text is found in the keys and values of an answer, as a reader would find it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.graphql.answers.nodes import read_answer
from console.graphql.answers.search import Term, find, node_with
from console.team.models import User
from tests.graphql.answers.kept import address, follow, keep, typed_into
from tests.graphql.reading import read_screen
from tests.services.expiry import sent_after_expiry

LETTERS = st.text(st.sampled_from('aAbéÉ"\\/\n n1u0{}, :😀'), min_size=1, max_size=4)
VALUES = st.recursive(
    LETTERS | st.integers(-20, 20) | st.booleans() | st.none(),
    lambda inside: st.lists(inside) | st.dictionaries(LETTERS, inside),
    max_leaves=8,
)


def found_in(body: bytes, text: str) -> list[str]:
    """The paths of what holds `text`."""
    answer = read_answer(body)
    return [node_with(answer, offset).path for offset in find(answer, Term(text)).offsets]


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inside in value.items():
            yield key
            yield from texts_of(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from texts_of(inside)
    else:
        yield value if isinstance(value, str) else json.dumps(value)


def test_keys_and_values_are_found_in_any_case():
    body = b'{"data": {"Name": "anna", "tags": ["NAMED", 12, true, null], "x": {"name": 1}}}'
    assert found_in(body, "name") == ["data.Name", "data.tags[0]", "data.x.name"]
    assert found_in(body, "12") == ["data.tags[1]"]
    assert found_in(body, "true") == ["data.tags[2]"]
    assert found_in(body, "tag") == ["data.tags"]
    assert found_in(body, "data") == ["data"]


def test_what_stands_between_values_is_not_found():
    body = b'{"a": {"b": "c, d"}, "e": [1, 2], "at": "10:30"}'
    assert found_in(body, ", ") == ["a.b"]
    assert found_in(body, "{") == []
    assert found_in(body, '"') == []
    assert found_in(body, "10:3") == ["at"]


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_escapes_are_found_as_they_read(ensure_ascii: bool):
    value = {"a": "É😀\nnew", "b": 'say "hi"', "c": "u00e9", "d": "\\n", "e": "a/b"}
    body = json.dumps(value, ensure_ascii=ensure_ascii).encode()
    assert found_in(body, "é") == ["a"]
    assert found_in(body, "😀\nnew") == ["a"]
    assert found_in(body, "nnew") == []
    assert found_in(body, '"hi"') == ["b"]
    assert found_in(body, "00e9") == ["c"]
    assert found_in(body, "\\n") == ["d"]
    assert found_in(body.replace(b"a/b", rb"a\/b"), "a/b") == ["e"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES, LETTERS, st.booleans())
def test_it_finds_what_a_reader_finds(value: Any, text: str, ensure_ascii: bool):
    body = json.dumps(value, ensure_ascii=ensure_ascii).encode()
    answer = read_answer(body)
    found = find(answer, Term(text))
    holding = [each for each in texts_of(value) if text.lower() in each.lower()]
    assert bool(found) == bool(holding), (body, text)
    for offset in found.offsets:
        node = node_with(answer, offset)
        said = [*texts_of(json.loads(bytes(node.raw))), str(node.key)]
        assert any(text.lower() in each.lower() for each in said), (body, text)


@pytest.mark.django_db
def test_the_hits_are_counted_and_stepped_through(alice: User):
    rows = [{"id": number, "name": "anna" if number % 100 == 7 else "bob"} for number in range(300)]
    stored = keep(alice, {"data": {"rows": rows}})
    location = typed_into(stored, find="ANNA")
    assert "anna" not in location.lower()
    places = []
    for number in (1, 2, 3):
        screen = follow(stored, location)
        assert f"{number} of 3" in screen.root.line
        marked = screen.root.all("li", class_="is-hit")[0].line
        places.append((screen.root.all("ol", class_="answer-crumbs")[0].line, marked))
        after = [a for a in screen.root.all("a") if a.attributes.get("aria-label") == "Next"]
        location = after[0].attributes["href"] if after else ""
    assert location == ""
    assert [crumb.split()[-1] for crumb, _ in places] == [
        "Resultdatarows[7]",
        "Resultdatarows[107]",
        "Resultdatarows[207]",
    ]
    assert all('name"anna"' in marked for _, marked in places)


@pytest.mark.django_db
def test_what_is_not_there_is_said_and_the_term_stays(alice: User):
    stored = keep(alice, {"data": {"rows": [{"id": 1}]}})
    screen = follow(stored, typed_into(stored, find="nobody"))
    assert "Not found" in screen.root.line
    assert screen.value("find") == "nobody"


def test_what_was_to_be_found_or_filtered_is_so_after_expiry(alice: User):
    stored = keep(alice, {"data": {"people": [{"name": "Ann"}, {"name": "Bob"}]}})
    client, led_to = sent_after_expiry(alice, address(stored), {"find": "bob"})
    assert "1 of 1" in read_screen(client.get(led_to, follow=True)).root.line
    typed = {"filter": "ann", "shown_at": "0.0", "at": "0.0", "columns": ["0"]}
    client, led_to = sent_after_expiry(alice, address(stored), typed)
    shown = read_screen(client.get(led_to, follow=True))
    assert shown.value("filter") == "ann"
    assert "Bob" not in shown.root.line
