"""The tokens that the sandboxes of this process have issued."""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from sandbox.sessions import Sessions

_ISSUED: WeakKeyDictionary[Sessions[Any], list[str]] = WeakKeyDictionary()


def watch(tell: Callable[[str, str], None]) -> None:
    """From now on remember each issued token, and call `tell(token, what it is)`."""
    for name in ("open", "rotate"):  # the two that issue tokens
        setattr(Sessions, name, _watched(getattr(Sessions, name), tell))


def _watched(issue: Callable[..., Any], tell: Callable[[str, str], None]) -> Callable[..., Any]:
    def watched(sessions: Sessions[Any], *arguments: Any) -> Any:
        tokens = issue(sessions, *arguments)
        _ISSUED.setdefault(sessions, []).extend([tokens.access, tokens.refresh])
        tell(tokens.access, "an access token")
        tell(tokens.refresh, "a refresh token")
        return tokens

    return watched


def issued_by(*upstreams: Any) -> list[str]:
    """Every access and refresh token that these sandboxes have issued in this test run."""
    tokens = [token for upstream in upstreams for token in _ISSUED.get(upstream.sessions, ())]
    assert tokens, "these sandboxes have issued no token"
    return tokens
