"""A teammate's word that this very mutation shall run: a signed text that goes to the browser.

It holds an id that is used up by the run (console/graphql/runs.py), and a digest of all that was
named when it was asked for. Whatever of it changes, the word no longer counts.
"""

import hashlib
import json
from uuid import UUID, uuid4

from django.core import signing

from console.graphql.services import Order

SALT = "console.graphql.confirmation"
MAX_AGE_SECONDS = 3600  # seconds between the question and the answer


def confirmation_for(order: Order) -> str:
    """Return what a POST must bring as `confirm` to run `order`, once."""
    return signing.dumps([uuid4().hex, _digest(order)], salt=SALT)


def confirmed_run(confirmation: str, order: Order) -> UUID | None:
    """Return the id of the run that `confirmation` allows; None if it is not for this order."""
    try:
        run_id, digest = signing.loads(confirmation, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return None
    return UUID(run_id) if digest == _digest(order) else None


def _digest(order: Order) -> str:
    profile, document = order.profile, order.document
    named = [
        str(profile.owner_id),
        str(profile.pk),
        *profile.addresses,
        order.asked_role,
        document.text,
        document.operation_name,
        order.variables,
    ]
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()
