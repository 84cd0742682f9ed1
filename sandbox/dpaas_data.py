"""The tables of DPaaS, generated: the same for the same seed."""

from dataclasses import dataclass, field

from sandbox.data import CITIES, HOSTILE_NAMES, PURPOSES, Row, RowRandom
from sandbox.people import ACME, GLOBEX


@dataclass
class DpaasData:
    """Rows by table. ``members`` maps a user's id to the ids of their accounts."""

    organizations: dict[str, Row]
    accounts: list[Row]
    users: list[Row]
    service_accounts: list[Row]
    groups: list[Row]
    deleted: set[str] = field(default_factory=set)
    members: dict[str, set[str]] = field(default_factory=dict)


def make_dpaas(seed: int) -> DpaasData:
    """Two organizations: acme with 240 accounts and 130 users, globex with 12 and 8."""
    rng = RowRandom(seed)
    data = DpaasData({}, [], [], [], [])
    for slug, accounts, users in ((ACME, 240, 130), (GLOBEX, 12, 8)):
        organization: Row = {
            "id": rng.identifier("org"),
            "name": slug.capitalize(),
            "slug": slug,
            "is_active": True,
            **rng.times(),
        }
        data.organizations[slug] = organization
        own = _accounts(rng, organization["id"], accounts)
        data.accounts += own
        _add_people(rng, data, own, users)
    return data


def _accounts(rng: RowRandom, organization_id: str, count: int) -> list[Row]:
    return [
        {
            "id": rng.identifier("acc"),
            "name": name,
            "organization_id": organization_id,
            "is_default": index == 0,
            "is_active": index == 0 or rng.random() > 0.15,
            "metadata": {},
            **rng.times(),
        }
        for index, name in enumerate(_account_names(count))
    ]


def _account_names(count: int) -> list[str]:
    """The bare hostile names stay free, so that tests can create them."""
    hostile = [f"{name} (old)" for name in HOSTILE_NAMES]
    plain = [f"{city} {purpose}" for purpose in PURPOSES for city in CITIES]
    return ["Production", "Development", *hostile, *plain][:count]


def _add_people(rng: RowRandom, data: DpaasData, accounts: list[Row], users: int) -> None:
    organization_id = accounts[0]["organization_id"]
    for index in range(users):
        user = _user(rng, organization_id)
        data.users.append(user)
        data.members[user["id"]] = {account["id"] for account in rng.sample(accounts, 3)}
        if index % 4 == 0:
            account = rng.choice(accounts)
            data.service_accounts.append(_service_account(rng, account, index))
        if index % 12 == 0:
            data.groups.append(_group(rng, organization_id, index))


def _user(rng: RowRandom, organization_id: str) -> Row:
    times = rng.times()
    return {
        "id": rng.identifier("usr"),
        "email": rng.person()[1],
        "organization_id": organization_id,
        "is_active": rng.random() > 0.1,
        "is_verified": rng.random() > 0.2,
        "mfa_enabled": rng.random() > 0.5,
        "metadata": {},
        **times,
        "last_login_at": times["updated_at"] if rng.random() > 0.3 else None,
    }


def _service_account(rng: RowRandom, account: Row, index: int) -> Row:
    times = rng.times()
    return {
        "id": rng.identifier("sa"),
        "name": f"{rng.choice(PURPOSES).lower()}-robot-{index}",
        "description": rng.choice((None, *HOSTILE_NAMES[:3], "Nightly export")),
        "account_id": account["id"],
        "organization_id": account["organization_id"],
        "is_active": rng.random() > 0.2,
        "metadata": {},
        **times,
        "last_used_at": times["updated_at"] if rng.random() > 0.5 else None,
    }


def _group(rng: RowRandom, organization_id: str, index: int) -> Row:
    return {
        "id": rng.identifier("grp"),
        "name": f"{rng.choice(CITIES)} team {index}",
        "description": rng.choice((None, "Reads the reports", HOSTILE_NAMES[0])),
        "organization_id": organization_id,
        "attached_policies": rng.sample(["read-only", "billing", "admin"], 2),
        "member_count": rng.randrange(40),
        **rng.times(),
    }
