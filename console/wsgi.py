"""The WSGI entry point: `gunicorn console.wsgi`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

try:
    django_application = get_wsgi_application()
    from console.web.body_limit import with_content_length

    application = with_content_length(django_application)
except ImproperlyConfigured as error:
    # One sentence instead of a traceback; gunicorn.conf.py loads this before any worker starts.
    sys.exit(f"Gatehouse cannot start: {error}")
