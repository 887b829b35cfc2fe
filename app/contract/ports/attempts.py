"""What the ledger says to workers, and what waits for one."""

from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from app.contract.commands import Command
from app.contract.kind import Lane, Needs


class BeatReply(IntEnum):
    """What the ledger answers to a beat."""

    GO_ON = 0
    #: The client wants no picture: stop computing, then say so with `cancel_done`.
    CANCEL = 1
    #: Another attempt holds the job or it has ended: stop, write nothing.
    LEASE_LOST = 2
    #: The client wants the picture as it is now.
    FINISH = 3
    #: Store the state at the next step, then hand the job back.
    PAUSE = 4
    #: Others wait: likewise, and they come first.
    MAKE_ROOM = 5


class Beat(NamedTuple):
    """The answer to a beat.

    Attributes:
        reply: what becomes of the attempt.
        commands: newer ones than it has obeyed, in their order. Of each thing that is
            asked only the newest is kept, so they may be fewer than were sent.
    """

    reply: BeatReply
    commands: tuple[Command, ...] = ()


class Waiting(NamedTuple):
    """What a job that waits asks for.

    Attributes:
        unable: workers that found out too late that they cannot do it.
        waiting_since: with a time zone.
    """

    kind: str
    lane: Lane
    needs: Needs
    unable: tuple[str, ...]
    waiting_since: datetime


class Claim(NamedTuple):
    """A job that a worker holds, and the number of its attempt: the fencing token."""

    job_id: str
    attempt: int
