"""Brings what is asked of a cloud's job to the engine, and says when it holds."""

from collections import ChainMap
from collections.abc import Mapping

from pydantic import JsonValue

from app.contract.changes import AppliedChange
from app.contract.kinds.pointcloud.parameters import ResolvedCloudParameters
from worker.runners.control import Control
from worker.runners.runner import Order


class CloudSteering:
    """Of one run; changes of earlier attempts come again at the same steps."""

    def __init__(self, order: Order[ResolvedCloudParameters], control: Control) -> None:
        self._control = control
        self._earlier = sorted(order.changes, key=lambda each: each.at_step)

    def changes(self, step: int) -> Mapping[str, float]:
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
        newest_first = map(dict, reversed(due))
        return {name: float(value) for name, value in ChainMap(*newest_first).items()}  # type: ignore[arg-type]  # the kind lets numbers pass
