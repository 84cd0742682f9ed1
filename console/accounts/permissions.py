"""Who may create accounts: the group Operations, and each user who was given its permission."""

from django.contrib.auth.models import Permission
from django.db.models import Q

from console.database.compiled import CompiledQuery
from console.team.models import User

NOT_ALLOWED = (
    "You do not have permission to create accounts. Ask an administrator to add you to the "
    "Operations group."
)

CREATE_ACCOUNT = CompiledQuery(
    lambda user_id: Permission.objects.filter(
        Q(user=user_id) | Q(group__user=user_id),
        content_type__app_label="accounts",
        codename="create_account",
    ).order_by()[:1]
)


def may_create_accounts(user: User) -> bool:
    """`user.has_perm("accounts.create_account")` in one compiled query; `has_perm` takes two."""
    if not user.is_active or user.is_superuser:
        return user.is_active
    return CREATE_ACCOUNT.first(user.pk) is not None
