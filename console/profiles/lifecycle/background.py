"""Refresh a token that still lives beside the call that found it stale; nobody waits for it.

The lease is claimed by the call, so that one thread is started for each refresh. If the process
dies in it, the lease runs out as any other does, and the next claim goes on from there.
"""

import logging
import time
from threading import Thread
from urllib.parse import urlsplit

from django.db import connections

from console.calls.services import record_call
from console.profiles.lifecycle.lease import Lease, LeaseLost
from console.profiles.lifecycle.refresh import MAX_WAIT_SECONDS, TokenRefresh
from console.profiles.models import CredentialProfile
from console.upstream.errors import UpstreamError
from console.upstream.network.egress import Egress

log = logging.getLogger(__name__)


def refresh_in_background(lease: Lease, egress: Egress) -> None:
    """Start the refresh under `lease`, and return at once. How it ends stands in the profile's row,
    and in the record of calls."""
    # Not a daemon: a process that is asked to stop finishes what would else be lost.
    Thread(target=_run, args=(lease, egress), name="token refresh").start()


def refresh_path(profile: CredentialProfile) -> str:
    """The path that the record of calls shows for a refresh; its timeline says what was sent."""
    return urlsplit(profile.auth_url or profile.base_url).path or "/"


def refresh_and_record(lease: Lease, egress: Egress) -> None:
    """Refresh under `lease`. Raises UpstreamError, or LeaseLost."""
    path = refresh_path(lease.row)
    with record_call(lease.row, operation="refresh token", method="POST", path=path) as timeline:
        give_up_at = time.monotonic() + MAX_WAIT_SECONDS
        TokenRefresh(lease, egress, timeline, give_up_at).token()


def _run(lease: Lease, egress: Egress) -> None:
    try:
        refresh_and_record(lease, egress)
    except (UpstreamError, LeaseLost):
        pass  # said in the row, and in the record of calls
    except Exception:
        log.exception("A token could not be refreshed in the background")
    finally:
        connections.close_all()
