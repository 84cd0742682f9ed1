"""Who may create accounts: the group Operations, and each user who was given its permission."""

from django.contrib.auth.models import Permission
from django.db.models import Q

from console.team.models import User

NOT_ALLOWED = (
    "Creating accounts needs the permission that the group Operations holds, and you do not have "
    "it. Ask an administrator of this console to add you to the group."
)


def may_create_accounts(user: User) -> bool:
    """`user.has_perm("accounts.create_account")` in one statement; `has_perm` takes two."""
    if not user.is_active or user.is_superuser:
        return user.is_active
    return Permission.objects.filter(
        Q(user=user) | Q(group__user=user),
        content_type__app_label="accounts",
        codename="create_account",
    ).exists()
