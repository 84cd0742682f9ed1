#!/usr/bin/env python
"""Django's command line for Gatehouse."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    try:
        # Django's command line ignores bad settings for some commands, so load them first.
        from django.conf import settings

        _ = settings.INSTALLED_APPS
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Gatehouse cannot start: {error}")


if __name__ == "__main__":
    main()
