"""What Celery calls: a child process opens its workshop once, then handles bells."""

import logging
import os
import socket
import threading
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_process_init

from app.contract.ports import Ledger, LedgerUnavailableError
from app.contract.wire import TASK_NAME, WIRE_VERSION
from app.stores.connections import connect
from app.stores.ledger import RedisLedger
from worker.handler import JobHandler
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

#: A worker says so often that it is alive; readiness counts those heard of late.
_ANNOUNCE_INTERVAL_S = 5.0

#: The child's workshop: the network stays resident between jobs.
_handler: JobHandler | None = None


@worker_process_init.connect  # type: ignore[untyped-decorator]  # Celery has no types
def open_workshop(**_: Any) -> None:  # Celery sends what it likes
    """Load the network, then say that this worker is there."""
    global _handler  # noqa: PLW0603 - a Celery child has no other place to keep it
    # Torch is loaded here and not at import: the parent process never computes.
    from worker.engine_press import EnginePress  # noqa: PLC0415

    settings = WorkerSettings()
    began_s = time.monotonic()
    name = f"{socket.gethostname()}:{os.getpid()}"
    ledger = RedisLedger(connect(settings.redis_url), settings.rules)
    _handler = JobHandler(
        worker=name,
        ledger=ledger,
        blobs=settings.open_blobs(),
        press=EnginePress.load(settings),
        settings=settings,
    )
    logger.info("worker=%s ready in %.1f s", name, time.monotonic() - began_s)
    threading.Thread(
        target=_announce_forever, args=(ledger, name), name="announcer", daemon=True
    ).start()


@shared_task(name=TASK_NAME)  # type: ignore[untyped-decorator]  # same
def paint(version: int, job_id: str) -> None:
    """Hear a bell: look at the job that it names."""
    if version != WIRE_VERSION:
        logger.error("job_id=%s has wire version %s, not ours", job_id, version)
        return
    if _handler is None:
        raise RuntimeError("the workshop did not open; see the log above")
    _handler.handle(job_id)


def _announce_forever(ledger: Ledger, name: str) -> None:
    while True:
        try:
            ledger.announce_worker(name)
        except LedgerUnavailableError as error:
            logger.warning("worker=%s cannot be announced: %s", name, error)
        time.sleep(_ANNOUNCE_INTERVAL_S)
