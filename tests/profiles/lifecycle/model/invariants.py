"""What must hold at every moment (docs/architecture.md, "The life of a token"), by name."""

from enum import StrEnum


class Invariant(StrEnum):
    ONE_AT_A_TIME = "one refresh at a time for a profile over all processes"
    NEVER_TWICE = "a DPaaS refresh token is never sent twice"
    SPENT_IS_STICKY = "a spent refresh token never becomes usable again"
    UNSENT_IS_UNSPENT = "what was certainly not sent leaves everything as it was"
    ONE_ANSWER = "access and refresh token are of one answer"
    OVERTAKEN = "a holder that was overtaken writes nothing"
    CREDENTIAL = "the stored credential changes by an edit alone; resealing keeps its text"
    GENERATION = "the generation never goes back, and an edit begins a new one"
    OWN_TOKEN = "a token belongs to the profile's present address and credential"
    LIFE = "no token is taken for alive longer than the upstream says"
    NEEDS_USER = "a refused credential is not tried again until it is edited"
    FIVE_AN_HOUR = "at most 5 sign-ins an hour for a profile, by ourselves"
    SIX_EXCHANGES = "at most 6 exchanges of access tokens in 5 minutes, by ourselves"
    FORCED = "at most one forced refresh a minute, unless it proved right"
    LEFT_ALONE = "a paused upstream is left alone"
    NOT_NEEDED = "a token is renewed when it is due, or refused by the API, and not else"
    NOTHING_HELD = "nothing of the database is held while an upstream is waited for"
    TYPED = "whatever fails, fails with an UpstreamError"
    ENDS = "whatever is asked for comes to an end"
    HEALS = "when the lease is over and the upstream is well, the profile works"


class Broken(AssertionError):
    """An invariant does not hold. The text is the invariant, what was seen, and the story."""

    def __init__(self, invariant: Invariant, seen: str) -> None:
        super().__init__(f"{invariant}: {seen}")
        self.invariant = invariant


def hold(invariant: Invariant, true: object, seen: str) -> None:
    if not true:
        raise Broken(invariant, seen)
