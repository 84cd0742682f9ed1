"""Who may create accounts: the group Operations, and whoever was given its permission."""

from django.contrib.auth.models import Permission
from django.db.models import Q

from console.database.compiled import CompiledQuery
from console.team.models import User

NOT_ALLOWED = (
    "Creating accounts needs the permission that the group Operations holds, and you do not have "
    "it. Ask an administrator of this console to add you to the group."
)

CREATE_ACCOUNT = CompiledQuery(
    lambda user: (
        Permission.objects.filter(
            Q(user=user) | Q(group__user=user),
            content_type__app_label="accounts",
            codename="create_account",
        )
        .order_by()
        .only("pk")[:1]
    )
)


def may_create_accounts(user: User) -> bool:
    """Has `user` the permission `accounts.create_account`? One statement; `has_perm` takes two."""
    if not user.is_active or user.is_superuser:
        return user.is_active
    return CREATE_ACCOUNT.exists(user.pk)
