"""A process of a service that echoes besides what it does: the API, or a worker.

`python -m tests.kinds.echo.process api` and `... worker` are `impasto api` and
`python -m worker`, but that the composition roots are given one kind more. A worker of
`... deaf` has a runner of another kind alone.
"""

import sys

from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE
from tests.kinds.echo.kind import ECHO
from tests.kinds.echo.runner import EchoRunner
from worker.queue.celery_app import run_worker
from worker.runners.loading import RunnableJobs
from worker.runners.runner import Runners
from worker.settings import WorkerSettings

BOTH = Kinds((IMAGE, ECHO))
#: Slow enough to be asked for something meanwhile.
TICK_S = 0.05


def load_slow_echo(settings: WorkerSettings) -> Runners:
    return {ECHO.name: EchoRunner(TICK_S)}


def load_deaf(settings: WorkerSettings) -> Runners:
    return {"silence": EchoRunner()}


if __name__ == "__main__":
    role = sys.argv[1]
    if role == "api":
        # A worker's child would load it, too.
        from app.server import run_api

        run_api(kinds=BOTH)
    else:
        load = load_deaf if role == "deaf" else load_slow_echo
        sys.exit(run_worker(WorkerSettings(), RunnableJobs(kinds=BOTH, load=load)))
