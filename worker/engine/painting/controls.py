"""What may be asked of a job while it runs; taken in at the next step.

Safe to call from another thread. Knows options, no tensors.
"""

import threading
from collections.abc import Mapping

from worker.engine.options import StylizeOptions

#: What a step may find changed; everything else is settled when the job begins.
CHANGEABLE = (
    "style_strength",
    "content_strength",
    "total_variation",
    "learning_rate",
    "gradient_clip",
)


class Controls:
    """Changes for one running job.

    Attributes:
        is_finishing: whether the job shall end with the next step.
    """

    def __init__(self) -> None:
        self.is_finishing = False
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

    def take(self) -> Mapping[str, float | None]:
        """Return the changes since the last call."""
        with self._lock:
            changes, self._changes = self._changes, {}
        return changes
