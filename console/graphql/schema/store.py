"""Store what introspection brought: a version with its types, if it is not the one there is."""

import gzip
import hashlib
import itertools
import uuid
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from console.calls.send_once import max_sending_seconds
from console.database.clock import DatabaseNow, seconds_from_now
from console.graphql.schema.indexing import rows_of
from console.graphql.schema.introspection import Introspection
from console.graphql.schema.models import Look, Schema, SchemaType, SchemaVersion

ROWS_AT_ONCE = 250  # in one transaction: on SQLite all other writers wait for it
MAX_VERSIONS = 10  # of one schema


def claim(schema: Schema) -> uuid.UUID | None:
    """The right to fetch `schema`, over all processes; None where somebody else has it."""
    fetch_id = uuid.uuid4()
    free = Q(fetching_until=None) | Q(fetching_until__lt=DatabaseNow())
    longest = 2 * max_sending_seconds(settings.DXTRA_DEADLINE)  # there may be two questions
    claimed = Schema.objects.filter(free, pk=schema.pk).update(
        fetching_until=seconds_from_now(longest), fetch_id=fetch_id
    )
    return fetch_id if claimed else None


def is_being_fetched(schema: Schema) -> bool:
    return Schema.objects.filter(pk=schema.pk, fetching_until__gte=DatabaseNow()).exists()


def give_back(schema: Schema, fetch_id: uuid.UUID) -> None:
    Schema.objects.filter(pk=schema.pk, fetch_id=fetch_id).update(
        fetching_until=None, fetch_id=None
    )


def save_failure(schema: Schema, sentence: str) -> None:
    """Note why nothing came. The version that there is stays."""
    Schema.objects.filter(pk=schema.pk).update(
        failure=sentence[:1000], failed_at=timezone.now(), is_outdated=False
    )


def save_introspection(schema: Schema, read: Introspection, raw: msgspec.Raw) -> SchemaVersion:
    """Store a schema, and make it the current one.

    Its rows come in many short transactions, and count from the last statement on; what a process
    that died has left is deleted by the next.
    """
    digest = digest_of(read)
    current = schema.version if schema.version and schema.version.digest == digest else None
    version = current or _new_version(schema, read, raw, digest)
    Schema.objects.filter(pk=schema.pk).update(
        version=version, checked_at=timezone.now(), is_outdated=False, failure="", failed_at=None
    )
    if current is None:
        _prune_versions(schema, version)
        prune_schemas()
    return version


def digest_of(read: Introspection) -> str:
    """The same for two schemas that differ in the order of their types alone."""
    parts = sorted(msgspec.json.encode(each) for each in (*read.types, *read.directives))
    return hashlib.sha256(b"\n".join([msgspec.json.encode(read.roots), *parts])).hexdigest()


def unpack(version: SchemaVersion) -> bytes:
    """The editor's JSON."""
    return gzip.decompress(bytes(version.packed))


def _new_version(
    schema: Schema, read: Introspection, raw: msgspec.Raw, digest: str
) -> SchemaVersion:
    whole = b'{"version":"%s","introspection":{"__schema":%s}}' % (digest.encode(), bytes(raw))
    kinds = itertools.groupby(sorted(each.kind for each in read.types))
    version = SchemaVersion.objects.create(
        schema=schema,
        digest=digest,
        size=len(raw),
        type_count=len(read.types),
        kinds={kind: len(list(each)) for kind, each in kinds},
        roots=read.roots,
        packed=gzip.compress(whole, compresslevel=6, mtime=0),
    )
    rows = rows_of(read, version)
    while batch := list(itertools.islice(rows, ROWS_AT_ONCE)):
        SchemaType.objects.bulk_create(batch)
    return version


def _prune_versions(schema: Schema, current: SchemaVersion) -> None:
    """Delete the types of all but `current`, and the versions that nobody saw last, or too old."""
    seen = Look.objects.filter(schema=schema).values("version")
    others = schema.versions.exclude(pk=current.pk)
    for version in others.defer("packed"):
        while pks := list(version.types.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
            SchemaType.objects.filter(pk__in=pks).delete()
    others.exclude(pk__in=seen).delete()
    kept = list(others.order_by("-pk").values_list("pk", flat=True)[: MAX_VERSIONS - 1])
    others.exclude(pk__in=kept).delete()


def prune_schemas() -> None:
    """Delete the schemas that nobody has opened for long: who opens one has it fetched daily."""
    too_old = timezone.now() - timedelta(days=settings.SCHEMAS_KEPT_DAYS)
    unused = Q(checked_at__lt=too_old) | Q(checked_at=None, failed_at__lt=too_old)
    for schema in Schema.objects.filter(unused, fetching_until=None)[:5]:
        schema.delete()
