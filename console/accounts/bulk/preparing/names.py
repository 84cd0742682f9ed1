"""When two names are one: for doubles within a file, against DPaaS, and between jobs."""

import hashlib
import unicodedata

from console.profiles.targets import Target


def same_name(name: str) -> str:
    """One text for all spellings of a name that nobody can tell apart: é of one or two letters,
    blanks around it."""
    return unicodedata.normalize("NFC", name).strip()


def unique_key(target: Target, name: str) -> str:
    """The same 64 letters for one name at one target."""
    text = f"{target.system}\n{target.address}\n{target.organization}\n{same_name(name)}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
