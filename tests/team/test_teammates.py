"""The User model, the group Operations, and who may open the administration."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import IntegrityError
from django.test import Client

from console.team.models import User

PASSWORD = "a long enough passphrase"

pytestmark = pytest.mark.django_db


def test_an_address_belongs_to_one_teammate_whatever_its_case() -> None:
    User.objects.create_user("ana@example.org")

    with pytest.raises(IntegrityError):
        User.objects.create_user("ANA@example.org")


def test_the_database_itself_holds_to_it() -> None:
    User.objects.create_user("ana@example.org")

    with pytest.raises(IntegrityError):
        User.objects.bulk_create([User(email="ANA@example.org")])


def test_operations_may_create_accounts_and_others_may_not() -> None:
    ana, bob = (User.objects.create_user(f"{name}@example.org") for name in ("ana", "bob"))
    ana.groups.add(Group.objects.get(name="Operations"))

    assert ana.has_perm("accounts.create_account")
    assert not bob.has_perm("accounts.create_account")


def test_operations_is_created_once_and_repaired_by_migrate() -> None:
    group = Group.objects.get(name="Operations")
    group.permissions.clear()
    Permission.objects.filter(codename="create_account").delete()
    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0)

    assert [group.name for group in Group.objects.all()] == ["Operations"]
    assert [permission.codename for permission in group.permissions.all()] == ["create_account"]


def test_the_permission_is_declared_by_the_accounts() -> None:
    declared = [
        codename
        for model in apps.get_app_config("accounts").get_models()
        for codename, _ in model._meta.permissions
    ]

    assert declared == ["create_account"]


def test_the_administration_says_that_an_address_is_taken_whatever_its_case(
    client: Client,
) -> None:
    client.force_login(User.objects.create_superuser("ana@example.org", PASSWORD))
    typed = {"email": "ANA@example.org", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post("/admin/team/user/add/", {**typed, "usable_password": "true"})

    assert "There is already a teammate with this email address." in page.content.decode()


def test_the_administration_is_for_administrators(client: Client) -> None:
    client.force_login(User.objects.create_user("ana@example.org"))

    assert client.get("/admin/", follow=True).status_code == 403


def test_an_administrator_adds_a_teammate_and_sets_no_password(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    page = client.get("/admin/team/user/add/")
    fields = {"email": "Bob@example.org", "name": "Bob", "groups": [Group.objects.get().pk]}
    passwords = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    saved = client.post("/admin/team/user/add/", {**fields, **passwords})
    bob = User.objects.get(email="bob@example.org")

    assert (page.status_code, saved.status_code) == (200, 302)
    assert not bob.has_usable_password()
    assert [group.name for group in bob.groups.all()] == ["Operations"]
    assert client.get(f"/admin/team/user/{bob.pk}/change/").status_code == 200
    assert client.get("/admin/team/user/").status_code == 200


def test_the_administration_uses_the_same_sign_in(client: Client) -> None:
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/login/?next=")
