"""Which runner each kind has; the only list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from app.contract.kind import Kinds, Lane
from app.contract.kinds import KINDS
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.video.kind import VIDEO
from worker.runners.runner import AnyRunner, Runners
from worker.settings import WorkerSettings


def load_runners(settings: WorkerSettings) -> Runners:
    """Load a runner for each kind, which takes a while, and memory from then on."""
    # Torch is loaded here and not at import: a parent process never computes.
    from worker.runners.image.by_engine import EngineRunner  # noqa: PLC0415

    pictures = EngineRunner.load(settings)
    runners: dict[str, AnyRunner] = {IMAGE.name: pictures}
    if (
        pictures.fast is not None
        and Lane.LONG in settings.lanes
        and _has_video(settings)
    ):
        from worker.runners.video.runner import VideoRunner  # noqa: PLC0415

        runners[VIDEO.name] = VideoRunner(pictures.fast, settings.video_codecs)
    return runners


def _has_video(settings: WorkerSettings) -> bool:
    """Tell whether clips are wanted here, and what reads and carries them is there."""
    offered = {kind.name for kind in settings.offered(KINDS)}
    return VIDEO.name in offered and find_spec("cv2") is not None


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
