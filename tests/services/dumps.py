"""Everything that a database holds: as text, as its files are, and its sessions opened."""

import re
import sqlite3
import subprocess
import zlib
from base64 import urlsafe_b64decode
from pathlib import Path

from tests.services.postgres import find_binaries

# Django's signed sessions: ".", where compressed, then base64url, a time and a signature.
SESSION = re.compile(rb"(\.?)([A-Za-z0-9_-]{20,}):[A-Za-z0-9]{6}:[A-Za-z0-9_-]{43}")


def dump(database_url: str) -> bytes:
    """Everything that the database holds. On SQLite its write-ahead log too."""
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite:///"))
        parts = [part.read_bytes() for part in file.parent.glob(f"{file.name}*")]
        connection = sqlite3.connect(file)
        parts.append("\n".join(connection.iterdump()).encode())
        connection.close()
        text = b"\n".join(parts)
    else:
        folder, name = database_url.removeprefix("postgres://postgres@/").rsplit("/", 1)
        binaries = find_binaries()
        assert binaries is not None
        command = [binaries / "pg_dump", "-h", f"/{folder.lstrip('/')}", "-U", "postgres", name]
        text = subprocess.run(command, check=True, capture_output=True).stdout
    return text + b"\n" + b"\n".join(sessions_in(text))


def sessions_in(text: bytes) -> list[bytes]:
    """What the sessions in a dump hold; compressed, no search would look into them."""
    opened = []
    for compressed, body in SESSION.findall(text):
        data = urlsafe_b64decode(body + b"=" * (-len(body) % 4))
        try:
            opened.append(zlib.decompress(data) if compressed else data)
        except zlib.error:
            continue  # a page of the file cuts through it; elsewhere it is whole
    return opened
