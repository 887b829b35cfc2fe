"""What may be asked of a job while it runs; taken in at the next step.

Safe to call from another thread. Knows options, no tensors.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from app.contract.painting.limits import (
    MAX_STYLE_WEIGHT,
    MAX_STYLES,
    MIN_STYLE_WEIGHT,
)
from worker.engine.option_checks import require_number
from worker.engine.options import StylizeOptions
from worker.engine.schedule import Schedule, Scheduled
from worker.engine.styles import LateMask, mask_name

ChangeValue: TypeAlias = float | Sequence[float] | LateMask | None
Changes = Mapping[str, ChangeValue]

#: Options that a step may find changed.
CHANGEABLE_OPTIONS = (
    "style_strength",
    "content_strength",
    "total_variation",
    "learning_rate",
    "gradient_clip",
    "steps",
)
STYLE_WEIGHTS = "style_weights"
#: Likewise of the paintings; everything else is settled when the job begins.
CHANGEABLE_OF_STYLES = (STYLE_WEIGHTS, *map(mask_name, range(MAX_STYLES)))
CHANGEABLE = (*CHANGEABLE_OPTIONS, *CHANGEABLE_OF_STYLES)


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
        schedule: Iterable[Scheduled[ChangeValue]] = (),
        taken: Callable[[int, Changes], None] = _ignored,
    ) -> None:
        self.is_finishing = False
        self._taken = taken
        self._schedule = Schedule(schedule)
        self._lock = threading.Lock()
        self._changes: dict[str, ChangeValue] = {}

    def change(self, **changes: ChangeValue) -> None:
        """Change options, or weights and masks of the paintings, from the next step on.

        Whether there are as many weights as paintings, and whether a mask fits, is
        known to the job alone, which ends with a ValueError if not.

        Args:
            changes: by the names of `CHANGEABLE`; a weight for each painting, None for
                equal ones; a `LateMask`, None for no mask.

        Raises:
            ValueError: an option that can not be changed, or a value out of range.
        """
        unknown = set(changes).difference(CHANGEABLE)
        if unknown:
            raise ValueError(
                f"{sorted(unknown)} can not be changed while a job runs, only: "
                f"{', '.join(CHANGEABLE)}"
            )
        options = {n: each for n, each in changes.items() if n in CHANGEABLE_OPTIONS}
        StylizeOptions(**options)  # type: ignore[arg-type]  # refuses what is out of range
        _check_of_styles(changes)
        with self._lock:
            self._changes.update(changes)

    def finish(self) -> None:
        """Stop early and keep the picture as it is."""
        self.is_finishing = True

    def passed(self, step: int) -> Changes:
        """Return what was changed before a step that is gone on from."""
        return self._schedule.before(step)

    def goes_on(self, step: int, *, is_flat: bool) -> bool:
        """Tell whether a job that could end here is known to go on with a change.

        Args:
            step: so many are taken.
            is_flat: whether it ends because the loss has stopped falling, which any
                change may end; else steps must be added.
        """
        due = self._schedule.due(step)
        return any(is_flat or each.get("steps") is not None for each in due)

    def scheduled(self, step: int) -> Changes:
        """Return what is known to change at a step that is gone on from."""
        return self._schedule.until(step)

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
        asked = {**self._schedule.repeated(), **asked}
        self._taken(step, asked)
        return {**due, **asked}


def _check_of_styles(changes: Changes) -> None:
    for name in CHANGEABLE_OF_STYLES:
        value = changes.get(name)
        if value is None:
            continue
        if name != STYLE_WEIGHTS:
            if not isinstance(value, LateMask):
                raise ValueError(f"{name} is {value!r}, must be a mask or None")
            continue
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ValueError(f"{name} is {value!r}, must be a list of numbers")  # noqa: TRY004 - as all that is refused
        for each in value:
            require_number(name, each, MIN_STYLE_WEIGHT, MAX_STYLE_WEIGHT)
