"""`manage.py add_teammate` adds a teammate, or says in one sentence why not."""

import io

import pytest
from django.core.management import CommandError, call_command

from console.team.models import User

GOOD = "a long enough passphrase"

pytestmark = pytest.mark.django_db


def add(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = GOOD + "\n") -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    out = io.StringIO()
    call_command("add_teammate", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_a_teammate_is_added(monkeypatch: pytest.MonkeyPatch) -> None:
    said = add(monkeypatch, "Ana@Example.org", "--group", "Operations", "--password-stdin")
    ana = User.objects.get()

    assert said == "Added ana@example.org to Operations.\n"
    assert (ana.email, ana.is_staff, ana.is_superuser) == ("ana@example.org", False, False)
    assert ana.check_password(GOOD)
    assert [group.name for group in ana.groups.all()] == ["Operations"]


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (["nobody"], GOOD, "'nobody' is not an email address."),
        (["TAKEN@example.org"], GOOD, "taken@example.org is already a teammate."),
        (
            ["new@example.org", "--group", "operations"],
            GOOD,
            "There is no group 'operations'. Groups: Operations.",
        ),
        (["new@example.org"], "", "The password is empty. Nobody was added."),
        (
            ["new@example.org"],
            "12345678901",
            "This password is too common. This password is entirely numeric.",
        ),
    ],
)
def test_a_refusal_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], typed: str, sentence: str
) -> None:
    User.objects.create_user("taken@example.org")

    with pytest.raises(CommandError) as refusal:
        add(monkeypatch, *arguments, "--password-stdin", typed=typed)

    assert str(refusal.value) == sentence
    assert [user.email for user in User.objects.all()] == ["taken@example.org"]


def test_without_a_terminal_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="Use --password-stdin"):
        add(monkeypatch, "ana@example.org")

    assert User.objects.count() == 0


def test_the_password_is_never_printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = add(monkeypatch, "ana@example.org", "--password-stdin", typed="canary Passw0rd x\n")
    with pytest.raises(CommandError) as refusal:
        add(monkeypatch, "bob@example.org", "--password-stdin", typed="canary\n")

    assert "canary" not in said + str(refusal.value) + "".join(capfd.readouterr())
