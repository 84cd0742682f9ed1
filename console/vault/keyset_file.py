"""The file that VAULT_KEYSET_FILE names, replaced in one step."""

import os
import tempfile
from pathlib import Path


def replace_keyset_file(path: str, keyset: str, *, read: str) -> None:
    """Replace the file at `path` atomically by `keyset`, with mode 0600, synced to disk.

    `read`: what the file must still contain. Raises OSError, also where it contains something else.
    """
    target = Path(path).resolve(strict=True)
    if target.read_text().strip() != read:
        raise OSError("it was changed meanwhile")
    owner = target.stat()
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(keyset + "\n")
            file.flush()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
