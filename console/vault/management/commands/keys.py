"""`manage.py keys`: show the keyset, and rotate it while the console runs (docs/operations.md)."""

from argparse import ArgumentParser
from collections.abc import Callable
from io import StringIO
from typing import Any

import tink
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from console.vault import rotation
from console.vault.columns import SealedColumn, sealed_columns
from console.vault.keyset import KeysetUnusable, read_handle, write_keyset
from console.vault.keyset_file import replace_keyset_file
from console.vault.resealing import forget, reseal
from console.vault.rotation import KeyRefused, find_key, keys_of

ACTIONS = {
    "status": "List the keys and how many values each one seals.",
    "add": "Add a key. It can open values, and does not seal any until it is promoted.",
    "promote": "Make a key the primary, which seals new values.",
    "reseal": "Reseal every value with the primary key.",
    "disable": "Disable a key, so that it opens nothing.",
    "enable": "Enable a disabled key.",
    "destroy": "Remove a disabled key. This cannot be undone.",
    "wrap": "Wrap the keyset with a key of a key service.",
    "forget": "Count the values that the keyset cannot open. With --yes, delete them.",
}
TAKE_A_KEY = ("promote", "disable", "enable", "destroy")
NEXT_STEP = {
    "add": "Next, once every process has it: manage.py keys promote {id}",
    "promote": "Next, once every process has it: manage.py keys reseal",
    "disable": "Secrets typed into a form in the last 15 minutes may have to be typed again. "
    "Next, after a few days without trouble: manage.py keys destroy {id}",
    "enable": "Next: manage.py keys status",
    "destroy": "Key {id} was removed from the keyset. Older backups still need it.",
    "wrap": "Deploy it together with VAULT_KEYSET_KEK_URI={uri}.",
}


class Command(BaseCommand):
    help = "Show and rotate the keys that encrypt stored secrets. See docs/operations.md."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, what in ACTIONS.items():
            action = actions.add_parser(name, help=what, description=what)
            if name in TAKE_A_KEY:
                action.add_argument("id", type=int, help="the key's ID, from `keys status`")
            if name == "wrap":
                action.add_argument("uri", help="aws-kms://…, gcp-kms://… or hcvault://…")
            if name == "forget":
                action.add_argument("--yes", action="store_true", help="delete them")
            if name not in ("status", "reseal", "forget"):
                action.add_argument(
                    "--write",
                    action="store_true",
                    help="write the keyset to VAULT_KEYSET_FILE instead of printing it",
                )

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        try:
            self._act(action, options)
        except KeyRefused as refused:
            raise CommandError(str(refused)) from None
        except KeysetUnusable as error:
            raise CommandError(f"The keyset cannot be used: {error}. {error.advice}") from None

    def _act(self, action: str, options: dict[str, Any]) -> None:
        handle = read_handle(settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI)
        if action == "status":
            self._status(handle)
        elif action == "reseal":
            self._reseal(handle)
        elif action == "forget":
            self._forget(delete=options["yes"])
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
            name = "unknown" if key_id is None else str(key_id)
            rows.append((name, state, *(str(each[key_id]) for each in counts.values())))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        if strays:
            self._say("Some values were sealed with other keys. Run manage.py doctor.")

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
            self._say("Deploy this keyset as VAULT_KEYSET to every process.")
        self._say(NEXT_STEP[action].format(id=key_id, uri=uri))

    def _write(self, keyset: str) -> None:
        file = settings.VAULT_KEYSET_FILE
        if not file:
            raise CommandError("VAULT_KEYSET_FILE is not set. Run the command without --write.")
        try:
            replace_keyset_file(file, keyset, read=settings.VAULT_KEYSET)
        except OSError as error:
            raise CommandError(
                f"Could not write {file}: {error.strerror or error}. Nothing was changed."
            ) from None
        self._say(f"Wrote the new keyset to {file}. Restart every process.")

    # --- the values ---

    def _reseal(self, handle: tink.KeysetHandle) -> None:
        primary = next(key.id for key in keys_of(handle) if key.primary)
        complete = [self._reseal_column(column, primary) for column in sealed_columns()]
        if not all(complete):
            raise CommandError(
                "Some values are not sealed with the primary key. If they cannot be opened, "
                "manage.py doctor lists them. If they are new, a process still runs with the old "
                "keyset: deploy the promoted one, then run manage.py keys reseal again."
            )

    def _reseal_column(self, column: SealedColumn, primary: int) -> bool:
        """Reseal one column and print the counts. True if the primary key seals all of it now."""
        tally = reseal(column, primary, progress=self._say)
        self.stdout.write(
            f"{column.name}: {tally.resealed} resealed, {tally.overtaken} changed meanwhile, "
            f"{tally.unreadable} cannot be opened, {tally.left} left."
        )
        return tally.left == 0

    def _forget(self, *, delete: bool) -> None:
        _check_migrated()
        for column in sealed_columns():
            if column.is_required:
                count = forget(column) if delete else sum(1 for _ in column.unreadable())
                self.stdout.write(
                    f"{column.name}: {count} {'deleted' if delete else 'cannot be opened'}."
                )
        if not delete:
            self._say("Nothing was deleted. If the keyset is lost, run it again with --yes.")


CHANGES: dict[str, Callable[[tink.KeysetHandle, int], tink.KeysetHandle]] = {
    "promote": rotation.promote_key,
    "enable": rotation.enable_key,
    "disable": rotation.disable_key,
    "destroy": rotation.destroy_key,
}


def _check_migrated() -> None:
    """Raises KeyRefused while migrations are pending: one of them may make values open again."""
    out = StringIO()
    try:
        call_command("migrate", check_unapplied=True, stdout=out, stderr=out)
    except SystemExit:
        raise KeyRefused("Migrations are pending. Run manage.py migrate first.") from None


def _check_unused(handle: tink.KeysetHandle, key_id: int) -> None:
    """Raises KeyRefused if values are sealed with this key: they would not open any more."""
    key = find_key(handle, key_id)
    rows = sum(column.count_by_key()[key_id] for column in sealed_columns())
    if rows and not key.primary:
        first = "" if key.enabled else f"manage.py keys enable {key_id}, then "
        noun = "value is" if rows == 1 else "values are"
        raise KeyRefused(
            f"{rows} {noun} still sealed with key {key_id}. Run {first}manage.py keys reseal."
        )
