"""Adding and changing teammates in Django's administration pages.

Only superusers decide who may do what. Staff without that status, with Django's permissions to add,
change and delete teammates, look after those who are no administrators: by a group they could get
at what they may not do themselves.

Nobody sets another's password here: an administrator who knows it could use their profiles.
It is set on the server (`manage.py add_teammate`, `changepassword`), by people who hold the keyset.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from console.team.models import User

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[User]
else:
    ModelForm = forms.ModelForm  # Django's own is not generic at run time

PRIVILEGES = ("is_staff", "is_superuser", "groups")
HOW_TO_LET_IN = (
    "They can sign in once their password is set on the server: "
    "python manage.py changepassword EMAIL"
)


class TeamAdminSite(admin.AdminSite):
    """A site of our own, so that no app (such as allauth, with its addresses) adds itself to it.

    It checks no password: the console's own pages do, which are throttled.
    """

    site_header = site_title = "Gatehouse administration"
    index_title = "Team"

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Signing in came first (SignInRequiredMiddleware); who is no administrator ends here."""
        if not self.has_permission(request):
            raise PermissionDenied
        return redirect("admin:index")

    def password_change(  # type: ignore[override]  # django-stubs: a TemplateResponse only
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        return redirect("account_change_password")


team_admin = TeamAdminSite()


class NewTeammateForm(ModelForm):
    """A teammate who cannot sign in yet."""

    class Meta:
        model = User
        fields = ("email", "name", "groups")

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        user: User = super().save(commit)
        return user


@admin.register(User, site=team_admin)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Activity", {"fields": ("last_login", "date_joined")}),
    )
    add_form = NewTeammateForm
    add_fieldsets = ((None, {"fields": ("email", "name", "groups"), "description": HOW_TO_LET_IN}),)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Teammates alone: all that goes with them would be read to be listed, results included."""
        kept = {str(each) for each in objs if not self.has_delete_permission(request, each)}
        names = [str(each) for each in objs]
        return names, {str(self.opts.verbose_name_plural): len(names)}, kept, []

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *PRIVILEGES)

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """One's own password is changed where the current one is asked for; nobody else's is."""
        if id != str(request.user.pk):
            raise PermissionDenied
        return redirect("account_change_password")


@admin.register(Group, site=team_admin)
class GroupAdmin(DjangoGroupAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser


def _may_touch(request: HttpRequest, other: User | None) -> bool:
    return request.user.is_superuser or other is None or not (other.is_staff or other.is_superuser)
