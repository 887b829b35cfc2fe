"""Brings what is asked of a job to its runner, and says when it holds."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from app.contract.changes import AT_STEP, AppliedChange
from worker.engine.schedule import Schedule, Scheduled
from worker.runners.control import Control


# Any: JSON, which the kind's own model has judged.
def known_changes(
    sent: Iterable[Mapping[str, Any]], earlier: Iterable[AppliedChange]
) -> Iterator[Scheduled[Any]]:
    """Yield what is known to change.

    Args:
        sent: `changes` of the job's parameters.
        earlier: what earlier attempts have applied: it comes again at the same steps.
    """
    for change in sent:
        values = {name: each for name, each in change.items() if name != AT_STEP}
        yield Scheduled(change[AT_STEP], values)
    for applied in earlier:
        yield Scheduled(applied.at_step, applied.values, is_repeated=True)


class Steering:
    """Of one attempt.

    Args:
        known: what is known to change.
        control: what is asked meanwhile.
    """

    def __init__(self, known: Iterable[Scheduled[JsonValue]], control: Control) -> None:
        self._control = control
        self._schedule = Schedule(known)

    def known(self, step: int) -> Mapping[str, JsonValue]:
        """Return what was known to hold from this step on, and did not before.

        Args:
            step: so many were taken; what came before it in an earlier attempt too.
        """
        return self._schedule.until(step)

    def changes(self, step: int) -> Mapping[str, JsonValue]:
        """Return the same, and what is asked meanwhile."""
        due = self.known(step)
        asked = self._control.asked()
        if not asked.values:
            return due
        # What is newer than an earlier attempt's changes takes their place.
        values = {**self._schedule.repeated(), **asked.values}
        self._control.apply(
            AppliedChange(revision=asked.revision, at_step=step, values=values)
        )
        return {**due, **values}
