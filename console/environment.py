"""Read the environment. A value that cannot be used refuses the start, in one sentence.

Each variable `X` can also be given as `X_FILE`, the path of a file that holds the value. Every
refusal is an ImproperlyConfigured that names the variable and never quotes its value: manage.py,
console/wsgi.py and gunicorn.conf.py print it and exit.
"""

import re
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off")
EXAMPLE_MARK = "replace-me"  # what .env.example holds in place of a secret
MASK = "••••••"
Default = TypeVar("Default", bool, None)

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]*:[0-9a-f:.]*\]")
ORIGIN = re.compile(rf"https?://(?:\*\.)?(?:{HOST.pattern})(?::[0-9]{{1,5}})?")
ADDRESS = re.compile(r"(?i)https?://(?:[\w.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?(?:/[^\s?#\\<>]*)?")


class SecretText(str):
    """A secret among the settings: a str with a masked repr, as `diffsettings` prints settings."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{MASK}'"


class Environment(environ.FileAwareEnv):
    """django-environ's, whose own errors may quote the value that they refuse."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        if self.ENVIRON.env.get(var) and self.ENVIRON.env.get(f"{var}_FILE"):
            raise ImproperlyConfigured(f"{var} and {var}_FILE are both set. Keep one of them.")
        try:
            if str(self.ENVIRON.get(var, "")).startswith("$"):
                # django-environ would take $NAME for another variable's value.
                return self.parse_value(  # type: ignore[no-untyped-call]
                    self.ENVIRON[var], kwargs.get("cast")
                )
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
    return SecretText(value)


def required_list(name: str, advice: str) -> list[str]:
    """Return the comma-separated values of `name`, of which there must be one at least."""
    values = optional_list(name)
    if not values:
        raise ImproperlyConfigured(f"{name} is missing. {advice}")
    return values


def optional_list(name: str) -> list[str]:
    """Return the comma-separated values of `name`, without blanks."""
    return [value.strip() for value in env.list(name, default=[]) if value.strip()]


def host_names(name: str, advice: str) -> list[str]:
    """Return the host names of `name`, in lower case as browsers send them."""
    hosts = [host.lower() for host in required_list(name, advice)]
    if not all(HOST.fullmatch(host) for host in hosts):
        raise ImproperlyConfigured(
            f"{name} takes host names only, such as console.example.com, without scheme, port, "
            "path or *."
        )
    return hosts


def origins(name: str) -> list[str]:
    """Return the origins of `name`, of which there may be none."""
    values = [value.lower() for value in optional_list(name)]
    if not all(ORIGIN.fullmatch(value) for value in values):
        raise ImproperlyConfigured(
            f"{name} takes origins only, such as https://console.example.com, without a path."
        )
    return values


def address(name: str, *, default: str) -> str:
    """Return the HTTP address in `name`: its host, and a path without a query."""
    value: str = env.str(name, default="").strip() or default
    if not ADDRESS.fullmatch(value):
        raise ImproperlyConfigured(f"{name} must be an address, as in {default}.")
    return value


def boolean(name: str, *, default: Default) -> bool | Default:
    """Return true or false; refuse any other word, so that a typo cannot turn HTTPS off."""
    word = env.str(name, default="").strip().lower()
    if word not in ("", *TRUE, *FALSE):
        raise ImproperlyConfigured(f"{name} must be true or false.")
    return word in TRUE if word else default


def integer(name: str, *, default: int, minimum: int, maximum: int) -> int:
    """Return a whole number from `minimum` to `maximum`."""
    text = env.str(name, default="").strip()
    value = default if not text else int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else None
    if value is None or not minimum <= value <= maximum:
        raise ImproperlyConfigured(f"{name} must be a whole number from {minimum} to {maximum}.")
    return value


def seconds(name: str, *, default: float, maximum: float = 600) -> float:
    """Return a duration of more than 0 and at most `maximum` seconds."""
    text = env.str(name, default="").strip()
    value = default if not text else float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else 0
    if not 0 < value <= maximum:
        raise ImproperlyConfigured(
            f"{name} must be a number of seconds, more than 0 and at most {maximum:.0f}."
        )
    return value


def database(name: str, *, folder: Path, default: str | None) -> dict[str, Any]:
    """Return Django's database settings for the URL in `name`; without a default it is required.

    The path of a SQLite file is relative to `folder`.
    """
    url: str = env.str(name, default="").strip() or default or ""
    if not url:
        raise ImproperlyConfigured(
            f"{name} is missing. Set postgres://…, or sqlite:///… for a file on this machine."
        )
    if not url.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgres://.")
    try:
        settings = dict(env.db_url_config(url))  # type: ignore[no-untyped-call]
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} cannot be read. Percent-encode special characters in the password: / is %2F."
        ) from None
    if settings["NAME"] in ("", ":memory:") and url != "sqlite:///:memory:":
        raise ImproperlyConfigured(f"{name} names no database. Its name or path goes at the end.")
    if url.startswith("sqlite") and settings["NAME"] != ":memory:":
        settings["NAME"] = str(folder / settings["NAME"])
    return _masked(settings)


def _masked(settings: dict[str, Any]) -> dict[str, Any]:
    """The same settings, with a repr that hides each password."""
    masked = {key: _masked(value) if key == "OPTIONS" else value for key, value in settings.items()}
    secret = {key: SecretText(value) for key, value in masked.items() if "password" in key.lower()}
    return masked | secret
