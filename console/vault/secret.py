"""A text that is masked wherever it might be shown."""

from typing import Any, NoReturn

MASK = "••••••"


class Secret:
    """A secret text (a password, a token), masked in every repr, format and log line.

    `reveal()` returns the text; call it at the last moment, where it is sealed or sent.
    Secrets cannot be compared, hashed, pickled or iterated: each is a known way to leak them.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise TypeError("a Secret holds a str")
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")
