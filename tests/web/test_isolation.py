"""Values from outside stand in isolation: none turns round or moves what stands beside it."""

import pytest

from console.web.templatetags.ui import balanced, full_text, identifier, isolate

LRI, RLI, FSI, PDI, RLO = "\u2066", "\u2067", "\u2068", "\u2069", "\u202e"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada", "Ada"),
        (f"{RLO}evil", f"{RLO}evil"),  # ends with the <bdi>
        (f"{RLI}a{PDI}", f"{RLI}a{PDI}"),
        (f"a{RLI}b{LRI}c", f"a{RLI}b{LRI}c{PDI}{PDI}"),
        (f"a{PDI}{RLO}b", f"{FSI}a{PDI}{RLO}b"),
        (f"{PDI}a{RLI}", f"{FSI}{PDI}a{RLI}{PDI}"),
    ],
)
def test_a_value_cannot_leave_its_isolation(text: str, shown: str):
    assert balanced(text) == shown
    assert isolate(text) == f"<bdi>{shown}</bdi>"
    assert full_text(text) == f'<bdi class="long">{shown}</bdi>'
    assert f'<bdi class="mono">{shown}</bdi>' in identifier(text)


def test_an_isolated_value_is_escaped():
    assert isolate("<b>&") == "<bdi>&lt;b&gt;&amp;</bdi>"
