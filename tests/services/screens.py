"""Where a real console has the screens of a target, whatever its own DPAAS_BASE_URL is."""

from django.urls import reverse

from console.profiles.targets import Target


def accounts_at(base_url: str, organization: str = "acme", *, profile: str = "") -> str:
    """The list of accounts; `profile` (an id) tells own profiles of one target apart."""
    path = reverse("accounts", args=[Target.dpaas(organization, base_url)])
    return f"{path}?profile={profile}" if profile else path


def graphql_at(graphql_url: str, *, profile: str = "") -> str:
    path = reverse("graphql", args=[Target.dxtra(graphql_url)])
    return f"{path}?profile={profile}" if profile else path
