"""The product's addresses and a page that shows every component, for looking at and for tests.

`ROOT_URLCONF=tests.web.style_urls`; the page is /style/.
"""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path

from console import urls
from console.upstream.pages import Page
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import render_screen
from console.web.templatetags.tables import Column
from console.web.templatetags.ui import badge, full_text, identifier, moment

BEGAN = datetime(2026, 4, 10, 9, 30, tzinfo=UTC)
COLUMNS: tuple[Column[SimpleNamespace], ...] = (
    Column("name", "Name", lambda row: full_text(row.name), is_main=True),
    Column("is_default", "Default", lambda row: badge("info", "default") if row.active else "–"),
    Column("is_active", "Active", lambda row: badge("good", "active") if row.active else "–"),
    Column("created_at", "Created", lambda row: moment(row.created)),
    Column("updated_at", "Updated", lambda row: moment(row.updated)),
    Column("id", "ID", lambda row: identifier(row.id)),
)


class StyleForm(forms.Form):
    name = forms.CharField(max_length=20, help_text="As the team calls it.")
    base_url = forms.URLField(assume_scheme="https", required=False)
    password = forms.CharField(widget=forms.PasswordInput, required=False)
    pin = forms.CharField(widget=forms.PasswordInput, required=False)
    notes = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(choices=[("a", "Production"), ("b", "Staging")], required=False)
    is_default = forms.BooleanField(required=False, help_text="New things go to it.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].stored_since = BEGAN


def rows(number: int) -> list[SimpleNamespace]:
    names = ["Zürich & Søn <b>", 'O\'Brien "x"', "名前", "Production", "Development", "Staging"]
    return [
        SimpleNamespace(
            name=names[index % len(names)],
            active=index % 4 != 2,
            created=BEGAN - timedelta(days=index * 9),
            updated=BEGAN + timedelta(hours=index * 31),
            id=f"550e8400-e29b-41d4-a716-4466554400{index:02}",
        )
        for index in range(number)
    ]


@keeps_draft(StyleForm)
def style(request: HttpRequest) -> HttpResponse:
    form = (
        StyleForm(request.POST)
        if request.method == "POST"
        else StyleForm(initial=take_draft(request))
    )
    status = 200 if not form.is_bound or form.is_valid() else 422
    context = {
        "form": form,
        "rows": rows(8),
        "order_by": request.GET.get("order_by", "-created_at"),
        "columns": COLUMNS,
        "page": Page(312, 2, 20, tuple(range(20))),
        "steps": [("token reused", None), ("connect", 12.4), ("first byte", 88.2), ("body", 3.1)],
        "total_ms": 104.9,
    }
    return render_screen(
        request, "style.html", context, status=int(request.GET.get("status", status))
    )


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary-in-an-exception")


urlpatterns = [
    path("style/", style, name="style"),
    path("broken/", broken, name="broken"),
    *urls.urlpatterns,
]
handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500
