"""Look for many secrets, in six encodings each, in a lot of bytes."""

import base64
import itertools
import sys
import urllib.parse
from collections import defaultdict

BLOCK = 8  # bytes
MIN_LENGTH = 2 * BLOCK - 1  # so long a text covers a whole aligned block, wherever it stands
CHUNK = 1 << 20  # bytes, a multiple of BLOCK


def encodings(secret: str) -> set[bytes]:
    """How a secret could stand in a dump: plain, UTF-16, percent, hex, and both base64s."""
    plain = secret.encode()
    found = {
        plain,
        secret.encode("utf-16-le"),
        urllib.parse.quote(secret, safe="").encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    for shift, encode in itertools.product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        # Inside a longer text base64 comes in three alignments; the edges depend on neighbours.
        found.add(encode(b"." * shift + plain)[4 : -4 or None])
    return found


class SecretSearch:
    """Finds any of its secrets in one pass, however many there are.

    An encoded secret that stands anywhere covers an aligned block of 8 bytes, which begins at one
    of its first 8 bytes. So every block of a text is looked up in one table of those; the few that
    are met are then looked for in earnest.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._by_block: dict[int, list[tuple[str, bytes]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, secret: str, name: str) -> None:
        """Look for `secret` from now on; `name` is what a finding is called."""
        if secret in self._known:
            return
        self._known.add(secret)
        for needle in encodings(_telling(secret)):
            assert len(needle) >= MIN_LENGTH, f"{name} is too short to be looked for"
            for start in range(BLOCK):
                block = int.from_bytes(needle[start : start + BLOCK], sys.byteorder)
                self._by_block[block].append((name, needle))

    def found_in(self, text: bytes) -> list[str]:
        """The names of the secrets that stand in `text`."""
        whole = len(text) // BLOCK * BLOCK
        met = {
            candidate
            for start in range(0, whole, CHUNK)
            for block in memoryview(text)[start : min(start + CHUNK, whole)].cast("Q")
            if block in self._by_block
            for candidate in self._by_block[block]
        }
        return sorted({name for name, needle in met if needle in text})


def _telling(secret: str) -> str:
    """Of a JWT its signature (RFC 7519): what stands before is alike in all of them."""
    header, _, rest = secret.partition(".")
    return rest.partition(".")[2] if header.startswith("eyJ") and rest.count(".") == 1 else secret


def found_in(haystack: bytes, secrets: list[str]) -> list[str]:
    """The secrets that `haystack` holds, named by their place in the list only."""
    search = SecretSearch()
    for number, secret in enumerate(secrets):
        search.add(secret, f"secret {number}")
    return search.found_in(haystack)
