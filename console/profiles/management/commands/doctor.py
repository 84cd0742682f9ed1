"""`manage.py doctor`: one line for each thing that is wrong, with what to do about it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from console.profiles.diagnosis import findings
from console.vault.columns import sealed_columns
from console.vault.keyset import KeysetUnusable


class Command(BaseCommand):
    help = (
        "List stored values that cannot be decrypted and profiles that need attention. "
        "Exits with 1 if something needs action."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        urgent = False
        try:
            for finding in findings():
                self.stdout.write(f"{'!' if finding.urgent else '-'} {finding.text}")
                urgent = urgent or finding.urgent
            if urgent:
                sys.exit(1)
            values = sum(column.filled().count() for column in sealed_columns())
        except KeysetUnusable as error:
            raise CommandError(f"The keyset cannot be used: {error}. {error.advice}") from None
        self.stdout.write(f"No problems found. All {values} stored secrets can be decrypted.")
