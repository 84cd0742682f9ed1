"""One account as DPaaS shows it now, a deleted one too."""

from console.accounts.services import CallResult, read_account
from console.profiles.models import CredentialProfile
from console.upstream.dpaas import Fields
from console.upstream.errors import NotFound

DELETED_TOO = {"include_deleted": "true"}


def read_even_deleted(
    profile: CredentialProfile, account_id: str, *, operation: str = "read account"
) -> tuple[CallResult[Fields], bool]:
    """The account, and whether DPaaS shows it only to who asks for deleted ones."""
    result = read_account(profile, account_id, operation=operation)
    if isinstance(result.failure, NotFound):
        deleted = read_account(profile, account_id, filters=DELETED_TOO, operation=operation)
        if deleted.value is not None:
            return deleted, True
    return result, False
