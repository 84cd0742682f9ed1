"""Results that are too large to show whole, stored for an hour so that they can be downloaded.

To fetch them again would be another call: by then a query may answer something else than what the
screen shows, and a mutation must not run twice. They hold personal data, so they are sealed, after
they are compressed. Each teammate has the newest three, for at most an hour; the others are deleted
whenever a result is stored or read.
"""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from io import BytesIO
from uuid import UUID

from django.utils import timezone

from console.graphql.models import StoredResult
from console.team.models import User
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

KEPT = timedelta(hours=1)
MAX_STORED_RESULTS = 3  # for each teammate
GZIP_LEVEL = 1  # the fastest; JSON shrinks to a tenth all the same
CHUNK = 64 * 1024  # bytes


class ResultGone(Exception):
    """The result is not stored (any more), or cannot be unsealed."""


def store_result(owner_id: UUID, *, operation: str, body: bytes) -> StoredResult:
    """Store `body`, an upstream's whole answer, for its owner."""
    stored = StoredResult(owner_id=owner_id, operation=operation[:200], size=len(body))
    compressed = gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)
    stored.sealed = seal_bytes(compressed, context=sealing_context(stored))
    stored.save(force_insert=True)
    prune(owner_id)
    return stored


def find_result(user: User, result_id: UUID) -> StoredResult:
    """Return the user's own result, if it is still stored. Raises ResultGone."""
    prune(user.pk)
    stored = StoredResult.objects.visible_to(user).filter(pk=result_id).first()
    if stored is None:
        raise ResultGone
    return stored


def open_result(stored: StoredResult) -> Iterator[bytes]:
    """Return the answer in pieces of at most 64 kB. Raises ResultGone, before the first piece."""
    try:
        compressed = unseal_bytes(bytes(stored.sealed), context=sealing_context(stored))
    except CannotUnseal:
        raise ResultGone from None
    unpacked = gzip.GzipFile(fileobj=BytesIO(compressed))
    return iter(partial(unpacked.read, CHUNK), b"")


def prune(owner_id: UUID) -> None:
    """Delete all results that are older than an hour, and all but the owner's newest three."""
    StoredResult.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    mine = StoredResult.objects.filter(owner_id=owner_id)
    newest = mine.order_by("-created_at").values_list("pk", flat=True)[:MAX_STORED_RESULTS]
    mine.exclude(pk__in=list(newest)).delete()


def sealing_context(stored: StoredResult) -> Context:
    return Context(stored._meta.db_table, str(stored.pk), "sealed", str(stored.owner_id))
