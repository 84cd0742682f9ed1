"""The people who can sign in to the sandbox. Every credential here is made up."""

from dataclasses import dataclass, field

ACME = "acme"
GLOBEX = "globex"


@dataclass(frozen=True)
class DxtraPerson:
    """A Dxtra user with one personal access token."""

    email: str
    personal_access_token: str = field(repr=False)
    user_id: str
    roles: tuple[str, ...] = ("me", "user")
    default_role: str = "user"


@dataclass(frozen=True)
class DpaasPerson:
    """A DPaaS user of one organization."""

    email: str
    password: str = field(repr=False)
    organization_slug: str = ACME
    may_create: bool = True
    is_admin: bool = False


OPS_DXTRA = DxtraPerson(
    email="ops@example.com",
    personal_access_token="5a4db0c5-0001-4fa4-8e00-00000000c0de",
    user_id="d8b7ece9-0000-4380-be04-000000000001",
    roles=("data_protection_officer", "me", "user"),
)
READER_DXTRA = DxtraPerson(
    email="reader@example.com",
    personal_access_token="5a4db0c5-0002-4fa4-8e00-00000000c0de",
    user_id="d8b7ece9-0000-4380-be04-000000000002",
)
DXTRA_PEOPLE = (OPS_DXTRA, READER_DXTRA)

OPS_DPAAS = DpaasPerson("ops@example.com", "sandbox-ops-7Qm2-made-up", is_admin=True)
READER_DPAAS = DpaasPerson("reader@example.com", "sandbox-reader-4Tz9-made-up")
AUDITOR_DPAAS = DpaasPerson("auditor@example.com", "sandbox-auditor-1Lk8-made-up", may_create=False)
GLOBEX_DPAAS = DpaasPerson("ops@globex.example", "sandbox-globex-6Vw3-made-up", GLOBEX)
DPAAS_PEOPLE = (OPS_DPAAS, READER_DPAAS, AUDITOR_DPAAS, GLOBEX_DPAAS)
