"""The timeline of a call adds up to its total."""

import re

import pytest

from console.web.templatetags.ui import timeline


def drawn(html: str) -> tuple[list[str], float]:
    """The steps, as they are read, and how much of the bar they fill, of 100."""
    steps = re.findall(r"<li[^>]*>(.*?)</li>", html)
    widths = map(float, re.findall(r'width="([\d.]+)"', html))
    return [re.sub(r"<[^>]+>", "", step) for step in steps], round(sum(widths), 1)


@pytest.mark.parametrize(
    ("steps", "total", "read"),
    [
        (
            [("connect", 10.0), ("body", 26.0)],
            100.0,
            ["connect 10 ms", "body 26 ms", "other 64 ms"],
        ),
        ([("connect", 40.0), ("body", 59.8)], 100.0, ["connect 40 ms", "body 60 ms"]),
        ([("token reused", None), ("body", 30.0)], 30.0, ["token reused", "body 30 ms"]),
        ([], 7.0, ["other 7 ms"]),
    ],
    ids=["a rest", "less than a millisecond", "none", "nothing measured"],
)
def test_what_the_steps_leave_of_the_total_is_a_step(steps, total: float, read: list[str]):
    words, filled = drawn(timeline(steps, total))
    assert words == [*read, f"total {total:.0f} ms"]
    assert filled == pytest.approx(100, abs=0.3)


def test_a_row_that_has_its_total_elsewhere_draws_the_rest_all_the_same():
    words, filled = drawn(timeline([("body", 25.0)], 100.0, show_total=False))
    assert (words, filled) == (["body 25 ms", "other 75 ms"], 100)
