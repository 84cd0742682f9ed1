"""A teammate's confirmation of one mutation: a signed text that the browser sends back.

It holds the id of the run, which can be used once (console/graphql/runs.py), and a digest of all
that the teammate saw. If any of that changes, the confirmation is no longer valid.
"""

import hashlib
import json
from uuid import UUID, uuid4

from django.core import signing

from console.graphql.request import GraphQLRequest
from console.profiles.selection.credential_state import credential_state

SALT = "console.graphql.confirmation"
MAX_AGE_SECONDS = 3600  # of a confirmation


def confirmation_for(request: GraphQLRequest) -> str:
    """Return what a POST must bring as `confirm` to run `request`, once."""
    return signing.dumps([uuid4().hex, _digest(request)], salt=SALT)


def confirmed_run(confirmation: str, request: GraphQLRequest) -> UUID | None:
    """Return the id of the run that `confirmation` allows; None if it is not for this request."""
    try:
        run_id, digest = signing.loads(confirmation, salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return None
    return UUID(run_id) if digest == _digest(request) else None


def _digest(request: GraphQLRequest) -> str:
    profile, document = request.profile, request.document
    confirmed = [
        str(profile.owner_id),
        credential_state(profile),
        request.sent_role,
        document.text,
        document.operation_name,
        request.variables,
    ]
    return hashlib.sha256(json.dumps(confirmed).encode()).hexdigest()
