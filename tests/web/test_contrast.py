"""Text can be read in both schemes: WCAG 2.2 AA (1.4.3, 1.4.11), from the colours themselves."""

import re

import pytest
from django.conf import settings

TOKENS = (settings.BASE_DIR / "static/src/css/tokens.css").read_text()
LIGHT_TEXT, _, DARK_TEXT = TOKENS.partition("(prefers-color-scheme: dark)")


def colours(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})\b", text))


LIGHT = colours(LIGHT_TEXT)
SCHEMES = {"light": LIGHT, "dark": LIGHT | colours(DARK_TEXT)}

GROUNDS = ("page", "surface", "sunken")
TEXT = [
    *(
        (text, ground)
        for text in ("ink", "ink-soft", "accent", "accent-deep")
        for ground in GROUNDS
    ),
    *((tone, ground) for tone in ("good", "warning", "bad", "info") for ground in GROUNDS),
    *((tone, f"{tone}-wash") for tone in ("good", "warning", "bad", "info")),
    *(("ink", f"{tone}-wash") for tone in ("accent", "good", "warning", "bad", "info")),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-bad", "bad"),
    ("on-bad", "bad-deep"),
    *((text, ground) for text in ("mast-ink", "mast-soft") for ground in ("mast", "mast-raised")),
]
EDGES = [
    *(("edge", ground) for ground in ("page", "surface")),
    *(("focus", ground) for ground in GROUNDS),
    ("mast-focus", "mast"),
    ("mast-accent", "mast"),
]


def luminance(colour: str) -> float:
    """The relative luminance of "#rrggbb" (WCAG 2.2)."""
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_stands_out(scheme: str, text: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][text], SCHEMES[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_an_edge_can_be_seen(scheme: str, edge: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][edge], SCHEMES[scheme][ground]) >= 3


def test_the_measure_is_right() -> None:
    assert LIGHT["page"] != SCHEMES["dark"]["page"]
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
