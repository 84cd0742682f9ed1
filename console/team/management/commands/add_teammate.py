"""`manage.py add_teammate`: add a teammate, who can then sign in."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from console.team.models import User


class Command(BaseCommand):
    help = "Add a teammate. Asks for their password twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the email address they sign in with")
        parser.add_argument("--group", metavar="NAME", help="a group to add them to")
        parser.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input (first line)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User(email=_checked_email(options["email"]))
        group = _group(options["group"])
        password = _password_from_stdin() if options["password_stdin"] else _password_typed_twice()
        _check_password(password, user)
        with transaction.atomic():
            user.set_password(password)
            user.save()
            if group:
                user.groups.add(group)
        suffix = f" to {group.name}" if group else ""
        self.stdout.write(f"Added {user.email}{suffix}.")


def _checked_email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CommandError(f"{text!r} is not an email address.") from None
    if User.objects.filter(email=email).exists():
        raise CommandError(f"{email} is already a teammate.")
    return email


def _group(name: str | None) -> Group | None:
    if name is None:
        return None
    group = Group.objects.filter(name=name).first()
    if group is None:
        known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
        raise CommandError(f"There is no group {name!r}. Groups: {known}.")
    return group


def _password_from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _password_typed_twice() -> str:
    if not sys.stdin.isatty():
        raise CommandError(
            "No terminal to ask for a password. "
            "Use --password-stdin and pass the password on standard input."
        )
    password = getpass("Password: ")
    if password != getpass("Password (again): "):
        raise CommandError("The passwords don't match. Nobody was added.")
    return password


def _check_password(password: str, user: User) -> None:
    if not password:
        raise CommandError("The password is empty. Nobody was added.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
