"""How fast a job goes, and what is left at this pace."""

from app.contract.updates import Update


class Pace:
    """Follows the updates of one attempt."""

    def __init__(self) -> None:
        self._first: Update | None = None

    def told(self, update: Update, resumed_from_step: int | None = None) -> Update:
        """Return the update with its pace, and what is left at this pace.

        It is that since the first update: what came before it is preparation, which is
        not to be paid again for each step that is left.

        Args:
            update: the runner's.
            resumed_from_step: that the attempt went on from; None if it began anew.
        """
        self._first = first = self._first or update
        taken_s = update.elapsed_seconds - first.elapsed_seconds
        done = update.fraction - first.fraction
        steps = update.step - first.step
        if not (taken_s > 0 and done > 0):
            taken_s = update.elapsed_seconds
            steps = update.step - (resumed_from_step or 0)
            done = update.fraction * steps / max(1, update.step)
        pace = {
            "steps_per_second": steps / taken_s if taken_s > 0 else 0.0,
            "eta_seconds": taken_s * (1 - update.fraction) / done if done > 0 else 0.0,
        }
        return update.model_copy(update=pace)
