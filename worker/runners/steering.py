"""Brings what is asked of a job to its runner, and says when it holds."""

from collections import ChainMap
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from app.contract.changes import AppliedChange
from worker.runners.control import Control


class Steering:
    """Of one attempt; changes of earlier ones come again at the same steps.

    Args:
        earlier: those changes.
        control: what is asked meanwhile.
    """

    def __init__(self, earlier: Iterable[AppliedChange], control: Control) -> None:
        self._control = control
        self._earlier = sorted(earlier, key=lambda each: each.at_step)

    def changes(self, step: int) -> Mapping[str, JsonValue]:
        """Return what holds from this step on, and did not before.

        Args:
            step: so many were taken; what came before it in an earlier attempt too.
        """
        due: list[Mapping[str, JsonValue]] = [
            each.values for each in self._earlier if each.at_step <= step
        ]
        self._earlier = [each for each in self._earlier if each.at_step > step]
        asked = self._control.asked()
        if asked.values:
            # What is newer than an earlier attempt's changes takes their place.
            due += [each.values for each in self._earlier]
            self._earlier = []
            self._control.apply(
                AppliedChange(
                    revision=asked.revision, at_step=step, values=dict(asked.values)
                )
            )
            due.append(asked.values)
        return dict(ChainMap(*map(dict, reversed(due))))
