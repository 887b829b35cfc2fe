"""A worker like any other, but its network is a few thousand times cheaper.

`python -m tests.chaos.small_worker` is `python -m worker` with the small seeded network
of the engine's tests: jobs are painted by the real engine, step by step and with real
losses, in a second, and a killed worker is back in a few.
"""

import sys

from app.contract.kinds import KINDS
from worker.queue.celery_app import run_worker
from worker.runners.loading import RunnableJobs
from worker.runners.runner import Runners
from worker.settings import WorkerSettings


def load_small(settings: WorkerSettings) -> Runners:
    """Load the small network; torch is loaded in Celery's child alone."""
    from tests.engine.conftest import new_small_engine  # noqa: PLC0415
    from worker.engine.machine.device import use_threads  # noqa: PLC0415
    from worker.runners.image.runner import ImageRunner  # noqa: PLC0415

    use_threads(settings.threads or 1)
    return {"image": ImageRunner(new_small_engine(), settings.networks)}


if __name__ == "__main__":
    jobs = RunnableJobs(kinds=KINDS, load=load_small)
    sys.exit(run_worker(WorkerSettings(), jobs))
