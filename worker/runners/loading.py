"""Which runner each kind has; the only list of them."""

from collections.abc import Callable
from dataclasses import dataclass

from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.kinds.image.kind import IMAGE
from worker.runners.runner import Runners
from worker.settings import WorkerSettings


def load_runners(settings: WorkerSettings) -> Runners:
    """Load a runner for each kind, which takes a while, and memory from then on."""
    # Torch is loaded here and not at import: a parent process never computes.
    from worker.runners.image.by_engine import EngineRunner  # noqa: PLC0415

    return {IMAGE.name: EngineRunner.load(settings)}


@dataclass(frozen=True, kw_only=True)
class RunnableJobs:
    """What a worker runs.

    Attributes:
        kinds: read the parameters of their jobs.
        load: loads a runner for each kind that this worker runs.
    """

    kinds: Kinds
    load: Callable[[WorkerSettings], Runners]


RUNNABLE_JOBS = RunnableJobs(kinds=KINDS, load=load_runners)
