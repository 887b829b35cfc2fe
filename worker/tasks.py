"""What Celery calls: a child process opens its workshop once, then handles bells."""

import contextlib
import logging
import os
import secrets
import signal
import socket
import threading
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_process_init, worker_process_shutdown

from app.contract.ports import LedgerUnavailableError, Roster
from app.contract.wire import TASK_NAME, WIRE_VERSION
from app.contract.workers import WorkerCard
from app.stores.connections import connect
from app.stores.ledger import RedisLedger
from app.stores.roster import RedisRoster
from worker.handler import JobHandler
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

#: A worker says so often that it is alive; readiness counts those heard of late.
_ANNOUNCE_INTERVAL_S = 5.0

#: The child's workshop: the network stays resident between jobs.
_handler: JobHandler | None = None


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def open_workshop(**_: Any) -> None:  # Celery sends what it likes
    """Load the network, then say that this worker is there.

    A worker that cannot load it must not stay: Celery would swallow the error, and
    each bell that such a worker hears is lost to the others.
    """
    global _handler  # noqa: PLW0603 - a Celery child has no other place to keep it
    began_s = time.monotonic()
    try:
        _handler = _new_handler(WorkerSettings())
    except Exception:
        logger.exception("the press cannot be loaded; this worker ends")
        os.kill(os.getppid(), signal.SIGQUIT)
        os._exit(1)
    name, roster = _handler.worker, _roster(WorkerSettings())
    logger.info("worker=%s ready in %.1f s", name, time.monotonic() - began_s)
    threading.Thread(
        target=_announce_forever, args=(roster, name), name="announcer", daemon=True
    ).start()


def _new_handler(settings: WorkerSettings) -> JobHandler:
    # Torch is loaded here and not at import: the parent process never computes.
    from worker.engine_press import EnginePress  # noqa: PLC0415

    return JobHandler(
        # Unique: a process id comes again when a container starts again.
        worker=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}",
        ledger=RedisLedger(connect(settings.redis_url), settings.rules),
        blobs=settings.open_blobs(),
        press=EnginePress.load(settings),
        settings=settings,
        give_up=lambda: os._exit(1),  # Celery starts another child
    )


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]  # Celery has no types
def close_workshop(**_: Any) -> None:  # Celery sends what it likes
    """Say that this worker leaves, so that readiness knows at once."""
    if _handler is not None:
        with contextlib.suppress(LedgerUnavailableError):
            _roster(_handler.settings).forget(_handler.worker)


@shared_task(name=TASK_NAME)  # type: ignore[untyped-decorator]  # same
def paint(version: int, job_id: str) -> None:
    """Hear a bell: look at the job that it names."""
    if version != WIRE_VERSION:
        logger.error("job_id=%s has wire version %s, not ours", job_id, version)
        return
    if _handler is None:
        raise RuntimeError("the workshop did not open; see the log above")
    _handler.handle(job_id)


def _roster(settings: WorkerSettings) -> Roster:
    return RedisRoster(connect(settings.redis_url), settings.rules)


def _announce_forever(roster: Roster, name: str) -> None:
    while True:
        try:
            roster.announce(WorkerCard(name=name))
        except LedgerUnavailableError as error:
            logger.warning("worker=%s cannot be announced: %s", name, error)
        time.sleep(_ANNOUNCE_INTERVAL_S)
