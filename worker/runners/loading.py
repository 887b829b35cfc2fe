"""Which runner each kind has; the only list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from app.contract.kind import Kinds, Lane
from app.contract.kinds import KINDS
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.pointcloud.kind import POINTCLOUD
from app.contract.kinds.training.kind import TRAINING
from app.contract.kinds.video.kind import VIDEO
from worker.runners.runner import AnyRunner, Runners
from worker.settings import WorkerSettings


def load_runners(settings: WorkerSettings) -> Runners:
    """Load a runner for each kind, which takes a while, and memory from then on."""
    # Torch is loaded here and not at import: a parent process never computes.
    from worker.runners.image.by_engine import EngineRunner  # noqa: PLC0415

    pictures = EngineRunner.load(settings)
    offered = {kind.name for kind in settings.offered(KINDS)}
    runners: dict[str, AnyRunner] = {IMAGE.name: pictures}
    if (
        VIDEO.name in offered
        and Lane.LONG in settings.lanes
        and pictures.fast is not None
        and find_spec("cv2") is not None
    ):
        from worker.runners.video.runner import VideoRunner  # noqa: PLC0415

        runners[VIDEO.name] = VideoRunner(
            pictures.fast, settings.video_codecs, pictures.optimizing
        )
    if POINTCLOUD.name in offered:
        from worker.runners.pointcloud.runner import CloudRunner  # noqa: PLC0415

        runners[POINTCLOUD.name] = CloudRunner(
            pictures.fast, pictures.optimizing, settings.video_codecs
        )
    # A training begins with the fast networks, and takes minutes.
    if TRAINING.name in offered and Lane.LONG in settings.lanes:
        from worker.runners.training.runner import TrainingRunner  # noqa: PLC0415

        runners[TRAINING.name] = TrainingRunner(settings)
    return runners


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
