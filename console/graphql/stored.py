"""Results that are too large to show whole, kept sealed for an hour so that they can be downloaded.

Kept, because fetching them anew would be another call: a query may answer something else by then
than what stands on the screen, and a mutation must not run a second time. Compressed first and
sealed then, since results hold personal data. The newest three of each teammate, an hour at most:
what is past that is deleted whenever one is stored or read.
"""

import gzip
import zlib
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from console.graphql.models import StoredResult
from console.team.models import User
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

KEPT = timedelta(hours=1)
MAX_STORED_RESULTS = 3  # for each teammate
GZIP_LEVEL = 1  # of gzip's levels; JSON shrinks to a tenth all the same
CHUNK = 64 * 1024  # bytes
GZIP_HEADER = 16 + zlib.MAX_WBITS


class ResultGone(Exception):
    """The result is not kept (any more), or does not open."""


def store_result(owner_id: UUID, *, operation: str, body: bytes) -> StoredResult:
    """Keep `body`, an upstream's whole answer, for its owner."""
    stored = StoredResult(owner_id=owner_id, operation=operation[:200], size=len(body))
    compressed = gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)
    stored.sealed = seal_bytes(compressed, context=sealing_context(stored))
    stored.save(force_insert=True)
    prune(owner_id)
    return stored


def find_result(user: User, result_id: UUID) -> StoredResult:
    """Return the user's own result, if it is still kept. Raises ResultGone."""
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
    return _inflated(compressed)


def prune(owner_id: UUID) -> None:
    """Delete what is older than an hour, whoever owns it, and all but the owner's newest three."""
    StoredResult.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    mine = StoredResult.objects.filter(owner_id=owner_id)
    newest = mine.order_by("-created_at").values_list("pk", flat=True)[:MAX_STORED_RESULTS]
    mine.exclude(pk__in=list(newest)).delete()


def sealing_context(stored: StoredResult) -> Context:
    return Context(stored._meta.db_table, str(stored.pk), "sealed", str(stored.owner_id))


def _inflated(compressed: bytes) -> Iterator[bytes]:
    inflater = zlib.decompressobj(GZIP_HEADER)
    waiting = compressed
    while waiting and not inflater.eof:
        yield inflater.decompress(waiting, CHUNK)
        waiting = inflater.unconsumed_tail
    yield inflater.flush()
