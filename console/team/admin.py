"""Adding and changing teammates in Django's administration pages."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin

from console.team.models import User

# Sign in to the administration through django-allauth too, so that its rate limits apply.
admin.site.login = secure_admin_login(  # type: ignore[method-assign,no-untyped-call]
    admin.site.login
)
admin.site.site_header = admin.site.site_title = "Gatehouse administration"
admin.site.index_title = "Team"


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable when it runs
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "groups")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Seen", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("email", "name", "usable_password", "password1", "password2", "groups"),
            },
        ),
    )
