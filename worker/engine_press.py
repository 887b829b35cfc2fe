"""The press that computes: translates the user's words into the engine's and back."""

import logging
from collections.abc import Generator
from threading import Event

from PIL import Image

from app.contract.failures import FailureCode
from app.contract.jobs import Reproducibility
from app.contract.parameters import ResolvedParameters
from worker.engine import (
    Color,
    EngineError,
    Interrupted,
    NumericalDivergenceError,
    OutOfMemoryError,
    Preset,
    Start,
    Step,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.press import PaintingFailedError, PaintingInterruptedError
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)


class EnginePress:
    """Implements the `Press` port with a resident `StyleEngine`."""

    def __init__(self, engine: StyleEngine) -> None:
        self._engine = engine

    @classmethod
    def load(cls, settings: WorkerSettings) -> "EnginePress":
        """Load the network once, onto the device that the settings name."""
        engine = StyleEngine.load(
            device=settings.device,
            precision=settings.precision,
            cache_dir=settings.cache_dir,
            threads=settings.threads,
        )
        return cls(engine)

    def paint(
        self,
        content_image: Image.Image,
        style_image: Image.Image,
        params: ResolvedParameters,
        stop: Event,
    ) -> Generator[Step, None, None]:
        """Yield sparse steps; closing the generator frees the job's memory."""
        try:
            yield from self._engine.stylize(
                content_image, style_image, options_of(params), stop=stop
            )
        except Interrupted as error:
            raise PaintingInterruptedError from error
        except EngineError as error:
            raise PaintingFailedError(_code_of(error), str(error)) from error

    def reproducibility(self) -> Reproducibility:
        """Return what else must be equal for the same bytes."""
        description = self._engine.describe()
        return Reproducibility(
            algorithm=description.algorithm,
            weights_sha256=description.weights_sha256,
            device=description.device,
            precision=description.precision,
            threads=description.threads,
            torch=description.torch,
            deterministic=description.deterministic,
        )

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self._engine.peak_memory_bytes()


def options_of(params: ResolvedParameters) -> StylizeOptions:
    """Translate the user's words into the engine's; the only place that does."""
    return StylizeOptions(
        preset=Preset(params.preset),
        size_px=params.size,
        steps=params.steps,
        style_strength=params.style_strength,
        content_strength=params.content_strength,
        style_loss=StyleLoss(params.style_loss),
        color=Color(params.color),
        style_scale=params.style_scale,
        start=Start(params.start),
        seed=params.seed,
    )


def _code_of(error: EngineError) -> FailureCode:
    if isinstance(error, OutOfMemoryError):
        return FailureCode.OUT_OF_MEMORY
    if isinstance(error, NumericalDivergenceError):
        return FailureCode.NUMERICAL_DIVERGENCE
    return FailureCode.INTERNAL_ERROR
