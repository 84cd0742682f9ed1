"""What the screens of bulk jobs call an operation, its rows and their states."""

from dataclasses import dataclass

from console.accounts.bulk.jobs import Progress
from console.accounts.bulk.models import JobState, RowState


@dataclass(frozen=True, slots=True)
class Wording:
    """`button`: with the number of accounts; `done`: what a row's success is called."""

    title: str
    button: str
    done: str
    again: str

    def button_for(self, rows: int) -> str:
        return self.button.format(accounts=counted(rows, "account"))

    def state(self, row_state: str) -> str:
        return self.done if row_state == RowState.DONE else RowState(row_state).label


WORDS = {
    "create": Wording("Create accounts", "Create {accounts}", "Created", "create them again"),
    "deactivate": Wording(
        "Deactivate accounts", "Deactivate {accounts}", "Deactivated", "deactivate them again"
    ),
    "activate": Wording(
        "Activate accounts", "Activate {accounts}", "Activated", "activate them again"
    ),
    "rename": Wording("Rename accounts", "Rename {accounts}", "Renamed", "rename them again"),
    "metadata": Wording(
        "Set metadata", "Set metadata of {accounts}", "Changed", "set their metadata again"
    ),
}
TONE_OF_JOB = {
    JobState.DRAFT: "quiet",
    JobState.RUNNING: "info",
    JobState.PAUSED: "warning",
    JobState.STOPPED: "quiet",
    JobState.DONE: "good",
}
TONE_OF_ROW = {
    RowState.DONE: "good",
    RowState.REJECTED: "bad",
    RowState.IN_DOUBT: "warning",
    RowState.WAITING: "quiet",
    RowState.SENDING: "info",
}


def counted(number: int, noun: str) -> str:
    """ "1 account", "1,200 accounts"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def tally(progress: Progress, words: Wording) -> str:
    """ "95 created, 2 rejected, 1 in doubt"; what there is none of goes unsaid."""
    parts = [
        (progress.done, words.done.lower()),
        (progress.rejected, "rejected"),
        (progress.in_doubt, "in doubt"),
        (progress.left, "waiting"),
    ]
    said = [f"{number:,} {what}" for number, what in parts if number]
    return ", ".join(said) or "no rows"


def at_least(seconds: float) -> str:
    """A time that is not underestimated: "8 s", "3 min", "2 h 10 min"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
