"""The tree of errors: each has a sentence, and knows what may have happened."""

import pytest

from console.upstream import errors
from console.upstream.errors import (
    NotSent,
    Refused,
    ResponseLost,
    ResponseUnusable,
    TokenUnavailable,
    UpstreamError,
    UpstreamFailed,
    in_words,
    tree,
)

EVERY = list(tree())


@pytest.mark.parametrize("kind", EVERY)
def test_every_error_has_a_sentence_of_little_more_than_its_system(
    kind: type[UpstreamError],
) -> None:
    error = kind("Dxtra", reason="For a reason.")
    assert ("Dxtra" in error.sentence) == ("{system" in kind.message_template)
    assert error.sentence.endswith(".")
    assert "{" not in error.sentence
    assert str(error) == error.sentence


@pytest.mark.parametrize("kind", EVERY)
def test_every_error_stands_in_the_drawing(kind: type[UpstreamError]) -> None:
    assert errors.__doc__ is not None
    assert kind.__name__ in errors.__doc__.split()


def test_every_kind_is_a_word_of_its_own() -> None:
    kinds = [kind.kind for kind in EVERY]
    assert sorted(set(kinds)) == sorted(kinds)


@pytest.mark.parametrize(
    ("root", "may"),
    [
        (NotSent, False),
        (ResponseLost, True),
        (ResponseUnusable, True),
        (Refused, False),
        (UpstreamFailed, True),
        (TokenUnavailable, False),
    ],
)
def test_the_branches_say_whether_a_write_may_have_happened(
    root: type[UpstreamError], may: bool
) -> None:
    assert {kind("x").may_have_happened for kind in tree(root)} == {may}


@pytest.mark.parametrize("kind", [k for k in EVERY if k.possibly_done])
def test_after_a_write_in_doubt_the_advice_is_to_look_first(kind: type[UpstreamError]) -> None:
    look = "It may have gone through. Check before you try again."
    assert kind("x", is_write=True).sentence.endswith(look)
    assert look not in kind("x").sentence


def test_the_words_of_the_upstream_are_quoted() -> None:
    error = errors.Forbidden("DPaaS", status=403, upstream_message="Insufficient permissions")
    assert error.sentence == (
        "DPaaS does not allow the profile's user to do this (status 403)."
        " Ask an administrator for permission, or use another profile."
        " DPaaS says: “Insufficient permissions”"
    )


def test_braces_in_an_upstreams_words_are_only_braces() -> None:
    assert (
        "“{system} {0}”"
        in errors.Conflict("DPaaS", status=409, upstream_message="{system} {0}").sentence
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 second"),
        (0.4, "1 second"),
        (20, "20 seconds"),
        (60, "1 minute"),
        (89, "89 seconds"),
        (90, "2 minutes"),
        (300, "5 minutes"),
        (301, "6 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (86400, "24 hours"),
    ],
)
def test_durations_are_rounded_up_and_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
