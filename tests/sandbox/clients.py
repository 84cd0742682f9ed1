"""HTTP clients for the sandbox's own tests."""

from typing import Any

import requests

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DPAAS, OPS_DXTRA, DpaasPerson, DxtraPerson

SECONDS = 60


def post(url: str, value: Any = None, token: str | None = None) -> requests.Response:
    """POST JSON on a new connection."""
    return requests.post(url, json=value, headers=bearer(token), timeout=SECONDS)


def get(url: str, token: str | None = None) -> requests.Response:
    """GET on a new connection."""
    return requests.get(url, headers=bearer(token), timeout=SECONDS)


def bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def dpaas_login(dpaas: DpaasUpstream, person: DpaasPerson = OPS_DPAAS) -> dict[str, Any]:
    """The four keys of a sign-in."""
    answer = post(f"{dpaas.url}/authentication/login", dpaas_credential(person))
    assert answer.status_code == 200
    return dict(answer.json())


def dpaas_credential(person: DpaasPerson) -> dict[str, str]:
    return {
        "email": person.email,
        "password": person.password,
        "organization_slug": person.organization_slug,
    }


def dpaas_refresh(dpaas: DpaasUpstream, refresh_token: str) -> requests.Response:
    return post(f"{dpaas.url}/authentication/refresh", {"refresh_token": refresh_token})


def dxtra_login(dxtra: DxtraUpstream, person: DxtraPerson = OPS_DXTRA) -> dict[str, Any]:
    """The session of a sign-in, unwrapped."""
    pat = {"personalAccessToken": person.personal_access_token}
    answer = post(f"{dxtra.auth_url}/signin/pat", pat)
    assert answer.status_code == 200
    return dict(answer.json()["session"])


def dxtra_refresh(dxtra: DxtraUpstream, refresh_token: str) -> requests.Response:
    return post(f"{dxtra.auth_url}/token", {"refreshToken": refresh_token})


def ask(
    dxtra: DxtraUpstream,
    query: str,
    *,
    token: str | None,
    role: str | None = None,
    **rest: Any,
) -> requests.Response:
    """One GraphQL call; ``rest`` holds further keys of its body."""
    headers = bearer(token) | ({"X-Hasura-Role": role} if role else {})
    body = {"query": query, **rest}
    return requests.post(dxtra.graphql_url, json=body, headers=headers, timeout=SECONDS)
