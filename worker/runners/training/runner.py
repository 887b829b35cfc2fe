"""The runner of trainings; its networks are loaded with the first one."""

from collections.abc import Generator, Iterable

from app.contract.changes import AppliedChange
from app.contract.failures import FailureCode
from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kinds.training.kind import start_pack
from app.contract.kinds.training.parameters import (
    ResolvedTrainingParameters,
    StartFrom,
)
from app.contract.painting.choices import Network
from worker.engine.datasets import open_dataset
from worker.engine.errors import EngineError, StateError
from worker.engine.feedforward import Pack
from worker.engine.schedule import Scheduled
from worker.engine.training import (
    TrainingControls,
    TrainingEngine,
    TrainingOptions,
    TrainingState,
)
from worker.engine.training.controls import Changes
from worker.runners.control import Control
from worker.runners.failures import failed
from worker.runners.pictures import read_paintings
from worker.runners.reproducibility import reproducibility_of
from worker.runners.runner import (
    Order,
    RunFailedError,
    Runner,
    StateRefusedError,
    UnableError,
)
from worker.runners.steering import known_changes
from worker.runners.training.tick import TrainingTick
from worker.settings import WorkerSettings

#: The engine's words where they are others than the user's.
_ENGINE_WORDS = {"crop_size": "crop_px", "train": "trained"}
_OPTIONS = {
    "steps",
    "crop_size",
    "batch_size",
    "train",
    "learning_rate",
    "style_strength",
    "content_strength",
    "style_scale",
    "temporal",
    "seed",
}


class TrainingRunner(Runner[ResolvedTrainingParameters]):
    """Implements the `Runner` port with a `TrainingEngine`.

    Args:
        settings: the operator's.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._loaded: TrainingEngine | None = None

    def run(
        self,
        order: Order[ResolvedTrainingParameters],
        control: Control,
        resume: bytes | None,
    ) -> Generator[TrainingTick, None, None]:
        """Yield every step; closing the generator frees the job's memory."""
        params = order.params
        self._require_network(params.network)
        control.check()
        steering = _Steering(control, known_changes(params.changes, order.changes))
        try:
            state = None if resume is None else TrainingState.from_bytes(resume)
            dataset = open_dataset(params.dataset, self._settings.datasets_path)
            (painting,) = read_paintings(order, 1, control.check)
            for step in self._engine.train(
                painting,
                dataset,
                options_of(params),
                start=_start_of(order),
                network=str(params.network),
                check=steering.check,
                controls=steering.controls,
                resume_from=state,
            ):
                yield TrainingTick(step, params, order.job_id, dataset.sha256)
                steering.check()
        except StateError as error:
            raise StateRefusedError(str(error)) from error
        except EngineError as error:
            raise failed(error) from error

    def reproducibility(
        self,
        params: ResolvedTrainingParameters,
        inputs: Inputs,  # noqa: ARG002 - of the port
    ) -> Reproducibility:
        """Return what else must be equal for the same bytes of a pack."""
        return reproducibility_of(self._engine.describe(str(params.network)))

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took, if it is known."""
        return self._engine.peak_memory_bytes()

    @property
    def _engine(self) -> TrainingEngine:
        """Loaded with the first training: most workers never see one."""
        if self._loaded is None:
            settings = self._settings
            self._loaded = TrainingEngine.load(
                device=settings.device,
                precision=settings.precision,
                cache_dir=settings.cache_dir,
                threads=settings.threads,
                weights_paths={str(n): p for n, p in settings.weights_paths.items()},
                download=settings.weights_download,
                convolutions=settings.convolutions,
            )
        return self._loaded

    def _require_network(self, network: Network) -> None:
        offered = self._settings.networks
        if network not in offered:
            raise UnableError(f"This worker offers {', '.join(offered)}, not {network}")


class _Steering:
    """Brings what is asked of a job to the engine, and says when it holds."""

    def __init__(
        self, control: Control, known: Iterable[Scheduled[float | None]]
    ) -> None:
        self.controls = TrainingControls(known, self._taken)
        self._control = control
        self._revision = 0

    def check(self) -> None:
        """Pass on what was asked; raise RunInterruptedError if the job must end."""
        self._control.check()
        asked = self._control.asked()
        if asked.values:
            self._revision = asked.revision
            self.controls.change(_numbers(asked.values))
        if self._control.is_finishing:
            self.controls.is_finishing = True

    def _taken(self, step: int, values: Changes) -> None:
        change = AppliedChange(
            revision=self._revision, at_step=step, values=dict(values)
        )
        self._control.apply(change)


def _numbers(values: object) -> Changes:
    """Return changed values: the kind lets numbers and None pass, nothing else."""
    return values  # type: ignore[return-value]


def options_of(params: ResolvedTrainingParameters) -> TrainingOptions:
    """Translate the user's words into the engine's."""
    values = params.model_dump(include=_OPTIONS)
    return TrainingOptions(
        **{_ENGINE_WORDS.get(name, name): value for name, value in values.items()}
    )


def _start_of(order: Order[ResolvedTrainingParameters]) -> str | Pack:
    if order.params.start_from is not StartFrom.PACK:
        return str(order.params.start_from)
    name = start_pack(order.inputs)
    if name is None:
        raise RunFailedError(FailureCode.INPUT_MISSING, "There is no pack to start.")
    return Pack.from_bytes(order.read(name))
