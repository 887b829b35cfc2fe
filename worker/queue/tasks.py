"""What Celery calls: a child process loads its runners once, then hears bells."""

import logging
import math
import os
import secrets
import socket
import time
from dataclasses import dataclass
from typing import Any

from celery import shared_task
from celery.signals import setup_logging, worker_process_shutdown

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError
from app.contract.records.wire import TASK_NAME, WIRE_VERSION
from app.logs import configure_logging
from app.stores.connections import connect
from app.stores.doorbell import CeleryDoorbell, CeleryWebhookBell
from app.stores.ledger import RedisLedger
from app.stores.worker_registry import RedisWorkerRegistry
from worker.attempt.handler import JobHandler
from worker.library import keep_own_styles
from worker.presence import Presence
from worker.runners.combined_info import CombinedInfo
from worker.runners.loading import RunnableJobs
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

#: A worker that can do nothing of what waits passes bells on no faster.
_PAUSE_S = 0.25


@dataclass
class ResidentWorker:
    """What one child process keeps between two jobs: networks stay resident."""

    handler: JobHandler
    presence: Presence
    doorbell: CeleryDoorbell
    _rung_s: float = -math.inf

    def hear(self, job_id: str) -> None:
        """Do what is due; then ring for whoever can do what still waits.

        The bell may have been meant for another worker, or another one may have heard
        the bell of what this one can do next. A worker hears nothing while it is here,
        so that a bell that it cannot follow goes on to one that is idle; if nobody can,
        it has gone round before it may be rung again.
        """
        has_run = self.handler.handle(job_id)
        if not has_run and time.monotonic() < self._rung_s + _PAUSE_S:
            return
        try:
            for lane, depth in self.handler.ledger.lane_depths().items():
                if depth and lane in self.handler.settings.lanes:
                    self.doorbell.ring_if_none_rings(job_id, lane)
        except LedgerUnavailableError as error:  # the janitor rings again
            logger.warning("no bell for what waits: %s", error)
        self._rung_s = time.monotonic()


_resident_worker: ResidentWorker | None = None


@setup_logging.connect  # type: ignore[untyped-decorator]  # Celery has no types
def write_logs(**_: Any) -> None:  # Celery sends what it likes
    """Write the child's log as the settings say, in the place of Celery's own."""
    configure_logging(WorkerSettings().log_format)


def start_worker(jobs: RunnableJobs) -> None:
    """Load the runners, then say that this worker is there.

    A worker that cannot load them must not stay: each bell that it hears is lost to the
    others.
    """
    global _resident_worker  # noqa: PLW0603 - a Celery child has no other place to keep it
    began_s = time.monotonic()
    settings = WorkerSettings()
    # Before any thread is started: on Linux each has a niceness of its own.
    os.nice(settings.niceness)
    _resident_worker = open_resident_worker(settings, jobs)
    handler = _resident_worker.handler
    if Lane.SHORT in settings.lanes:  # one worker of a machine is enough
        # What uploads must leave free is not there for them.
        keep_own_styles(handler.runners, settings.open_blobs())
    name, ready_s = handler.worker, time.monotonic() - began_s
    logger.info("worker=%s ready in %.1f s", name, ready_s)
    _resident_worker.presence.start()


def open_resident_worker(
    settings: WorkerSettings, jobs: RunnableJobs
) -> ResidentWorker:
    """Return a worker with its runners loaded, which nobody knows of yet."""
    # Unique: a process id comes again when a container starts again.
    name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"
    client, runners = connect(settings.redis_url), jobs.load(settings)
    presence = Presence(
        RedisWorkerRegistry(client, settings.rules),
        CombinedInfo(runners),
        name,
        kinds=tuple(runners),
        lanes=settings.lanes,
    )
    handler = JobHandler(
        worker=name,
        ledger=RedisLedger(client, settings.rules),
        # What uploads must leave free is there for results.
        blobs=settings.model_copy(update={"min_free_bytes": 0}).open_blobs(),
        kinds=jobs.kinds,
        runners=runners,
        settings=settings,
        give_up=lambda: os._exit(1),  # Celery starts another child
        offer=presence.offer,
        holds=presence.holds,
        tell=CeleryWebhookBell(settings.redis_url).ring,
    )
    return ResidentWorker(handler, presence, CeleryDoorbell(settings.redis_url))


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]  # Celery has no types
def stop_worker(**_: Any) -> None:  # Celery sends what it likes
    """Say that this worker leaves, so that readiness knows at once."""
    if _resident_worker is not None:
        _resident_worker.presence.leave()


@shared_task(name=TASK_NAME)  # type: ignore[untyped-decorator]  # same
def run_job(version: int, job_id: str) -> None:
    """Hear a bell: look at the job that it names."""
    if version != WIRE_VERSION:
        words = "job_id=%s has wire version %s, not ours"
        logger.error(words, job_id, version, extra={"job_id": job_id})
        return
    if _resident_worker is None:
        raise RuntimeError("the worker did not start; see the log above")
    _resident_worker.hear(job_id)
