"""Celery as a doorbell: one child that keeps the network, one message at a time.

The settings are those that survived fault injection on Celery 5.7; the ledger, not
Celery, knows which jobs exist and how they end.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, Self

from celery import Celery
from celery.signals import worker_shutting_down
from celery.worker import state

from app.contract.records.wire import QUEUE_NAMES
from app.logs import configure_logging
from app.stores.celery_apps import hear, new_celery
from app.stores.connections import connect
from app.stores.doorbell import hearing_settings
from app.stores.worker_registry import RedisWorkerRegistry
from worker.queue.children import watched_pool
from worker.queue.starts import StartWatch
from worker.runners.loading import RUNNABLE_JOBS, RunnableJobs
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

#: How often an OpenMP thread looks for work before it sleeps. The default (forever,
#: nearly) starves whoever else needs the core: with the API beside it, single steps
#: were seen to take 80 times as long.
_OPENMP_SPINS = "2000"

#: How a worker ends whose children cannot start: a new one could not, either.
CANNOT_START = 1
#: How it ends for another reason, unless it was told to.
ENDED_UNASKED = 3


def build_celery(settings: WorkerSettings) -> Celery:
    """Return the application that a worker process runs."""
    celery = new_celery("impasto", settings.redis_url, include=["worker.queue.tasks"])
    queues = (QUEUE_NAMES[lane] for lane in settings.lanes)
    celery.conf.update(
        hearing_settings(settings.redis_url, *queues),
        worker_concurrency=1,
        # CUDA cannot live through a fork.
        worker_pool_start_method="spawn",
        # The watch over starts is first: Celery's does not see the first child.
        worker_proc_alive_timeout=2 * settings.start_timeout_s,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return celery


def run_worker(settings: WorkerSettings, jobs: RunnableJobs = RUNNABLE_JOBS) -> int:
    """Work until a signal says stop; return an exit code for the operator.

    SIGTERM lets a running job end for `grace_s`, then hands it back to the queue.

    Args:
        settings: the operator's.
        jobs: what the worker runs; its parts are pickled for the child.
    """
    # The child reads it when it loads torch.
    os.environ.setdefault("GOMP_SPINCOUNT", _OPENMP_SPINS)
    configure_logging(settings.log_format)
    worker_registry = RedisWorkerRegistry(connect(settings.redis_url), settings.rules)
    watch = StartWatch(worker_registry, settings.start_timeout_s)
    with Shutdown(settings.grace_s, lambda: watch.is_starting) as shutdown, watch:
        worker_shutting_down.connect(shutdown.begin, weak=False)
        hear(build_celery(settings), pool_cls=watched_pool(watch, jobs))
    if watch.verdict is None:
        return 0 if shutdown.was_asked else ENDED_UNASKED
    logger.error("this worker cannot work: %s", watch.verdict)
    return CANNOT_START


class Shutdown:
    """What happens between a SIGTERM and the end."""

    def __init__(self, grace_s: float, is_starting: Callable[[], bool]) -> None:
        """Wait for a signal.

        Args:
            grace_s: a running job may end for so long.
            is_starting: tells whether a child loads its network: no job, but long.
        """
        self.was_asked: bool = False
        self._is_starting = is_starting
        self._has_begun = False
        self._timer = threading.Timer(grace_s, self._hurry)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def begin(self, how: str, **_: Any) -> None:  # Celery sends what it likes
        """Hear how Celery shuts down, "Warm" or "Cold"; the first word counts."""
        if self._has_begun:
            return
        self._has_begun, self.was_asked = True, how == "Warm"
        self._timer.start()

    def _hurry(self) -> None:
        """Turn a warm shutdown into a cold one: the child's job raises SystemExit."""
        if state.reserved_requests:
            logger.info("the grace is over: the running job goes back to the queue")
        elif not self._is_starting():
            return  # it ends by itself, in a moment
        os.kill(os.getpid(), signal.SIGQUIT)
