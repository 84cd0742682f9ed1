"""The console's settings, but that a password is hashed at once instead of in half a second."""

from console.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
