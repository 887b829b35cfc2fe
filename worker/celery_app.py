"""Celery as a doorbell: one child that keeps the network, one message at a time.

The settings are those that survived fault injection on Celery 5.7; the ledger, not
Celery, knows which jobs exist and how they end.
"""

import logging
import os
import signal
import threading
from collections.abc import Sequence
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_shutting_down

from app.contract.wire import QUEUE_NAME
from app.logs import configure_logging
from app.stores.celery_apps import hear, new_celery
from app.stores.doorbell import hearing_settings
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)


#: How often an OpenMP thread looks for work before it sleeps. The default (forever,
#: nearly) starves whoever else needs the core: with the API beside it, single steps
#: were seen to take 80 times as long.
_OPENMP_SPINS = "2000"


def build_celery(settings: WorkerSettings) -> Celery:
    """Return the application that a worker process runs."""
    celery = new_celery("impasto", settings.redis_url, include=["worker.tasks"])
    celery.conf.update(
        hearing_settings(settings.redis_url, QUEUE_NAME),
        worker_pool="prefork",
        worker_concurrency=1,
        # CUDA cannot live through a fork.
        worker_pool_start_method="spawn",
        # The child loads torch and the network before it says that it is up.
        worker_proc_alive_timeout=120,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return celery


def run_worker(settings: WorkerSettings) -> int:
    """Work until a signal says stop; return an exit code for the operator.

    SIGTERM lets a running job end for `grace_s`, then hands it back to the queue.
    """
    # The child reads it when it loads torch.
    os.environ.setdefault("GOMP_SPINCOUNT", _OPENMP_SPINS)
    celery = build_celery(settings)
    shutdowns: list[str] = []

    def hurry_after_grace(how: str, **_: Any) -> None:  # Celery sends what it likes
        shutdowns.append(how)
        timer = threading.Timer(settings.grace_s, _hand_back_now)
        timer.daemon = True
        timer.start()

    def write_logs(**_: Any) -> None:
        configure_logging(settings.log_format)

    write_logs()  # Celery warns of things before it sends the signal.
    setup_logging.connect(write_logs, weak=False)
    worker_shutting_down.connect(hurry_after_grace, weak=False)
    hear(celery)
    return exit_code(shutdowns)


def exit_code(shutdowns: Sequence[str]) -> int:
    """Return 0 if the worker was told to leave, 1 if it ended for another reason.

    A SIGQUIT that comes first is how a child says that it cannot work. Without any
    signal Celery gives up: its first child died before it was up.

    Args:
        shutdowns: "Warm" or "Cold", in the order in which they came.
    """
    return int(shutdowns[:1] != ["Warm"])


def _hand_back_now() -> None:
    """Turn a warm shutdown into a cold one: the child's job raises SystemExit."""
    logger.info("the grace is over: the running job goes back to the queue")
    os.kill(os.getpid(), signal.SIGQUIT)
