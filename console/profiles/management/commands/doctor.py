"""`manage.py doctor`: one line for each thing that is wrong, with what to do about it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from console.profiles.diagnosis import findings
from console.vault.columns import sealed_columns
from console.vault.keyset import KeysetUnusable


class Command(BaseCommand):
    help = (
        "Find what does not open and who is in trouble. Ends with 1 where something must be done."
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
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used ({type(error).__name__}): look at DATABASE_URL."
            ) from None
        self.stdout.write(f"Nothing must be done. Sealed values: {values}, and all open.")
