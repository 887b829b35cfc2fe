"""The runner that computes: translates the user's words into the engine's and back."""

import logging
from collections.abc import Collection, Generator
from threading import Event

from app.contract.failures import FailureCode
from app.contract.jobs import Reproducibility
from app.contract.kinds.image.choices import MemoryMode, Network
from app.contract.kinds.image.parameters import ResolvedParameters
from app.contract.workers import MemoryNeed, WorkerInfo
from worker.engine import (
    Controls,
    EngineError,
    ExceedsMemoryError,
    Interrupted,
    NumericalDivergenceError,
    OutOfMemoryError,
    PaintingState,
    Precision,
    StateError,
    Step,
    Style,
    StyleEngine,
    StylizeOptions,
)
from worker.engine.machine.device import process_memory_bytes
from worker.runners.runner import (
    CheckpointRefusedError,
    ImageInputs,
    PaintingFailedError,
    PaintingInterruptedError,
    StopSignal,
    StyleInput,
    UnableError,
)
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

#: Steps are told so often: each is a point of the loss curve.
_REPORT_INTERVAL_S = 0.1

#: The first that an error is an instance of; the engine's other errors are ours.
_CODES: tuple[tuple[type[EngineError], FailureCode], ...] = (
    (OutOfMemoryError, FailureCode.OUT_OF_MEMORY),
    (NumericalDivergenceError, FailureCode.NUMERICAL_DIVERGENCE),
    (EngineError, FailureCode.INTERNAL_ERROR),
)


class ImageRunner:
    """Implements the `Runner` port with a resident `StyleEngine`.

    Args:
        engine: what computes.
        networks: those that jobs may ask for.
    """

    def __init__(self, engine: StyleEngine, networks: Collection[Network]) -> None:
        self._engine = engine
        self._networks = networks

    @classmethod
    def load(cls, settings: WorkerSettings) -> "ImageRunner":
        """Load the network once, onto the device that the settings name."""
        engine = StyleEngine.load(
            device=settings.device,
            precision=settings.precision,
            cache_dir=settings.cache_dir,
            threads=settings.threads,
            weights_paths={str(n): path for n, path in settings.weights_paths.items()},
            download=settings.weights_download,
            convolutions=settings.convolutions,
            style_cache_bytes=settings.style_cache_bytes,
        )
        return cls(engine, settings.networks)

    def paint(
        self,
        inputs: ImageInputs,
        params: ResolvedParameters,
        *,
        stop: StopSignal,
        finish: Event,
        resume_from: bytes | None = None,
    ) -> Generator[Step, None, None]:
        """Yield sparse steps; closing the generator frees the job's memory."""
        self._require_network(params.network)
        try:
            state = (
                None if resume_from is None else PaintingState.from_bytes(resume_from)
            )
            del resume_from  # as large as the state
            yield from self._engine.stylize(
                inputs.content_image,
                [_style_of(each) for each in inputs.styles],
                options_of(params),
                stop=stop,
                controls=Controls(finish),
                report_interval_s=_REPORT_INTERVAL_S,
                start_image=inputs.init_image,
                network=str(params.network),
                resume_from=state,
            )
        except StateError as error:
            raise CheckpointRefusedError(str(error)) from error
        except Interrupted as error:
            raise PaintingInterruptedError from error
        except ExceedsMemoryError as error:
            raise UnableError(str(error)) from error
        except EngineError as error:
            raise PaintingFailedError(_code_of(error), str(error)) from error

    def reproducibility(self, params: ResolvedParameters) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        description = self._engine.describe(
            str(params.network), Precision(params.precision)
        )
        return Reproducibility(
            algorithm=description.algorithm,
            weights_sha256=description.weights_sha256,
            device=description.device,
            precision=description.precision,
            convolutions=description.convolutions,
            threads=description.threads,
            torch=description.torch,
            deterministic=description.deterministic,
        )

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self._engine.peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what this runner is and has room for; ask between two jobs."""
        description = self._engine.describe()
        budget = self._engine.memory_budget()
        needs = {str(mode): need for mode, need in budget.needs.items()}
        # An estimate looks up what the client asked for, by the older name too.
        needs[str(MemoryMode.CHECKPOINT)] = needs[str(MemoryMode.RECOMPUTE)]
        return WorkerInfo(
            name=name,
            device=description.device,
            precision=description.precision,
            convolutions=description.convolutions,
            algorithm=description.algorithm,
            torch=description.torch,
            threads=description.threads,
            networks=tuple(self._networks),
            memory_total_bytes=budget.total_bytes,
            memory_free_bytes=budget.usable_bytes,
            memory_needs={
                mode: MemoryNeed(
                    base_bytes=need.base_bytes, bytes_per_pixel=need.bytes_per_pixel
                )
                for mode, need in needs.items()
            },
            process_bytes=budget.process_bytes,
        )

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return process_memory_bytes()

    def _require_network(self, network: Network) -> None:
        """Refuse a job of a version that did not say which network it needs."""
        if network not in self._networks:
            raise UnableError(f"network {network} is not offered")


def options_of(params: ResolvedParameters) -> StylizeOptions:
    """Translate the user's words into the engine's; the only place that does."""
    values = params.model_dump(exclude={"style_weights", "network"})
    return StylizeOptions(
        **{_ENGINE_WORDS.get(name, name): value for name, value in values.items()}
    )


#: Where the engine's word is not the user's: it names the unit.
_ENGINE_WORDS = {
    "size": "size_px",
    "working_size": "working_size_px",
    "tile_size": "tile_px",
}


def _style_of(given: StyleInput) -> Style:
    return Style(
        image=given.image,
        weight=given.weight,
        mask=given.mask,
        image_mask=given.style_mask,
    )


def _code_of(error: EngineError) -> FailureCode:
    return next(code for kind, code in _CODES if isinstance(error, kind))
