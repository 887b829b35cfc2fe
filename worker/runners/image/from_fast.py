"""The runner of pictures that are optimized from the fast one: it is seen at once."""

from collections.abc import Generator
from typing import Any, NamedTuple, TypeAlias

from PIL import Image

from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.fast import ResolvedFastParameters
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.painting.choices import Network
from worker.engine import StylizeOptions
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.painting.scales import plan
from worker.runners.control import Control
from worker.runners.image.fast import FastRunner
from worker.runners.image.options import options_of, quick_options_of
from worker.runners.image.runner import ImageRunner
from worker.runners.image.steering import Steering, schedule_of
from worker.runners.image.tick import ImageTick, StartTick
from worker.runners.runner import Order, Runner

Params: TypeAlias = ResolvedParameters | ResolvedFastParameters
# Any: of either, and what reads one is written for each.
AnyOrder: TypeAlias = Order[Any]

#: What looks at the pictures in the steps of `quick`.
_QUICK_NETWORK = Network.VGG19


class FromFastRunner(Runner[Params]):
    """Implements the `Runner` port: `preset=quick` of one engine, `start=fast` of both.

    Args:
        fast: makes the first picture.
        optimizing: takes the steps after it.
    """

    def __init__(self, fast: FastRunner, optimizing: ImageRunner) -> None:
        self._fast = fast
        self._optimizing = optimizing

    def run(
        self, order: AnyOrder, control: Control, resume: bytes | None
    ) -> Generator[StartTick | ImageTick, None, None]:
        """Yield the fast picture, and sparse steps from there."""
        how = _how(order, control)
        inputs = self._fast.started(order, how.options, how.steering.check)
        if resume is None and inputs.start_image is not None:
            steps = _steps(how.options, inputs.start_image)
            yield StartTick(inputs.start_image, steps)
        yield from self._optimizing.painted(
            lambda _check: inputs,
            how.options,
            how.network,
            steering=how.steering,
            resume=resume,
        )

    def is_predictable(self, params: Params) -> bool:
        """Tell whether no scale is left early."""
        if isinstance(params, ResolvedFastParameters):
            return True
        return self._optimizing.is_predictable(params)

    def reproducibility(self, params: Params, inputs: Inputs) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        first = self._fast.described(inputs, len(params.style_weights))
        if isinstance(params, ResolvedFastParameters):
            network, steps = _QUICK_NETWORK, self._optimizing.described(_QUICK_NETWORK)
        else:
            network = params.network
            steps = self._optimizing.reproducibility(params, inputs)
        both = {
            "algorithm": f"{first.algorithm},{steps.algorithm}",
            "weights_sha256": f"{first.weights_sha256},"
            f"{network}:{steps.weights_sha256}",
        }
        return steps.model_copy(update=both)


class _How(NamedTuple):
    """How the steps after the fast picture are taken."""

    options: StylizeOptions
    network: Network
    steering: Steering


def _how(order: AnyOrder, control: Control) -> _How:
    params = order.params
    if isinstance(params, ResolvedFastParameters):
        steering = Steering(control, order.read_file)
        return _How(quick_options_of(params), _QUICK_NETWORK, steering)
    steering = Steering(control, order.read_file, schedule_of(order))
    return _How(options_of(params), params.network, steering)


def _steps(options: StylizeOptions, picture: Image.Image) -> int:
    """Return how many steps there will be over all scales."""
    rungs = plan(*picture.size, options, HYPERPARAMETERS.detail_steps)
    return sum(rung.steps for rung in rungs)
