"""The first load stays light: what every page brings along, gzipped as whitenoise serves it."""

import gzip

from django.contrib.staticfiles.finders import find

EVERY_PAGE = (
    "dist/app.css",
    "dist/app.js",
    "images/favicon.svg",
    "django_htmx/htmx-2.min.js",
)
MAX_BYTES = 31_000  # a page of 20 rows adds 6 to 7 kB; 40 kB is the promise


def test_what_every_page_brings_along_is_light() -> None:
    sizes = {}
    for name in EVERY_PAGE:
        with open(find(name), "rb") as file:
            sizes[name] = len(gzip.compress(file.read()))

    assert min(sizes.values()) > 0
    assert sum(sizes.values()) < MAX_BYTES
