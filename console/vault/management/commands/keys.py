"""`manage.py keys`: show the keyset, and rotate it while the console runs (docs/operations.md)."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

import tink
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from console.vault import rotation
from console.vault.columns import SealedColumn, sealed_columns
from console.vault.keyset import KeysetUnusable, read_handle, write_keyset
from console.vault.keyset_file import replace_keyset_file
from console.vault.resealing import reseal
from console.vault.rotation import KeyRefused, find_key, keys_of

ACTIONS = {
    "status": "the keys, and how many values each has sealed",
    "add": "a new key, which opens and does not seal yet",
    "promote": "have this key seal from now on",
    "reseal": "seal with the primary key what another has sealed",
    "disable": "have this key open nothing",
    "enable": "take a disable back",
    "destroy": "remove a disabled key for good",
    "wrap": "the same keyset, wrapped by a key service's key",
}
TAKE_A_KEY = ("promote", "disable", "enable", "destroy")
NEXT_STEP = {
    "add": "When every process has it: manage.py keys promote {id}",
    "promote": "When every process has it: manage.py keys reseal",
    "disable": "A secret that waits in an open form, 15 minutes at most, is not counted: if key "
    "{id} sealed it, it is typed again. When all has gone well for some days: manage.py keys "
    "destroy {id}",
    "enable": "Then: manage.py keys status",
    "destroy": "Key {id} is gone, here and in what you deploy; backups from before need it still.",
    "wrap": "Set VAULT_KEYSET_KEK_URI={uri} with it.",
}


class Command(BaseCommand):
    help = "Show and rotate the keys that seal what is secret. See docs/operations.md."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, what in ACTIONS.items():
            action = actions.add_parser(name, help=what, description=f"Print {what}.")
            if name in TAKE_A_KEY:
                action.add_argument("id", type=int, help="the key's id, as `keys status` shows it")
            if name == "wrap":
                action.add_argument("uri", help="aws-kms://…, gcp-kms://… or hcvault://…")
            if name not in ("status", "reseal"):
                action.add_argument(
                    "--write",
                    action="store_true",
                    help="replace the file that VAULT_KEYSET_FILE names, instead of printing",
                )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            self._act(action, options)
        except KeyRefused as refused:
            raise CommandError(str(refused)) from None
        except KeysetUnusable as error:
            raise CommandError(f"The keyset cannot be used: {error}. {error.advice}") from None
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used ({type(error).__name__}). "
                "Look at DATABASE_URL, and run manage.py migrate."
            ) from None

    def _act(self, action: str, options: dict[str, Any]) -> None:
        handle = read_handle(settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI)
        if action == "status":
            self._status(handle)
        elif action == "reseal":
            self._reseal(handle)
        else:
            self._change(handle, action, options)

    def _say(self, text: str) -> None:
        """Write to standard error, without colours; standard output is the result alone."""
        self.stderr.write(text, style_func=str)

    # --- status ---

    def _status(self, handle: tink.KeysetHandle) -> None:
        columns = sealed_columns()
        counts = {column.name: column.count_by_key() for column in columns}
        known = {key.id: key.state for key in keys_of(handle)}
        strays = {key_id for each in counts.values() for key_id in each} - set(known)
        rows = [("KEY", "STATE", *(name.upper() for name in counts))]
        for key_id in [*known, *sorted(strays, key=lambda each: each or 0)]:
            state = known.get(key_id or 0, "not in the keyset")
            name = "no key's mark" if key_id is None else str(key_id)
            rows.append((name, state, *(str(each[key_id]) for each in counts.values())))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        if strays:
            self._say("What no key of the keyset sealed does not open: manage.py doctor")

    # --- the keyset ---

    def _change(self, handle: tink.KeysetHandle, action: str, options: dict[str, Any]) -> None:
        key_id, uri = options.get("id"), options.get("uri") or settings.VAULT_KEYSET_KEK_URI
        if action == "add":
            handle, key_id = rotation.add_key(handle)
        elif action != "wrap":
            if action in ("disable", "destroy"):
                _check_unused(handle, key_id or 0)
            handle = CHANGES[action](handle, key_id or 0)
        keyset = write_keyset(handle, uri)
        if options["write"]:
            self._write(keyset)
        else:
            self.stdout.write(keyset)
            self._say("Deploy this as VAULT_KEYSET to every process of the console.")
        self._say(NEXT_STEP[action].format(id=key_id, uri=uri))

    def _write(self, keyset: str) -> None:
        file = settings.VAULT_KEYSET_FILE
        if not file:
            raise CommandError("VAULT_KEYSET_FILE is not set: leave --write out.")
        try:
            replace_keyset_file(file, keyset, read=settings.VAULT_KEYSET)
        except OSError as error:
            raise CommandError(
                f"{file} was not replaced: {error.strerror or error}. Nothing has changed."
            ) from None
        self._say(f"{file} holds the new keyset: restart every process of the console.")

    # --- the values ---

    def _reseal(self, handle: tink.KeysetHandle) -> None:
        primary = next(key.id for key in keys_of(handle) if key.primary)
        complete = [self._reseal_column(column, primary) for column in sealed_columns()]
        if not all(complete):
            raise CommandError(
                "Not all is sealed with the primary key. What does not open, manage.py doctor "
                "names; what was sealed meanwhile comes from a process that has not the promoted "
                "keyset yet: deploy it there, and run manage.py keys reseal again."
            )

    def _reseal_column(self, column: SealedColumn, primary: int) -> bool:
        """Reseal one column and print the counts. True if the primary key seals all of it now."""
        tally = reseal(column, primary, progress=self._say)
        self.stdout.write(
            f"{column.name}: {tally.resealed} resealed, {tally.overtaken} changed by somebody else "
            f"meanwhile, {tally.unreadable} do not open, {tally.left} left."
        )
        return tally.left == 0


CHANGES: dict[str, Callable[[tink.KeysetHandle, int], tink.KeysetHandle]] = {
    "promote": rotation.promote_key,
    "enable": rotation.enable_key,
    "disable": rotation.disable_key,
    "destroy": rotation.destroy_key,
}


def _check_unused(handle: tink.KeysetHandle, key_id: int) -> None:
    """Raises KeyRefused if values are sealed with this key: they would not open any more."""
    key = find_key(handle, key_id)
    rows = sum(column.count_by_key()[key_id] for column in sealed_columns())
    if rows and not key.primary:
        first = "" if key.enabled else f"manage.py keys enable {key_id}, "
        noun = "value is" if rows == 1 else "values are"
        raise KeyRefused(f"{rows} {noun} sealed with key {key_id}: {first}manage.py keys reseal.")
