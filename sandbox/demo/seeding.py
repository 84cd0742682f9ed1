"""`python -m sandbox.demo.seeding DXTRA_ORIGIN DPAAS_ORIGIN`: the database and its teammates."""

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command


def main(dxtra_origin: str, dpaas_origin: str) -> None:
    """Migrate, then add what is missing."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        sys.exit(f"Gatehouse cannot start: {error}")
    call_command("migrate", interactive=False, verbosity=0)
    from sandbox.demo.teammates import seed  # models can be imported only after setup()

    seed(dxtra_origin, dpaas_origin)


if __name__ == "__main__":
    main(*sys.argv[1:])
