"""The lists of DPaaS. The short addresses lead to the organization that was used last."""

from typing import Any

from django.urls import path, register_converter

from console.accounts.lists import export_views, views
from console.accounts.lists.kinds import (
    GROUPS,
    KIND_OF_SCREEN,
    SERVICE_ACCOUNTS,
    USERS,
    ListKind,
)


class ListConverter:
    """A list in a path: `service-accounts`."""

    regex = "|".join(screen.replace("_", "-") for screen in KIND_OF_SCREEN)

    def to_python(self, value: str) -> ListKind[Any]:
        return KIND_OF_SCREEN[value.replace("-", "_")]

    def to_url(self, kind: ListKind[Any]) -> str:
        return kind.screen.replace("_", "-")


register_converter(ListConverter, "list")

OF_LIST = "dpaas/<dpaas:target>/<list:kind>/"
screens = [(kind, views.list_screen(kind)) for kind in (USERS, SERVICE_ACCOUNTS, GROUPS)]

urlpatterns = [
    *(
        path(f"{before}{kind.screen.replace('_', '-')}/", view, name=kind.screen)
        for before in ("dpaas/<dpaas:target>/", "")
        for kind, view in screens
    ),
    path(f"{OF_LIST}columns/", views.list_columns, name="list_columns"),
    path(f"{OF_LIST}views/", views.list_views, name="list_views"),
    path(f"{OF_LIST}views/<uuid:pk>/", views.list_view, name="list_view"),
    path(f"{OF_LIST}export/", export_views.export, name="list_export"),
    path(f"{OF_LIST}export/<slug:form>/", export_views.download, name="list_download"),
]
