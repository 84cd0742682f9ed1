"""What a run sent, and the sentence of its failure: sealed, because both may hold personal data.

A document of 200 kB is compressed first; most shrink to a tenth.
"""

import gzip
from dataclasses import dataclass

import msgspec

from console.graphql.history.models import Run
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

GZIP_LEVEL = 1  # the fastest


class SentUnreadable(Exception):
    """What the run sent does not open here."""


@dataclass(frozen=True, slots=True)
class Sent:
    """As it was typed, character for character."""

    query: str
    variables: str = ""
    operation_name: str = ""  # the one that ran, if it has a name
    failure: str = ""  # the sentence that was shown


def seal_sent(run: Run, sent: Sent) -> None:
    content = gzip.compress(msgspec.json.encode(sent), compresslevel=GZIP_LEVEL, mtime=0)
    run.sealed = seal_bytes(content, context=sealing_context(run))


def open_sent(run: Run) -> Sent:
    """Raises SentUnreadable."""
    try:
        content = unseal_bytes(bytes(run.sealed), context=sealing_context(run))
    except CannotUnseal:
        raise SentUnreadable from None
    return msgspec.json.decode(gzip.decompress(content), type=Sent)


def sealing_context(run: Run) -> Context:
    return Context(run._meta.db_table, str(run.pk), "sealed", str(run.owner_id))
