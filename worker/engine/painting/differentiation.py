"""Takes the gradient in the way that fits: recorded, whole, recomputed or in tiles.

When memory runs out it goes on with less, for the rest of the job. Knows no optimizer.
"""

import logging

import torch
from torch import Tensor

from app.contract.painting.choices import MemoryMode
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.losses.objective import Losses, Objective
from worker.engine.machine.cuda_graph import GraphedStep
from worker.engine.machine.device import is_out_of_memory
from worker.engine.machine.memory_plan import MemoryPlan
from worker.engine.painting.gradients import differentiate, differentiate_in_tiles

logger = logging.getLogger(__name__)

#: Recording takes as long as so many steps.
_LEAST_STEPS_TO_RECORD = 12


class Differentiation:
    """The gradient of one rung's objective.

    Args:
        network: the feature extractor.
        objective: what is minimized; its weights change only by `reweigh`.
        check_interruption: called now and then; may raise.
        plan: how the gradient is taken.
        steps: how often it will be asked for; many are worth a CUDA graph.
        may_save: whether to go on with less memory; a way that was asked for by name
            stays.
    """

    def __init__(
        self,
        network: FeatureExtractor,
        objective: Objective,
        check_interruption: InterruptionCheck,
        plan: MemoryPlan,
        steps: int,
        *,
        may_save: bool,
    ) -> None:
        self.plan = plan
        self._may_save = may_save
        self._network = network
        self._objective = objective
        self._checkpoint = check_interruption
        self._graph: GraphedStep[Losses] | None = None
        self._may_record = (
            network.device.type == "cuda" and steps >= _LEAST_STEPS_TO_RECORD
        )

    def reweigh(self, objective: Objective) -> None:
        """Go on with other weights: what was recorded has the old ones in it."""
        self._objective = objective
        self._graph = None

    def __call__(self, image: Tensor) -> tuple[Losses, Tensor]:
        """Return the losses at (N, 3, H, W), detached, and the gradient of their sum.

        Raises:
            RuntimeError: memory ran out, and there is no way that takes less.
        """
        while True:
            try:
                return self._take(image)
            except (RuntimeError, MemoryError) as error:
                less = self.plan.smaller() if self._may_save else None
                if less is None or not is_out_of_memory(error):
                    raise
            # Out here the error, its frames and their tensors are gone.
            logger.warning("out_of_memory plan=%s next=%s", self.plan, less)
            self.plan, self._graph = less, None
            if self._network.device.type == "cuda":
                torch.cuda.empty_cache()

    def _take(self, image: Tensor) -> tuple[Losses, Tensor]:
        if self.plan.tile_px is not None:
            return differentiate_in_tiles(
                self._objective,
                self._network,
                image,
                self._checkpoint,
                self.plan.tile_px,
            )
        if self._objective.is_renewing:
            # A choice waits for the device, which no graph can.
            return self._eagerly(image)
        if self._may_record and self.plan.mode is MemoryMode.WHOLE:
            self._record(image)
        if self._graph is not None:
            self._checkpoint()
            return self._graph(image)
        return self._eagerly(image)

    def _eagerly(self, image: Tensor) -> tuple[Losses, Tensor]:
        return differentiate(
            self._objective,
            self._network,
            image,
            self._checkpoint,
            recompute=self.plan.recomputes,
        )

    def _record(self, image: Tensor) -> None:
        """Record the step if that was not done; without a graph it goes on as well."""
        if self._graph is not None:
            return
        try:
            self._graph = GraphedStep(self._eagerly, image)
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            logger.warning("cuda_graph_not_recorded: %s", error)
            self._may_record = False
