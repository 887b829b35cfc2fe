"""The runner of fast pictures, with a resident network for any painting."""

import time
from collections.abc import Callable, Generator
from functools import partial

from app.contract.jobs import Reproducibility
from app.contract.kinds.image.choices import FastPreset, Network
from app.contract.kinds.image.fast import FAST_NETWORK, ResolvedFastParameters
from app.contract.kinds.image.ladder import fit
from app.contract.workers import MemoryNeed, WorkerInfo
from worker.engine import EngineError, Style
from worker.engine.feedforward import FastEngine, FastStyle, start_image
from worker.engine.machine.device import process_memory_bytes
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.image.inputs import ImageInputs, read_inputs
from worker.runners.image.options import fast_options_of, quick_options_of
from worker.runners.image.runner import ImageRunner
from worker.runners.image.steering import Steering
from worker.runners.image.tick import FastTick, ImageTick
from worker.runners.runner import Order, StateRefusedError, UnableError
from worker.settings import WorkerSettings

#: What looks at the pictures in the steps of `quick`.
_QUICK_NETWORK = Network.VGG19
#: Of one pass, by the mode of the optimizing engine that takes the least.
_NEED = {"tiles": MemoryNeed(base_bytes=512 * 2**20, bytes_per_pixel=100)}


class FastRunner:
    """Implements the `Runner` port with a resident `FastEngine`.

    Args:
        engine: makes the picture in one pass.
        optimizing: takes the steps of `quick`; None where there is no such engine.
    """

    def __init__(self, engine: FastEngine, optimizing: ImageRunner | None) -> None:
        self.engine = engine
        self._optimizing = optimizing

    @classmethod
    def load(
        cls, settings: WorkerSettings, optimizing: ImageRunner | None
    ) -> "FastRunner":
        """Load the networks, onto the device that the settings name."""
        engine = FastEngine.load(
            device=settings.device,
            cache_dir=settings.cache_dir,
            threads=settings.threads,
        )
        return cls(engine, optimizing)

    def run(
        self,
        order: Order[ResolvedFastParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[FastTick | ImageTick, None, None]:
        """Yield the picture, or the steps that sharpen it."""
        params = order.params
        if params.preset is FastPreset.INSTANT:
            return self._instant(order, control, resume)
        if self._optimizing is None:
            raise UnableError("This worker has no engine for the steps of quick.")
        return self._optimizing.painted(
            partial(self._started, order),
            quick_options_of(params),
            _QUICK_NETWORK,
            steering=Steering(control),
            resume=resume,
        )

    def is_predictable(self, params: ResolvedFastParameters) -> bool:  # noqa: ARG002
        """Tell that nothing is left out."""
        return True

    def reproducibility(self, params: ResolvedFastParameters) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        told = self.engine.describe()
        own = Reproducibility(
            algorithm=told.algorithm,
            weights_sha256=f"{FAST_NETWORK}:{told.weights_sha256}",
            device=told.device,
            precision=told.precision,
            convolutions=told.convolutions,
            threads=told.threads,
            torch=told.torch,
            deterministic=told.deterministic,
        )
        if params.preset is FastPreset.INSTANT or self._optimizing is None:
            return own
        steps = self._optimizing.described(_QUICK_NETWORK)
        both = {
            "algorithm": f"{own.algorithm},{steps.algorithm}",
            "weights_sha256": f"{own.weights_sha256},"
            f"{_QUICK_NETWORK}:{steps.weights_sha256}",
        }
        return steps.model_copy(update=both)

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self.engine.peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker is that has this runner alone."""
        told, (total_bytes, free_bytes) = self.engine.describe(), self.engine.memory()
        return WorkerInfo(
            name=name,
            device=told.device,
            precision=told.precision,
            convolutions=told.convolutions,
            algorithm=told.algorithm,
            torch=told.torch,
            threads=told.threads,
            networks=(FAST_NETWORK,),
            memory_total_bytes=total_bytes,
            memory_free_bytes=free_bytes,
            memory_needs=_NEED,
            process_bytes=process_memory_bytes(),
        )

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return process_memory_bytes()

    def _instant(
        self,
        order: Order[ResolvedFastParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[FastTick, None, None]:
        """Yield a tick before the pass, and one after it."""
        if resume is not None:
            raise StateRefusedError("one pass has no state to go on from")
        inputs = read_inputs(order, control.check)
        params = order.params
        size = fit(*inputs.content_image.size, params.size)
        yield FastTick(*size)
        began_s = time.monotonic()
        styles = [_fast_style(each) for each in inputs.styles]
        try:
            picture = self.engine.stylize(
                inputs.content_image,
                styles,
                fast_options_of(params),
                check=control.check,
            )
        except EngineError as error:
            raise failed(error) from error
        control.check()
        yield FastTick(*size, time.monotonic() - began_s, picture)

    def _started(
        self, order: Order[ResolvedFastParameters], check: Callable[[], None]
    ) -> ImageInputs:
        """Return the pictures, the fast one as what the optimization starts from."""
        inputs = read_inputs(order, check)
        options = quick_options_of(order.params)
        first = start_image(
            self.engine, inputs.content_image, inputs.styles, options, check=check
        )
        check()
        return inputs._replace(start_image=first)


def _fast_style(style: Style) -> FastStyle:
    return FastStyle(image=style.image, weight=style.weight, mask=style.mask)
