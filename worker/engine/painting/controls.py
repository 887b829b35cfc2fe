"""What may be asked of a job while it runs; taken in at the next step.

Safe to call from another thread. Knows options, no tensors.
"""

import threading
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from worker.engine.options import StylizeOptions

Changes = Mapping[str, float | None]

#: What a step may find changed; everything else is settled when the job begins.
CHANGEABLE = (
    "style_strength",
    "content_strength",
    "total_variation",
    "learning_rate",
    "gradient_clip",
    "steps",
)


class Scheduled(NamedTuple):
    """Changes that come when so many steps are taken, over all scales.

    Attributes:
        at_step: the number of those steps.
        changes: options by name.
        is_repeated: whether they were asked for in an earlier run of the same job: a
            newer change takes what is left of them with it, so that none that is
            older comes after it.
    """

    at_step: int
    changes: Changes
    is_repeated: bool = False


def _ignored(step: int, changes: Changes) -> None:
    pass


class Controls:
    """Changes for one running job.

    Args:
        schedule: changes that are known before.
        taken: is told of those that were asked for: at which step, and what.

    Attributes:
        is_finishing: whether the job shall end with the next step.
    """

    def __init__(
        self,
        schedule: Iterable[Scheduled] = (),
        taken: Callable[[int, Changes], None] = _ignored,
    ) -> None:
        self.is_finishing = False
        self._taken = taken
        # Of one step the older come first.
        self._schedule = sorted(schedule, key=lambda each: each.at_step)
        self._lock = threading.Lock()
        self._changes: dict[str, float | None] = {}

    def change(self, **changes: float | None) -> None:
        """Change options from the next step on.

        Raises:
            ValueError: an option that can not be changed, or a value out of range.
        """
        unknown = set(changes).difference(CHANGEABLE)
        if unknown:
            raise ValueError(
                f"{sorted(unknown)} can not be changed while a job runs, only: "
                f"{', '.join(CHANGEABLE)}"
            )
        StylizeOptions(**changes)  # type: ignore[arg-type]  # refuses what is out of range
        with self._lock:
            self._changes.update(changes)

    def finish(self) -> None:
        """Stop early and keep the picture as it is."""
        self.is_finishing = True

    def passed(self, step: int) -> Changes:
        """Return what was changed before a step that is gone on from."""
        return self._due(lambda each: each.at_step < step)

    def goes_on(self, step: int, *, is_flat: bool) -> bool:
        """Tell whether a job that could end here is known to go on with a change.

        Args:
            step: so many are taken.
            is_flat: whether it ends because the loss has stopped falling, which any
                change may end; else steps must be added.
        """
        due = (each.changes for each in self._schedule if each.at_step <= step)
        return any(is_flat or each.get("steps") is not None for each in due)

    def scheduled(self, step: int) -> Changes:
        """Return what is known to change at a step that is gone on from."""
        return self._due(lambda each: each.at_step <= step)

    def take(self, step: int = 0) -> Changes:
        """Return the changes since the last call.

        Args:
            step: so many are taken.
        """
        due = dict(self.scheduled(step))
        with self._lock:
            asked, self._changes = self._changes, {}
        if not asked:
            return due
        asked = {**self._due(lambda each: each.is_repeated), **asked}
        self._taken(step, asked)
        return {**due, **asked}

    def _due(self, is_due: Callable[[Scheduled], bool]) -> dict[str, float | None]:
        """Take changes out of the schedule; the latest counts."""
        due = [each.changes for each in self._schedule if is_due(each)]
        self._schedule = [each for each in self._schedule if not is_due(each)]
        return dict(ChainMap(*map(dict, reversed(due))))
