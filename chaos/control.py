"""A process with the console's Django and database: it adds teammates and reads or changes rows.

`python -m chaos.control` reads one JSON object a line, `{"command": …, "arguments": {…}}`, and
writes the result on one. The session keys of made-up teammates are the only secrets in its pipe.
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

from chaos.clients import PATIENCE, Client
from chaos.upstreams import Upstream
from tests.services.console import ROOT, Console

Control = Callable[..., Any]


@contextmanager
def control_process(console: Console) -> Iterator[Control]:
    """`control("row", profile=…)` runs that command in the process, and returns its result."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chaos.control"],
        cwd=ROOT,
        env=console.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert process.stdin
    assert process.stdout
    lines, lock = process.stdout, threading.Lock()

    def control(command: str, **arguments: Any) -> Any:
        assert process.stdin
        with lock:
            process.stdin.write(json.dumps({"command": command, "arguments": arguments}) + "\n")
            line = lines.readline()
        if not line:
            raise RuntimeError(f"the control process ended during {command}")
        return json.loads(line)

    try:
        yield control
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        lines.close()


def add_clients(
    control: Control, console: Console, count: int, *, dpaas: str, dxtra: str
) -> list[Client]:
    """Add teammates with a profile at each URL that is not empty, and sign them in."""
    added = control("add_teammates", count=count, dpaas=dpaas, dxtra=dxtra)
    return [Client(console.url, **teammate) for teammate in added]


# --- In the process -------------------------------------------------------------------------------


def add_teammates(count: int, dpaas: str, dxtra: str) -> list[dict[str, str]]:
    from django.conf import settings
    from django.contrib.auth.models import Group
    from django.test import Client as DjangoClient

    from console.team.groups import OPERATIONS
    from console.team.models import User

    added = []
    for number in range(User.objects.count(), User.objects.count() + count):
        user = User.objects.create_user(f"mate{number}@example.com")
        user.groups.add(Group.objects.get(name=OPERATIONS))
        client = DjangoClient()
        client.force_login(user)
        session_key = client.cookies[settings.SESSION_COOKIE_NAME].value
        added.append({"session_key": session_key, **_add_profiles(user, dpaas, dxtra)})
    return added


def _add_profiles(user: Any, dpaas: str, dxtra: str) -> dict[str, str]:
    from django.urls import reverse

    from console.profiles.editing.saving import save_profile
    from console.profiles.models import CredentialProfile
    from console.profiles.selection.credential_state import credential_state
    from console.vault.secret import Secret
    from sandbox.people import OPS_DPAAS, OPS_DXTRA

    ids: dict[str, str] = {}  # and the paths of the screens
    if dpaas:
        profile = CredentialProfile(
            owner=user,
            kind="dpaas",
            name="Sandbox",
            environment="local",  # so that no target's name is typed for each write
            base_url=dpaas,
            email=OPS_DPAAS.email,
            organization_slug=OPS_DPAAS.organization_slug,
        )
        save_profile(profile, secret=Secret(OPS_DPAAS.password), checked=None)
        ids |= {"dpaas": str(profile.pk), "accounts": reverse("accounts", args=[profile.target])}
        ids["dpaas_state"] = credential_state(profile)
    if dxtra:
        profile = CredentialProfile(
            owner=user,
            kind="dxtra",
            name="Sandbox",
            environment="local",
            auth_url=f"{dxtra}/v1",
            graphql_url=f"{dxtra}/v1/graphql",
        )
        save_profile(profile, secret=Secret(OPS_DXTRA.personal_access_token), checked=None)
        ids |= {"dxtra": str(profile.pk), "graphql": reverse("graphql", args=[profile.target])}
        ids["dxtra_state"] = credential_state(profile)
    return ids


