"""Is it alive, is it ready: what load balancers and operators ask.

Alive means that this process answers; ready means that a job sent now would be
painted.
"""

import logging
from dataclasses import dataclass

from app.contract.kind import Lane
from app.contract.ports import (
    BlobStore,
    Ledger,
    StorageFullError,
    StoreError,
    WorkerRegistry,
)

_log = logging.getLogger(__name__)

OK = "ok"


@dataclass(frozen=True)
class Readiness:
    """Each check by name: `ok`, or what is wrong in words fit for anybody."""

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether every check passed."""
        return all(result == OK for result in self.checks.values())


def check_readiness(
    ledger: Ledger, worker_registry: WorkerRegistry, blobs: BlobStore
) -> Readiness:
    """Ask the queue's server, the storage, and for at least one worker."""
    redis = _check_ledger(ledger)
    workers = _check_workers(worker_registry) if redis == OK else "not known"
    return Readiness(
        {"redis": redis, "storage": _check_storage(blobs), "workers": workers}
    )


def _check_ledger(ledger: Ledger) -> str:
    try:
        ledger.ping()
        if not ledger.restoration.is_whole():
            return "jobs are being restored"
    except StoreError as error:
        _log.warning("readiness: ledger: %s", error)
        return "does not answer, or takes no more"
    return OK


def _check_workers(worker_registry: WorkerRegistry) -> str:
    try:
        workers, why = worker_registry.workers(), worker_registry.explanation()
    except StoreError as error:
        _log.warning("readiness: workers: %s", error)
        return "not known"
    if not workers:
        return "none is alive" if why is None else f"none is alive, {why}"
    served = {lane for worker in workers for lane in worker.lanes}
    absent = [lane for lane in Lane if lane not in served]
    # A lane that nobody means to serve is no fault of those who are there.
    return f"none serves the lane {absent[0]}, {why}" if absent and why else OK


def _check_storage(blobs: BlobStore) -> str:
    try:
        blobs.check()
    except StorageFullError as error:
        _log.warning("readiness: storage: %s", error)
        return error.words
    except StoreError as error:
        _log.warning("readiness: storage: %s", error)
        return "cannot be written"
    return OK
