"""Read the environment. A value that cannot be used refuses the start, in one sentence.

Each variable `X` can also be given as `X_FILE`, the path of a file that holds the value. Every
refusal is an ImproperlyConfigured that names the variable and never quotes its value: manage.py,
console/wsgi.py and gunicorn.conf.py print it and exit.
"""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off")
EXAMPLE_MARK = "replace-me"  # what .env.example holds in place of a secret


class Environment(environ.FileAwareEnv):
    """django-environ's, whose own errors may quote the value that they refuse."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except OSError as error:
            raise ImproperlyConfigured(f"{var}_FILE cannot be read: {error.strerror}.") from None
        except ValueError:
            raise ImproperlyConfigured(f"{var} has a value of the wrong kind.") from None


env = Environment()  # type: ignore[no-untyped-call]


def required_secret(name: str, advice: str) -> str:
    """Return the secret `name`; refuse a missing one, and the example of .env.example."""
    value: str = env.str(name, default="").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is missing. {advice}")
    if EXAMPLE_MARK in value:
        raise ImproperlyConfigured(f"{name} still holds the example of .env.example. {advice}")
    return value


def required_list(name: str, advice: str) -> list[str]:
    """Return the comma-separated values of `name`, of which there must be one at least."""
    values = optional_list(name)
    if not values:
        raise ImproperlyConfigured(f"{name} is missing. {advice}")
    return values


def optional_list(name: str) -> list[str]:
    """Return the comma-separated values of `name`, without blanks."""
    return [value.strip() for value in env.list(name, default=[]) if value.strip()]


def boolean(name: str, *, default: bool) -> bool:
    """Return true or false; refuse any other word, so that a typo cannot turn HTTPS off."""
    word = env.str(name, default="").strip().lower()
    if word not in ("", *TRUE, *FALSE):
        raise ImproperlyConfigured(f"{name} must be true or false.")
    return word in TRUE if word else default


def positive_number(name: str, *, default: float) -> float:
    """Return a number above zero."""
    value: float = env.float(name, default=default)
    if not value > 0:
        raise ImproperlyConfigured(f"{name} must be more than 0.")
    return value


def database(name: str, *, default: str) -> dict[str, Any]:
    """Return Django's database settings for the URL in `name`."""
    url: str = env.str(name, default="") or default
    if not url.startswith(("sqlite://", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgres://.")
    try:
        return dict(env.db_url_config(url))  # type: ignore[no-untyped-call]
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} cannot be read. Write signs in its password as %XX: / is %2F."
        ) from None
