"""What the administration pages hold, and for whom: no way to become more than one is."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client

from console.team.models import User
from tests.factories import UserFactory
from tests.services.profiles import client_of

PASSWORD = "a long enough passphrase"
USERS = "/admin/team/user/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    return UserFactory(email="root@example.org", administrator=True, password=PASSWORD)


@pytest.fixture
def staff() -> User:
    """An administrator with every permission that Django has, and no superuser."""
    staff = UserFactory(email="staff@example.org", is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    return staff


@pytest.fixture
def bob() -> User:
    return UserFactory(email="bob@example.org", password=PASSWORD)


def fields(user: User, **changed: Any) -> dict[str, Any]:
    return {"email": user.email, "name": user.name, "is_active": "on", **changed}


def change(client: Client, user: User, **changed: Any) -> int:
    return client.post(f"{USERS}{user.pk}/change/", fields(user, **changed)).status_code


def privileges(user: User) -> tuple[bool, bool, int]:
    user.refresh_from_db()
    return user.is_staff, user.is_superuser, user.groups.count()


def test_staff_cannot_make_anybody_more_than_they_are(staff: User, bob: User) -> None:
    more = {"is_superuser": "on", "is_staff": "on", "groups": [Group.objects.get().pk]}
    answers = [change(client_of(staff), user, **more) for user in (staff, bob)]
    new = {"email": "eve@example.org", **more}
    answers.append(client_of(staff).post(f"{USERS}add/", new).status_code)

    assert answers == [403, 302, 302]
    assert privileges(staff) == (True, False, 0)
    assert privileges(bob) == (False, False, 0)
    assert privileges(User.objects.get(email="eve@example.org")) == (False, False, 0)


def test_staff_look_after_ordinary_teammates(staff: User, bob: User) -> None:
    assert change(client_of(staff), bob, name="Robert") == 302
    bob.refresh_from_db()
    assert bob.name == "Robert"


def test_staff_cannot_touch_administrators(staff: User, root: User) -> None:
    other = UserFactory(email="other@example.org", is_staff=True)
    client = client_of(staff)
    for user in (root, other):
        answers = [
            change(client, user, email="mine@example.org"),
            client.post(f"{USERS}{user.pk}/delete/", {"post": "yes"}).status_code,
        ]
        assert answers == [403, 403]
    together = {"action": "delete_selected", "_selected_action": [root.pk, other.pk], "post": "yes"}
    client.post(USERS, together)

    assert User.objects.filter(email__in=[root.email, other.email]).count() == 2


def test_nobody_sets_another_s_password(staff: User, root: User, bob: User) -> None:
    """An administrator who knows it could sign in as them, and use their profiles."""
    other = UserFactory(email="other@example.org", administrator=True, password=PASSWORD)
    typed = {"password1": "another long one", "password2": "another long one"}
    typed["usable_password"] = "true"
    for administrator in (staff, other):
        client = client_of(administrator)
        for user in (root, bob):
            assert client.post(f"{USERS}{user.pk}/password/", typed).status_code == 403
            assert "/password/" not in client.get(f"{USERS}{user.pk}/change/").content.decode()
            client.post(f"{USERS}{user.pk}/change/", fields(user, password="x", **typed))
            user.refresh_from_db()
            assert user.check_password(PASSWORD)


def test_who_is_added_has_no_password_until_one_is_set_on_the_server(root: User) -> None:
    new = {"email": "Eve@example.org", "password1": PASSWORD, "password2": PASSWORD}
    new |= {"usable_password": "true", "groups": [Group.objects.get().pk]}
    assert "manage.py changepassword" in client_of(root).get(f"{USERS}add/").content.decode()
    assert client_of(root).post(f"{USERS}add/", new).status_code == 302
    eve = User.objects.get(email="eve@example.org")
    assert (eve.has_usable_password(), privileges(eve)) == (False, (False, False, 1))


def test_a_superuser_decides_who_may_do_what(root: User, bob: User) -> None:
    client = client_of(root)
    group = Group.objects.get()
    assert change(client, bob, is_staff="on", groups=[group.pk]) == 302
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200
    assert privileges(bob) == (True, False, 1)


def test_staff_give_no_permissions_to_groups(staff: User) -> None:
    group = Group.objects.get()
    typed = {"name": "Everything", "permissions": [Permission.objects.first().pk]}
    answers = [
        client_of(staff).post(f"/admin/auth/group/{path}", typed).status_code
        for path in ("add/", f"{group.pk}/change/", f"{group.pk}/delete/")
    ]

    assert answers == [403, 403, 403]
    assert [each.name for each in Group.objects.all()] == ["Operations"]


@pytest.mark.parametrize("path", ["/admin/password_change/", USERS + "{}/password/"])
def test_one_s_own_password_is_changed_at_the_console_s_own_page(root: User, path: str) -> None:
    typed = {
        "old_password": PASSWORD,
        "new_password1": "another one",
        "new_password2": "another one",
    }
    typed |= {"password1": "another one", "password2": "another one", "usable_password": "true"}
    answer = client_of(root).post(path.format(root.pk), typed)
    root.refresh_from_db()

    assert (answer.status_code, answer.url) == (302, "/password/")
    assert root.check_password(PASSWORD)


def test_the_administration_has_no_sign_in_of_its_own(root: User, staff: User) -> None:
    """Not for a signed-in administrator either, who could guess a colleague's password at it."""
    guess = {"username": root.email, "password": PASSWORD}
    stranger = Client()
    answer = stranger.post("/admin/login/", guess)
    client = client_of(staff)
    administrator = client.post("/admin/login/", guess)

    assert answer.status_code == 401
    assert 'action="/login/"' in answer.content.decode()
    assert "_auth_user_id" not in stranger.session
    assert (administrator.status_code, administrator.url) == (302, "/admin/")
    assert client.session["_auth_user_id"] == str(staff.pk)


def test_nobody_signs_in_with_an_address_that_is_not_the_teammate_s_own(root: User) -> None:
    cache.clear()
    UserFactory(email="eve@example.org", password="eve's own passphrase")
    for email, password in (("old@example.org", PASSWORD), ("eve@example.org", PASSWORD)):
        EmailAddress.objects.create(user=root, email=email, verified=True, primary=False)
        client = Client()
        client.post("/login/", {"login": email, "password": password})
        assert "_auth_user_id" not in client.session


def test_the_administration_holds_teammates_and_groups_alone(root: User) -> None:
    page = client_of(root).get("/admin/")
    models = [
        f"{app['app_label']}.{model['object_name']}"
        for app in page.context["available_apps"]
        for model in app["models"]
    ]

    assert sorted(models) == ["auth.Group", "team.User"]
    assert client_of(root).get("/admin/account/emailaddress/").status_code == 404
