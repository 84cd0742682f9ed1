"""The accounts that this console has created, by a form or by a row: none is taken for another one.

Whatever creates accounts registers in AppConfig.ready: one part need not know the other.
"""

from collections.abc import Callable, Collection

from console.profiles.targets import Target

FindCreated = Callable[[Target, Collection[str]], set[str]]  # those of these ids at the target

_registered: list[FindCreated] = []


def register(find: FindCreated) -> None:
    if find not in _registered:
        _registered.append(find)


def created_here(target: Target, account_ids: Collection[str]) -> set[str]:
    """Those of `account_ids` that are known to have been created here. Another target may give the
    same ids to other accounts."""
    return set().union(*(find(target, account_ids) for find in _registered))
