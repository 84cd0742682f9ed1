"""The demo's two teammates and their profiles. Existing ones are kept."""

from django.contrib.auth.models import Group

from console.profiles.editing import saving
from console.profiles.models import CredentialProfile, Environment
from console.team.groups import OPERATIONS
from console.team.models import User
from console.upstream.systems import System
from console.vault.secret import Secret
from sandbox import people
from sandbox.demo.environment import OPS, READER, passwords

PROFILE_NAME = "Sandbox"


def seed(dxtra_origin: str, dpaas_origin: str) -> None:
    """Add both teammates; existing profiles get the current addresses of the sandbox."""
    ops = _teammate(OPS)
    ops.groups.add(Group.objects.get(name=OPERATIONS))
    _dxtra_profile(ops, people.OPS_DXTRA, dxtra_origin)
    _dpaas_profile(ops, people.OPS_DPAAS, dpaas_origin)
    reader = _teammate(READER)
    _dxtra_profile(reader, people.READER_DXTRA, dxtra_origin)
    _dpaas_profile(reader, people.READER_DPAAS, dpaas_origin)


def _teammate(email: str) -> User:
    known = User.objects.filter(email=email).first()
    return known or User.objects.create_user(email, passwords()[email])


def _dxtra_profile(owner: User, person: people.DxtraPerson, origin: str) -> None:
    addresses = {"auth_url": f"{origin}/v1", "graphql_url": f"{origin}/v1/graphql"}
    secret = Secret(person.personal_access_token)
    if not _update_existing(owner, System.DXTRA, addresses, secret):
        profile = CredentialProfile(
            owner=owner,
            kind=System.DXTRA,
            name=PROFILE_NAME,
            environment=Environment.LOCAL,
            **addresses,
        )
        saving.save_profile(profile, secret=secret, checked=None)


def _dpaas_profile(owner: User, person: people.DpaasPerson, origin: str) -> None:
    secret = Secret(person.password)
    if not _update_existing(owner, System.DPAAS, {"base_url": origin}, secret):
        profile = CredentialProfile(
            owner=owner,
            kind=System.DPAAS,
            name=PROFILE_NAME,
            environment=Environment.LOCAL,
            base_url=origin,
            email=person.email,
            organization_slug=person.organization_slug,
        )
        saving.save_profile(profile, secret=secret, checked=None)


def _update_existing(owner: User, kind: System, addresses: dict[str, str], secret: Secret) -> bool:
    """Move an existing profile to `addresses`; False if there is none."""
    profile = CredentialProfile.objects.filter(owner=owner, kind=kind, name=PROFILE_NAME).first()
    if profile is None:
        return False
    if any(getattr(profile, field) != value for field, value in addresses.items()):
        for field, value in addresses.items():
            setattr(profile, field, value)
        saving.save_profile(profile, secret=secret, checked=None)
    return True
