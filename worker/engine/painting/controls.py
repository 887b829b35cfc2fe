"""What may be asked of a job while it runs; taken in at the next step.

Safe to call from another thread. Knows options, no tensors.
"""

import threading
from collections.abc import Mapping
from typing import Protocol

from worker.engine.options import StylizeOptions

#: What a step may find changed; everything else is settled when the job begins.
CHANGEABLE = (
    "style_strength",
    "content_strength",
    "total_variation",
    "learning_rate",
    "gradient_clip",
)


class StopSignal(Protocol):
    """What a `threading.Event` is: asked many times a second, within steps too."""

    def is_set(self) -> bool:
        """Tell whether the computation must end at once."""


class Controls:
    """Changes for one running job.

    Args:
        finish: set by whoever knows no engine: the same as calling `finish`.
    """

    def __init__(self, finish: threading.Event | None = None) -> None:
        self._lock = threading.Lock()
        self._changes: dict[str, float | None] = {}
        self._finish = finish or threading.Event()

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
        self._finish.set()

    @property
    def is_finishing(self) -> bool:
        """Whether the job shall end with the next step."""
        return self._finish.is_set()

    def take(self) -> Mapping[str, float | None]:
        """Return the changes since the last call."""
        with self._lock:
            changes, self._changes = self._changes, {}
        return changes
