"""The group Operations: who may create accounts."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions

OPERATIONS = "Operations"
PERMISSION = "create_account"  # declared by a model of console.accounts


def create_operations_group(sender: AppConfig, using: str = "default", **kwargs: Any) -> None:
    """Create the group with its permission, after each `migrate` (a receiver of post_migrate).

    Django creates permissions in a receiver of its own, which may run after this one, so they are
    created here first. Where the permission does not exist yet, the group is left without it.
    """
    from django.contrib.auth.models import Group, Permission

    create_permissions(sender, verbosity=0, interactive=False, using=using, apps=apps)
    group, _ = Group.objects.using(using).get_or_create(name=OPERATIONS)
    group.permissions.add(
        *Permission.objects.using(using).filter(
            content_type__app_label=sender.label, codename=PERMISSION
        )
    )
