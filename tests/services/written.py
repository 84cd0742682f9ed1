"""What a test run has written since it was last searched for secrets (tests/leaks.py)."""

from collections.abc import Callable

WRITTEN: list[str | Callable[[], str]] = []


def write(text: str | Callable[[], str]) -> None:
    """Have `text` searched at the end of this phase of the test; a function is asked only then."""
    WRITTEN.append(text)
