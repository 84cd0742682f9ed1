"""A process with the console's Django and database: it adds people, and looks at rows.

`python -m chaos.desk` reads one JSON object a line, `{"do": …, "with": {…}}`, and answers one. No
secret goes over its pipe but the session keys of the made-up teammates that it adds.
"""

import hashlib
import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chaos.callers import Caller
from chaos.upstreams import Upstream
from tests.services.console import ROOT, Console

Ask = Callable[..., Any]


@contextmanager
def desk(console: Console) -> Iterator[Ask]:
    """`ask("row", profile=…)` has the process do that, and returns what it says."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chaos.desk"],
        cwd=ROOT,
        env=console.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert process.stdin
    assert process.stdout
    lines, one_at_a_time = process.stdout, threading.Lock()

    def ask(verb: str, **arguments: Any) -> Any:
        assert process.stdin
        with one_at_a_time:
            process.stdin.write(json.dumps({"do": verb, "with": arguments}) + "\n")
            said = lines.readline()
        if not said:
            raise RuntimeError(f"the desk ended while it was asked for {verb}")
        return json.loads(said)

    try:
        yield ask
    finally:
        process.stdin.close()
        process.wait(30)
        lines.close()


def callers(ask: Ask, console: Console, count: int, *, dpaas: str, dxtra: str) -> list[Caller]:
    """Add teammates with a profile for each address that is given, and sign them in."""
    made = ask("add_teammates", count=count, dpaas=dpaas, dxtra=dxtra)
    return [Caller(console.url, **one) for one in made]


# --- in the process -------------------------------------------------------------------------------


def add_teammates(count: int, dpaas: str, dxtra: str) -> list[dict[str, str]]:
    from django.conf import settings
    from django.contrib.auth.models import Group
    from django.test import Client

    from console.team.groups import OPERATIONS
    from console.team.models import User

    made = []
    for number in range(User.objects.count(), User.objects.count() + count):
        user = User.objects.create_user(f"mate{number}@example.com")
        user.groups.add(Group.objects.get(name=OPERATIONS))
        client = Client()
        client.force_login(user)
        session_key = client.cookies[settings.SESSION_COOKIE_NAME].value
        made.append({"session_key": session_key, **_add_profiles(user, dpaas, dxtra)})
    return made


def _add_profiles(user: Any, dpaas: str, dxtra: str) -> dict[str, str]:
    from console.profiles import services
    from console.vault.secret import Secret
    from sandbox.people import OPS_DPAAS, OPS_DXTRA

    profiles = {}
    if dpaas:
        made = services.create_dpaas_profile(
            user,
            name="Sandbox",
            base_url=dpaas,
            email=OPS_DPAAS.email,
            password=Secret(OPS_DPAAS.password),
            organization_slug=OPS_DPAAS.organization_slug,
        )
        profiles["dpaas"] = str(made.pk)
    if dxtra:
        made = services.create_dxtra_profile(
            user,
            name="Sandbox",
            auth_url=f"{dxtra}/v1",
            graphql_url=f"{dxtra}/v1/graphql",
            personal_access_token=Secret(OPS_DXTRA.personal_access_token),
        )
        profiles["dxtra"] = str(made.pk)
    return profiles


def row(profile: str) -> dict[str, Any]:
    """What is not secret in a profile's row; sealed values as digests, to be compared."""
    one = _profiles().get(pk=profile)
    return {
        "generation": one.generation,
        "state": one.state,
        "epoch": one.lease_epoch,
        "trouble": one.trouble,
        "failures": one.failures,
        "credential": hashlib.sha256(bytes(one.sealed_credential)).hexdigest(),
        "tokens": hashlib.sha256(bytes(one.sealed_tokens or b"")).hexdigest(),
    }


def run_out(profile: str) -> bool:
    """Have the access token of a row be over, by the console's own reckoning."""
    from console.database.clock import seconds_from_now

    past = dict.fromkeys(("refresh_after", "wait_after", "access_expires_at"))
    return bool(_profiles().filter(pk=profile).update(**{n: seconds_from_now(-1) for n in past}))


def forget_sign_ins() -> bool:
    """As if an hour had passed for the limits of sign-ins, which would stop a long run."""
    from console.profiles.models import SignInSlot
    from console.profiles.lifecycle.sign_in_limits import LONG_AGO

    _profiles().update(recent_sign_ins=[])
    SignInSlot.objects.update(used_at=LONG_AGO)
    return True


def end_pauses() -> bool:
    """Ask an upstream in trouble again at once, so that a run of faults is not one of pauses."""
    return bool(_profiles().exclude(not_before=None).update(not_before=None))


def is_torn(profile: str, url: str) -> bool:
    """Whether the two tokens of a row come from different answers, as the sandbox judges."""
    from console.profiles.lifecycle.lease import open_tokens

    one = _profiles().get(pk=profile)
    if one.sealed_tokens is None:
        return False
    access, refresh = open_tokens(one)
    judge = Upstream("", url)
    return refresh is None or not judge.of_one_answer(access.reveal(), refresh.reveal())


def outcomes(profile: str) -> dict[str, int]:
    """How the calls of a profile ended, by the console's own record."""
    from collections import Counter

    from console.calls.models import Call

    of_profile = Call.objects.filter(profile_id=uuid.UUID(profile))
    return dict(Counter(of_profile.values_list("outcome", flat=True)))


def submissions() -> dict[str, str]:
    """The state of each create, by its name."""
    from console.accounts.models import AccountSubmission

    return dict(AccountSubmission.objects.values_list("name", "state"))


def _profiles() -> Any:
    from console.profiles.models import CredentialProfile

    return CredentialProfile.objects.all()


VERBS: dict[str, Callable[..., Any]] = {
    verb.__name__: verb
    for verb in (
        add_teammates,
        row,
        run_out,
        forget_sign_ins,
        end_pauses,
        is_torn,
        outcomes,
        submissions,
    )
}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    for line in sys.stdin:
        wanted = json.loads(line)
        print(json.dumps(VERBS[wanted["do"]](**wanted["with"])), flush=True)


if __name__ == "__main__":
    main()
