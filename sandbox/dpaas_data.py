"""The tables of DPaaS, made up: the same for the same seed."""

from dataclasses import dataclass, field

from sandbox.data import HOSTILE_NAMES, PLACES, TRADES, Maker, Row
from sandbox.people import ACME, GLOBEX


@dataclass
class DpaasData:
    """The tables of DPaaS. ``members`` maps a user's id to the ids of their accounts."""

    organizations: dict[str, Row]
    accounts: list[Row]
    users: list[Row]
    service_accounts: list[Row]
    groups: list[Row]
    deleted: set[str] = field(default_factory=set)
    members: dict[str, set[str]] = field(default_factory=dict)


def make_dpaas(seed: int) -> DpaasData:
    """Two organizations: acme with 240 accounts and 130 users, globex with 12 and 8."""
    maker = Maker(seed)
    data = DpaasData({}, [], [], [], [])
    for slug, accounts, users in ((ACME, 240, 130), (GLOBEX, 12, 8)):
        organization: Row = {
            "id": maker.identifier("org"),
            "name": slug.capitalize(),
            "slug": slug,
            "is_active": True,
            **maker.times(),
        }
        data.organizations[slug] = organization
        own = _accounts(maker, organization["id"], accounts)
        data.accounts += own
        _add_people(maker, data, own, users)
    return data


def _accounts(maker: Maker, organization_id: str, count: int) -> list[Row]:
    return [
        {
            "id": maker.identifier("acc"),
            "name": name,
            "organization_id": organization_id,
            "is_default": index == 0,
            "is_active": index == 0 or maker.random.random() > 0.15,
            "metadata": {},
            **maker.times(),
        }
        for index, name in enumerate(_account_names(count))
    ]


def _account_names(count: int) -> list[str]:
    """The bare hostile names stay free, for whoever wants to create them."""
    hostile = [f"{name} (old)" for name in HOSTILE_NAMES]
    plain = [f"{place} {trade}" for trade in TRADES for place in PLACES]
    return ["Production", "Development", *hostile, *plain][:count]


def _add_people(maker: Maker, data: DpaasData, accounts: list[Row], users: int) -> None:
    organization_id = accounts[0]["organization_id"]
    for index in range(users):
        user = _user(maker, organization_id)
        data.users.append(user)
        data.members[user["id"]] = {account["id"] for account in maker.random.sample(accounts, 3)}
        if index % 4 == 0:
            account = maker.random.choice(accounts)
            data.service_accounts.append(_service_account(maker, account, index))
        if index % 12 == 0:
            data.groups.append(_group(maker, organization_id, index))


def _user(maker: Maker, organization_id: str) -> Row:
    times = maker.times()
    return {
        "id": maker.identifier("usr"),
        "email": maker.person()[1],
        "organization_id": organization_id,
        "is_active": maker.random.random() > 0.1,
        "is_verified": maker.random.random() > 0.2,
        "mfa_enabled": maker.random.random() > 0.5,
        "metadata": {},
        **times,
        "last_login_at": times["updated_at"] if maker.random.random() > 0.3 else None,
    }


def _service_account(maker: Maker, account: Row, index: int) -> Row:
    times = maker.times()
    return {
        "id": maker.identifier("sa"),
        "name": f"{maker.random.choice(TRADES).lower()}-robot-{index}",
        "description": maker.random.choice((None, *HOSTILE_NAMES[:3], "Nightly export")),
        "account_id": account["id"],
        "organization_id": account["organization_id"],
        "is_active": maker.random.random() > 0.2,
        "metadata": {},
        **times,
        "last_used_at": times["updated_at"] if maker.random.random() > 0.5 else None,
    }


def _group(maker: Maker, organization_id: str, index: int) -> Row:
    return {
        "id": maker.identifier("grp"),
        "name": f"{maker.random.choice(PLACES)} team {index}",
        "description": maker.random.choice((None, "Reads the reports", HOSTILE_NAMES[0])),
        "organization_id": organization_id,
        "attached_policies": maker.random.sample(["read-only", "billing", "admin"], 2),
        "member_count": maker.random.randrange(40),
        **maker.times(),
    }
