"""Brings what is asked of a picture's job to the engine, and says when it holds."""

from collections.abc import Iterable, Iterator, Mapping

from app.contract.changes import AT_STEP, AppliedChange
from app.contract.kinds.image.resolved import ResolvedParameters
from worker.engine import Controls, Scheduled
from worker.runners.control import Control
from worker.runners.runner import Order


class Steering:
    """Of one run.

    Attributes:
        controls: the engine's.
    """

    def __init__(self, control: Control, schedule: Iterable[Scheduled] = ()) -> None:
        self.controls = Controls(schedule, self._taken)
        self._control = control
        self._revision = 0

    def check(self) -> None:
        """Pass on what was asked; raise RunInterruptedError if the job must end."""
        self._control.check()
        asked = self._control.asked()
        if asked.values:
            self._revision = asked.revision
            self.controls.change(**asked.values)  # type: ignore[arg-type]  # the kind lets numbers pass
        if self._control.is_finishing:
            self.controls.finish()

    def _taken(self, step: int, values: Mapping[str, float | None]) -> None:
        change = AppliedChange(
            revision=self._revision, at_step=step, values=dict(values)
        )
        self._control.apply(change)


def schedule_of(order: Order[ResolvedParameters]) -> Iterator[Scheduled]:
    """Yield what is known to change: as it was sent, and as it was changed before."""
    for change in order.params.changes:
        values = {name: each for name, each in change.items() if name != AT_STEP}
        yield Scheduled(change["at_step"], values)  # type: ignore[arg-type]  # numbers
    for applied in order.changes:
        yield Scheduled(applied.at_step, applied.values, is_repeated=True)  # type: ignore[arg-type]  # likewise
