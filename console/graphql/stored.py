"""Answers, stored for an hour so that nothing asks the upstream for them again.

To fetch one again would be another call: by then a query may answer something else than what the
screen shows, and a mutation must not run twice. They hold personal data, so they are sealed, after
they are compressed. Each teammate has the newest, up to a number and a size (settings ANSWERS_*);
the others are deleted whenever an answer is stored or read, and expired ones in any case
(console/database/expiry.py).
"""

import base64
import gzip
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from io import BytesIO
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import timezone

from console.database.connection import connection_for_large_values
from console.graphql.answers.nodes import Answer, read_answer
from console.graphql.answers.outline import Outline, outline_of
from console.graphql.models import StoredResult
from console.team.models import User
from console.upstream.network.response import LARGE
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

KEPT = timedelta(seconds=settings.ANSWERS_KEPT_SECONDS)
GZIP_LEVEL = 1  # the fastest; JSON shrinks to a tenth all the same
GZIP_WINDOW = 31  # zlib: with the head and end of gzip
CHUNK = 64 * 1024  # bytes
MAX_TYPED = 2000  # characters of a sealed text in an address


class ResultGone(Exception):
    """The answer is not stored (any more), or cannot be unsealed."""


def store_result(
    owner_id: UUID,
    *,
    graphql_url: str,
    operation: str,
    body: bytes,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
) -> StoredResult:
    """Store `body`, the whole answer of the upstream at `graphql_url`, for its owner."""
    stored = StoredResult(
        owner_id=owner_id,
        graphql_url=graphql_url,
        operation=operation[:200],
        status=status,
        size=len(body),
    )
    stored.sealed = seal_bytes(
        gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0), context=sealing_context(stored)
    )
    writing = connection_for_large_values() if len(stored.sealed) > LARGE else nullcontext()
    outline = msgspec.json.encode(outline_of(read_answer(body), headers))
    stored.sealed_outline = seal_bytes(outline, context=outline_context(stored))
    with writing:
        stored.save(force_insert=True)
        prune(owner_id)
    del stored.sealed  # a reader loads it from its row; the page that is drawn now needs none
    return stored


def find_result(user: User, result_id: UUID) -> StoredResult:
    """Return the user's own answer, if it is still stored. Raises ResultGone."""
    prune(user.pk)
    stored = StoredResult.objects.visible_to(user).filter(pk=result_id).first()
    if stored is None:
        raise ResultGone
    return stored


def open_result(stored: StoredResult) -> Iterator[bytes]:
    """Return the body in pieces of at most 64 kB. Raises ResultGone, before the first piece."""
    unpacked = gzip.GzipFile(fileobj=BytesIO(_compressed(stored)))
    return iter(partial(unpacked.read, CHUNK), b"")


def open_answer(stored: StoredResult) -> Answer:
    """Return the whole answer, to be read. Raises ResultGone."""
    compressed = _compressed(stored)
    return read_answer(zlib.decompress(compressed, GZIP_WINDOW, max(stored.size, 1)))


def open_outline(stored: StoredResult) -> Outline:
    """Return what was found in the answer when it was stored. Raises ResultGone."""
    try:
        outline = unseal_bytes(bytes(stored.sealed_outline), context=outline_context(stored))
    except CannotUnseal:
        raise ResultGone from None
    return msgspec.json.decode(outline, type=Outline)


def seal_typed(stored: StoredResult, text: str) -> str:
    """`text`, which a teammate looks for in an answer, for an address: it may be personal."""
    sealed = seal_bytes(text.encode(), context=typed_context(stored))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_typed(stored: StoredResult, sealed: str) -> str:
    """What seal_typed() has sealed; empty where it does not open."""
    try:
        padded = sealed[:MAX_TYPED] + "=" * (-len(sealed) % 4)
        return unseal_bytes(
            base64.urlsafe_b64decode(padded), context=typed_context(stored)
        ).decode()
    except (CannotUnseal, ValueError):
        return ""


def prune(owner_id: UUID) -> None:
    """Delete all answers that are too old, and those of the owner that are beyond a cap."""
    delete_expired()
    mine = StoredResult.objects.filter(owner_id=owner_id).order_by("-created_at")
    beyond, size = [], 0
    for number, (pk, of_one) in enumerate(mine.values_list("pk", "size")):
        size += of_one
        if number and (number >= settings.ANSWERS_MAX_COUNT or size > settings.ANSWERS_MAX_BYTES):
            beyond.append(pk)
    if beyond:
        StoredResult.objects.filter(pk__in=beyond).delete()


def delete_expired() -> None:
    StoredResult.objects.filter(created_at__lt=timezone.now() - KEPT).delete()


def sealing_context(stored: StoredResult) -> Context:
    return _context(stored, "sealed")


def outline_context(stored: StoredResult) -> Context:
    return _context(stored, "sealed_outline")


def typed_context(stored: StoredResult) -> Context:
    return _context(stored, "typed")


def _context(stored: StoredResult, field: str) -> Context:
    return Context(stored._meta.db_table, str(stored.pk), field, str(stored.owner_id))


def _compressed(stored: StoredResult) -> bytes:
    try:
        return unseal_bytes(bytes(stored.sealed), context=sealing_context(stored))
    except CannotUnseal:
        raise ResultGone from None
