"""Addresses within one schema's documentation, written once for a page of hundreds of links."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from console.profiles.selection import Selection


@dataclass(frozen=True, slots=True)
class SchemaLinks:
    """`query`: what every address carries, the role and the profile, where they are not the usual.

    Names of GraphQL need no escaping in addresses.
    """

    base: str
    changes: str
    query: dict[str, str]

    @classmethod
    def of(cls, selection: Selection, role: str) -> "SchemaLinks":
        query = ({"role": role} if role else {}) | selection.query
        changes = reverse("graphql_schema_changes", args=[selection.target])
        changes = f"{changes}?{urlencode(query)}" if query else changes
        return cls(reverse("graphql_schema", args=[selection.target]), changes, query)

    @property
    def kept(self) -> dict[str, str]:
        """What a form that chooses a role carries."""
        return {name: value for name, value in self.query.items() if name != "role"}

    def overview(self, **query: Any) -> str:
        """The first page; with a query, a search or the types of a kind."""
        return self._with(self.base, query)

    def type(self, name: str, **query: Any) -> str:
        return self._with(f"{self.base}{name}/", query)

    def field(self, type_name: str, field: str) -> str:
        return self.type(type_name, field=field) if field else self.type(type_name)

    def _with(self, address: str, query: dict[str, Any]) -> str:
        whole = {**query, **self.query}
        return f"{address}?{urlencode(whole)}" if whole else address
