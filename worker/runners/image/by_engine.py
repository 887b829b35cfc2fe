"""The runner of all pictures: each job goes to that of its engine."""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from app.contract.inputs import Inputs
from app.contract.jobs import Reproducibility
from app.contract.kind import Lane
from app.contract.kinds.image.fast import ResolvedFastParameters, is_instant
from app.contract.kinds.image.packs import begins_fast
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.workers import WorkerInfo
from worker.engine import StyleEngine
from worker.engine.feedforward import FastEngine
from worker.engine.machine.device import process_memory_bytes
from worker.runners.control import Control
from worker.runners.image.fast import FastRunner
from worker.runners.image.from_fast import FromFastRunner
from worker.runners.image.runner import ImageRunner
from worker.runners.runner import AnyRunner, Order, OwnStyle, Tick, UnableError
from worker.settings import WorkerSettings

_OPTIMIZE, _FAST = "optimize", "fast"
#: Both, one after the other.
_FROM_FAST = "optimize from fast"

Params: TypeAlias = ResolvedParameters | ResolvedFastParameters


@dataclass(frozen=True)
class EngineRunner:
    """Implements the `Runner` port.

    Attributes:
        runners: by the engines' names; at least one.
    """

    runners: Mapping[str, AnyRunner]

    @classmethod
    def load(cls, settings: WorkerSettings) -> "EngineRunner":
        """Load what the settings ask for; nothing that optimizes for the short lane."""
        optimizing = fast = None
        if Lane.LONG in settings.lanes or _FAST in settings.withheld:
            optimizing = ImageRunner.load(settings)
        if _FAST not in settings.withheld:
            fast = FastRunner.load(settings)
        return cls.of(optimizing, fast)

    @classmethod
    def of(
        cls, optimizing: ImageRunner | None, fast: FastRunner | None
    ) -> "EngineRunner":
        """Return the runner of what these two can do, at least one of them."""
        runners: dict[str, AnyRunner] = {}
        if optimizing is not None:
            runners[_OPTIMIZE] = optimizing
        if fast is not None:
            runners[_FAST] = fast
        if optimizing is not None and fast is not None:
            runners[_FROM_FAST] = FromFastRunner(fast, optimizing)
        return cls(runners)

    @property
    def fast(self) -> FastEngine | None:
        """The engine of fast pictures, for whatever else is made of them."""
        runner = self.runners.get(_FAST)
        return runner.engine if isinstance(runner, FastRunner) else None

    @property
    def optimizing(self) -> StyleEngine | None:
        """The engine that optimizes, likewise."""
        runner = self.runners.get(_OPTIMIZE)
        return runner.engine if isinstance(runner, ImageRunner) else None

    def run(
        self, order: Order[Params], control: Control, resume: bytes | None
    ) -> Generator[Tick, None, None]:
        """Yield the ticks of the engine that the parameters name."""
        yield from self._of(order.params).run(order, control, resume)

    def is_predictable(self, params: Params) -> bool:
        """Tell whether such a job takes the time that its steps say."""
        return self._of(params).is_predictable(params)

    def reproducibility(self, params: Params, inputs: Inputs) -> Reproducibility:
        """Return what else must be equal for the same bytes of a job."""
        return self._of(params).reproducibility(params, inputs)

    def peak_memory_bytes(self) -> int | None:
        """Return the most memory that the last job took: all have one device."""
        return next(iter(self.runners.values())).peak_memory_bytes()

    def info(self, name: str) -> WorkerInfo:
        """Return what a worker of that name is; ask between two jobs."""
        infos = [each.info(name) for each in self.runners.values()]
        networks = dict.fromkeys(each for info in infos for each in info.networks)
        return infos[0].model_copy(update={"networks": (*networks,)})

    def process_bytes(self) -> int | None:
        """Return the memory that this process holds now, None if it is not known."""
        return process_memory_bytes()

    def own_styles(self) -> Iterable[OwnStyle]:
        """Return those of the engine fast, where it is."""
        return self.runners[_FAST].own_styles() if _FAST in self.runners else ()

    def _of(self, params: Params) -> AnyRunner:
        engine = _engine(params)
        if engine not in self.runners:
            raise UnableError(f"This worker does not have the engine {engine}.")
        return self.runners[engine]


def _engine(params: Params) -> str:
    if is_instant(params):
        return _FAST
    return _FROM_FAST if begins_fast(params) else _OPTIMIZE
