"""`manage.py doctor`: what is wrong, a line each, with what to do about it."""

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
        try:
            urgent = sum(self._tell(finding.text, finding.urgent) for finding in findings())
            values = 0 if urgent else sum(each.filled().count() for each in sealed_columns())
        except KeysetUnusable as error:
            raise CommandError(f"The keyset cannot be used: {error}. {error.advice}") from None
        except DatabaseError as error:
            raise CommandError(
                f"The database cannot be used ({type(error).__name__}): look at DATABASE_URL."
            ) from None
        if urgent:
            sys.exit(1)
        self.stdout.write(f"Nothing must be done. Sealed values: {values}, and all open.")

    def _tell(self, text: str, urgent: bool) -> bool:
        self.stdout.write(f"{'!' if urgent else '-'} {text}")
        return urgent