def row(profile: str) -> dict[str, Any]:
    """The columns of a profile that are no secrets; sealed ones as digests, to be compared."""
    stored = _profiles().get(pk=profile)
    return {
        "generation": stored.generation,
        "state": stored.state,
        "epoch": stored.lease_epoch,
        "last_error": stored.last_error,
        "failures": stored.failures,
        "credential": hashlib.sha256(bytes(stored.sealed_credential)).hexdigest(),
        "tokens": hashlib.sha256(bytes(stored.sealed_tokens or b"")).hexdigest(),
    }


def expire_token(profile: str) -> bool:
    """Let the access token be expired by the console's own reckoning."""
    from console.database.clock import seconds_from_now

    columns = ("advisory_refresh_at", "access_expires_at")
    past = {column: seconds_from_now(-1) for column in columns}
    return bool(_profiles().filter(pk=profile).update(**past))


def enter_advisory_window(profile: str) -> bool:
    """Let the access token live, and be due to be refreshed beside the next call."""
    from console.database.clock import seconds_from_now

    columns = {
        "advisory_refresh_at": seconds_from_now(-1),
        "access_expires_at": seconds_from_now(600),
    }
    return bool(_profiles().filter(pk=profile).update(**columns))


def forget_sign_ins() -> bool:
    """Reset the console's limits of sign-ins, as an hour would; else they would end a long run."""
    from console.profiles.lifecycle.sign_in_limits import LONG_AGO
    from console.profiles.models import SignInSlot

    _profiles().update(recent_sign_ins=[])
    SignInSlot.objects.update(used_at=LONG_AGO)
    return True


def end_backoff() -> bool:
    """Let the console call an upstream in trouble again at once."""
    return bool(_profiles().exclude(backoff_until=None).update(backoff_until=None))


def is_torn(profile: str, url: str) -> bool:
    """Whether the two tokens of a profile come from different responses of the sandbox."""
    from console.profiles.lifecycle.lease import open_tokens

    stored = _profiles().get(pk=profile)
    if stored.sealed_tokens is None:
        return False
    access, refresh = open_tokens(stored)
    upstream = Upstream("", url)
    return refresh is None or not upstream.of_one_response(access.reveal(), refresh.reveal())


def outcomes(profile: str) -> dict[str, int]:
    """How the calls of a profile ended, by the console's own record."""
    from collections import Counter

    from console.calls.models import Call

    of_profile = Call.objects.filter(profile_id=uuid.UUID(profile))
    return dict(Counter(of_profile.values_list("outcome", flat=True)))


def submissions() -> dict[str, str]:
    """The state of each create, by the account's name."""
    from console.accounts.models import AccountSubmission

    return dict(AccountSubmission.objects.values_list("name", "state"))


def start_job(profile: str, names: list[str]) -> str:
    """Start a bulk job that creates accounts of these names, as fast as may be; returns its id."""
    from console.accounts.bulk import jobs
    from console.accounts.bulk.preparing.tables import Table

    own = _profiles().get(pk=profile)
    table = Table([], [[name] for name in names])
    job = jobs.open_job(own.owner, own, "create", table, mapping={"name": 0})
    jobs.change_draft(job, rows_per_second=100.0)
    jobs.start(job, own)
    return str(job.pk)


def job(id: str) -> dict[str, Any]:
    """Its state, how many rows are in each state by its own count, and the state of each name."""
    from dataclasses import asdict

    from console.accounts.bulk import jobs
    from console.accounts.bulk.models import Job

    one = Job.objects.get(pk=id)
    rows = list(one.rows.values_list("name", "state"))
    return {"state": one.state, "progress": asdict(jobs.progress(one)), "rows": rows}


def _profiles() -> Any:
    from console.profiles.models import CredentialProfile

    return CredentialProfile.objects.all()


COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__: command
    for command in (
        add_teammates,
        row,
        expire_token,
        enter_advisory_window,
        forget_sign_ins,
        end_backoff,
        is_torn,
        outcomes,
        submissions,
        start_job,
        job,
    )
}


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
    django.setup()
    for line in sys.stdin:
        request = json.loads(line)
        result = COMMANDS[request["command"]](**request["arguments"])
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
