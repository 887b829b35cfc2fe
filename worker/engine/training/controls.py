"""What may be asked of a training while it runs; it holds from the next step on.

The options of a step hang on the changes until then alone, so that a training that goes
on from a state needs nothing but the list of changes. Safe to call from another thread.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from worker.engine.schedule import Schedule, Scheduled
from worker.engine.training.options import TrainingOptions

Changes = Mapping[str, float | None]
CHANGEABLE = frozenset({"learning_rate", "style_strength", "content_strength", "steps"})


def _ignored(step: int, changes: Changes) -> None:
    pass


class TrainingControls:
    """Of one training.

    Args:
        schedule: changes that are known before.
        taken: is told of those that were asked for: at which step, and what.

    Attributes:
        is_finishing: whether the training shall end with the next step.
    """

    def __init__(
        self,
        schedule: Iterable[Scheduled[float | None]] = (),
        taken: Callable[[int, Changes], None] = _ignored,
    ) -> None:
        self.is_finishing = False
        self._schedule = Schedule(schedule)
        self._held: dict[str, float | None] = {}
        self._taken = taken
        self._lock = threading.Lock()
        self._asked: dict[str, float | None] = {}

    def change(self, changes: Changes) -> None:
        """Change options from the next step on.

        Raises:
            ValueError: an option that can not be changed.
        """
        unknown = changes.keys() - CHANGEABLE
        if unknown:
            raise ValueError(
                f"{sorted(unknown)} can not be changed while a training runs, only: "
                f"{', '.join(sorted(CHANGEABLE))}"
            )
        with self._lock:
            self._asked.update(changes)

    def options_at(self, step: int, options: TrainingOptions) -> TrainingOptions:
        """Return the options of the step after so many, with all changes till then.

        Args:
            step: never less than at the last call.
            options: what the training began with.
        """
        self._held |= self._schedule.until(step)
        with self._lock:
            asked, self._asked = self._asked, {}
        if asked:
            asked = {**self._schedule.repeated(), **asked}
            self._taken(step, asked)
            self._held |= asked
        return replace(options, **self._held) if self._held else options  # type: ignore[arg-type]  # names of fields
