"""Brings what is asked of a picture's job to the engine, and says when it holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from PIL import Image

from app.contract.changes import AppliedChange
from app.contract.inputs import slot_and_number
from app.contract.kinds.image.resolved import ResolvedParameters
from worker.engine import Controls, LateMask, Scheduled
from worker.engine.painting.controls import Changes, ChangeValue
from worker.runners.control import Control
from worker.runners.pictures import read_picture
from worker.runners.runner import Order
from worker.runners.steering import known_changes

ReadFile = Callable[[str], bytes]


class Steering:
    """Of one run.

    Args:
        control: what is asked of the job.
        read_file: returns the bytes of a file by its hash.
        schedule: what is known to change.

    Attributes:
        controls: the engine's.
    """

    def __init__(
        self,
        control: Control,
        read_file: ReadFile,
        schedule: Iterable[Scheduled[ChangeValue]] = (),
    ) -> None:
        self.controls = Controls(schedule, self._taken)
        self._control = control
        self._read_file = read_file
        self._revision = 0

    def check(self) -> None:
        """Pass on what was asked; raise RunInterruptedError if the job must end."""
        self._control.check()
        asked = self._control.asked()
        if asked.values:
            self._revision = asked.revision
            self.controls.change(**_changes_of(asked.values, self._read_file))
        if self._control.is_finishing:
            self.controls.finish()

    def _taken(self, step: int, values: Changes) -> None:
        told: dict[str, Any] = {  # JSON: numbers, lists of them, hashes
            name: each.key if isinstance(each, LateMask) else each
            for name, each in values.items()
        }
        change = AppliedChange(revision=self._revision, at_step=step, values=told)
        self._control.apply(change)


def schedule_of(
    order: Order[ResolvedParameters],
) -> Iterator[Scheduled[ChangeValue]]:
    """Yield what is known to change: as it was sent, and as it was changed before."""
    for each in known_changes(order.params.changes, order.changes):
        yield each._replace(changes=_changes_of(each.changes, order.read_file))


# Any: JSON that the kind's own model has judged.
def _changes_of(values: Mapping[str, Any], read_file: ReadFile) -> dict[str, Any]:
    """Return changes in the engine's words: a mask is read when it is its turn."""

    def told(name: str, value: Any) -> Any:
        if slot_and_number(name)[0] != "mask" or value is None:
            return value
        return LateMask(value, partial(_mask, read_file, value))

    return {name: told(name, value) for name, value in values.items()}


def _mask(read_file: ReadFile, sha256: str) -> Image.Image:
    return read_picture(read_file(sha256), "L")
