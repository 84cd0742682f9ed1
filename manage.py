#!/usr/bin/env python
"""Django's command line for Gatehouse."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import Error


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    try:
        # Django's command line ignores bad settings for some commands, so load them first.
        from django.conf import settings

        _ = settings.INSTALLED_APPS
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Gatehouse cannot start: {error}")
    except Error:
        exit_if_database_fails()
        raise


def exit_if_database_fails() -> None:
    """Exit with one sentence if it is the database that cannot be used, rather than a query."""
    from console.database.readiness import database_problem

    if problem := database_problem(migrated="migrate" not in sys.argv):
        sys.exit(f"manage.py cannot go on: {problem.sentence}")


if __name__ == "__main__":
    main()
