"""Read the files of an import, whatever their kind: told by what they hold, not by their name."""

import zipfile
import zlib
from io import BytesIO
from pathlib import PurePosixPath

import msgspec
import yaml

from console.graphql.library.archives import FORMAT, Details
from console.graphql.library.importing.altair import is_altair, read_altair
from console.graphql.library.importing.found import Found, NotReadable, text_in
from console.graphql.library.importing.graphql_files import add_document
from console.graphql.library.importing.insomnia import (
    is_insomnia_4,
    is_insomnia_5,
    read_insomnia_4,
    read_insomnia_5,
)
from console.graphql.library.importing.postman import is_postman, read_postman
from console.upstream.json_text import value_in, with_whole_pairs

MAX_UNPACKED = 10_000_000  # bytes of all files in a zip
MAX_FILES = 2_000  # in a zip
MAX_YAML_DEPTH = 100
QUERY_FILES = (".graphql", ".gql", ".graphqls")
COLLECTIONS = (
    (is_postman, read_postman),
    (is_insomnia_4, read_insomnia_4),
    (is_insomnia_5, read_insomnia_5),
    (is_altair, read_altair),
)
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,  # a way of packing that zipfile does not know
    RuntimeError,  # encrypted
    EOFError,
    ValueError,
)
UNKNOWN = (
    "not imported. It is no .graphql file and no collection of Postman v2, Insomnia v4 or v5, "
    "or Altair."
)


def read_file(name: str, body: bytes, found: Found) -> None:
    """Take what the file holds. What cannot be read becomes a line of its own."""
    before = found.count
    try:
        if body.startswith(b"PK\x03\x04"):
            _read_zip(body, found)
        elif name.lower().endswith(QUERY_FILES):
            path = PurePosixPath(name)
            add_document(found, name=path.stem, query=_text(body), folders=path.parts[:-1])
        else:
            _read_collection(name, body, found)
    except NotReadable as error:
        found.leave_out(name, error.sentence)
    except RecursionError:
        found.leave_out(name, "not imported, as it is nested too deeply.")
    if found.count == before:
        found.leave_out(name, "has no query.")


def _read_collection(name: str, body: bytes, found: Found) -> None:
    data = _object(name, body)
    for is_it, read in COLLECTIONS:
        if is_it(data):
            return read(data, found)
    if text_in(data.get("format")) == FORMAT:
        raise NotReadable("belongs to a .graphql file. Import the zip, which holds both.")
    if "values" in data and "_postman_variable_scope" in data:
        raise NotReadable("not imported: environments hold variables and tokens, no queries.")
    raise NotReadable(UNKNOWN)


def _object(name: str, body: bytes) -> dict[str, object]:
    text = _text(body)
    try:
        data: object = value_in(with_whole_pairs(text.encode()))
    except ValueError:
        data = _yaml(text) if name.lower().endswith((".yaml", ".yml")) else None
    if not isinstance(data, dict):
        raise NotReadable(UNKNOWN)
    return data


def _yaml(text: str) -> object:
    """Read YAML without aliases, a few of which can stand for gigabytes, and not nested deeply.

    Every scalar stays text: PyYAML's numbers take time by the square of their length, and its tags
    raise whatever they like.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent) or depth > MAX_YAML_DEPTH:
                return None
        return yaml.load(text, Loader=yaml.CBaseLoader)  # noqa: S506 (makes texts alone)
    except (yaml.YAMLError, ValueError):
        return None


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotReadable("not imported, as it is not UTF-8 text.") from None


def _read_zip(body: bytes, found: Found) -> None:
    files = _unpacked(body, found)
    for path, content in files.items():
        stem = path.removesuffix(".graphql")
        details = _details(files.get(f"{stem}.json", b"")) if stem != path else None
        if details:
            found.add(
                name=details.name,
                query=_text(content),
                variables=details.variables,
                folders=details.folder.split("/"),
                description=details.description,
                operation_name=details.operation_name,
                tags=" ".join(details.tags),
                role=details.role,
            )
        elif _details(content) is None or f"{path.removesuffix('.json')}.graphql" not in files:
            if not content.startswith(b"PK\x03\x04"):
                read_file(path, content, found)
            else:
                found.leave_out(path, "left out: a zip in a zip.")


def _unpacked(body: bytes, found: Found) -> dict[str, bytes]:
    """The files of a zip, as long as they are few and small."""
    files: dict[str, bytes] = {}
    left = MAX_UNPACKED
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            names = [info for info in archive.infolist() if not info.is_dir()]
            if len(names) > MAX_FILES:
                raise NotReadable(f"not imported: a zip of more than {MAX_FILES:,} files.")
            for info in names:
                if info.compress_type not in PACKED:
                    raise NotReadable("not imported: this zip is packed in an unusual way.")
                if info.filename in files:
                    found.leave_out(info.filename, "left out: a second file of this name.")
                    continue
                with archive.open(info) as member:  # never by the size that it claims
                    files[info.filename] = member.read(left + 1)
                left -= len(files[info.filename])
                if left < 0:
                    raise NotReadable(
                        f"not imported: unpacked it has more than {MAX_UNPACKED // 1_000_000} MB."
                    )
    except BROKEN_ZIP:
        raise NotReadable("not imported: this zip is damaged or encrypted.") from None
    return files


def _details(body: bytes) -> Details | None:
    if not body:
        return None
    try:
        details = msgspec.json.decode(body, type=Details)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return details if details.format == FORMAT else None
