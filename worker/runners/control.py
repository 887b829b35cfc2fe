"""What is asked of a running job, and that it lives.

A runner asks, from its own thread; whoever runs it delivers, from another one.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from pydantic import JsonValue

from app.contract.changes import AppliedChange
from app.contract.commands import Command, Verb


class RunInterruptedError(Exception):
    """The job must not go on; nothing more is wanted of it."""


class StopReason(StrEnum):
    """Why a job was told to stop."""

    CANCELED = "canceled"
    LEASE_LOST = "lease_lost"
    TIME_LIMIT = "time_limit"
    PAUSED = "paused"
    TURN_OVER = "turn_over"


#: The job goes on later, from the state of its last tick.
RESTS = frozenset({StopReason.PAUSED, StopReason.TURN_OVER})


class Asked(NamedTuple):
    """Parameters that were asked to change, and the number of the newest request."""

    revision: int
    values: Mapping[str, JsonValue]


class Control:
    """Of one attempt. A runner needs `check`, `is_finishing` and `changes` or `asked`.

    Attributes:
        is_finishing: whether the job shall end with its next tick, with the result as
            it is.
        is_pausing: whether the job shall be handed back with its next tick's state.
        is_turn_over: likewise, because others wait.
        stop_reason: why the job must not go on, None if it may.
        last_sign_s: when it was last known to live, by the monotonic clock.
    """

    def __init__(self) -> None:
        self.is_finishing = False
        self.is_pausing = False
        self.is_turn_over = False
        self.stop_reason: StopReason | None = None
        self.last_sign_s = time.monotonic()
        self._changing = threading.Lock()
        self._changes: dict[str, JsonValue] = {}
        self._revision = 0
        self._applied: list[AppliedChange] = []

    def check(self) -> None:
        """Show life.

        A runner calls it at least every 0.1 s, between two ticks and within them, also
        while it waits or prepares: one that has fallen silent is taken for hung, and
        loses its job.

        Raises:
            RunInterruptedError: The job must end at once, without a result.
        """
        self.last_sign_s = time.monotonic()
        if self.stop_reason is not None:
            raise RunInterruptedError(self.stop_reason)

    def changes(self) -> Mapping[str, JsonValue]:
        """Return the parameters that were changed since the last call, by name."""
        return self.asked().values

    def asked(self) -> Asked:
        """Return the same, for one who says when it holds: see `apply`."""
        with self._changing:
            changes, self._changes = self._changes, {}
            return Asked(self._revision, changes)

    def apply(self, change: AppliedChange) -> None:
        """Say that a change holds from the next step on."""
        with self._changing:
            self._applied.append(change)

    def applied(self) -> list[AppliedChange]:
        """Return the changes that were applied since the last call, in their order."""
        with self._changing:
            applied, self._applied = self._applied, []
        return applied

    def deliver(self, commands: Iterable[Command]) -> None:
        """Hand over what was asked, in the order in which it was."""
        for command in commands:
            if command.verb is Verb.CANCEL:
                self.stop(StopReason.CANCELED)
            elif command.verb is Verb.FINISH:
                self.is_finishing = True
            elif command.verb is Verb.PAUSE:
                self.is_pausing = True
            elif command.verb is Verb.CHANGE:
                with self._changing:
                    self._changes.update(command.values)
                    self._revision = command.sequence

    def rest(self) -> StopReason | None:
        """Return why the job shall be handed back with its state, None if not."""
        if self.is_pausing:
            return StopReason.PAUSED
        return StopReason.TURN_OVER if self.is_turn_over else None

    def stop(self, reason: StopReason) -> None:
        """Let the next check end the job; that it was lost is the strongest reason."""
        if self.stop_reason is None or reason is StopReason.LEASE_LOST:
            self.stop_reason = reason
