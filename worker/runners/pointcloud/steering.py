"""Brings what is asked of a cloud's job to the engine, in its own words."""

from collections.abc import Mapping

from app.contract.kinds.pointcloud.parameters import ResolvedCloudParameters
from worker.runners.control import Control
from worker.runners.runner import Order
from worker.runners.steering import Steering, known_changes


class CloudSteering:
    """Of one run."""

    def __init__(self, order: Order[ResolvedCloudParameters], control: Control) -> None:
        known = known_changes(order.params.changes, order.changes)
        self._steering = Steering(known, control)

    def changes(self, step: int) -> Mapping[str, float]:
        """Return what holds from this step on, and did not before.

        Args:
            step: so many were taken; what came before it in an earlier attempt too.
        """
        changes = self._steering.changes(step)
        return {name: float(value) for name, value in changes.items()}  # type: ignore[arg-type]  # the kind lets numbers pass
