"""What a client reads of an attempt that ended with an error."""

import logging

from app.contract.failures import Failure, FailureCode
from app.contract.ports import BlobNotFoundError, Claim, StorageUnavailableError
from worker.attempt.job_log import JobLog
from worker.runners.runner import RunFailedError

logger = logging.getLogger(__name__)


def failure_of(claim: Claim, error: Exception) -> Failure:
    """Return what the client may read; the log has the rest."""
    if isinstance(error, RunFailedError):
        return Failure.of(error.code, str(error))
    if isinstance(error, BlobNotFoundError):
        detail = "An uploaded picture was deleted before the job began."
        return Failure.of(FailureCode.INPUT_MISSING, detail)
    if isinstance(error, StorageUnavailableError):
        JobLog(logger, claim).error("the storage stayed away: %s", error)
        detail = "Pictures could not be read or stored for longer than a worker waits."
        return Failure.of(FailureCode.STORAGE_UNAVAILABLE, detail)
    JobLog(logger, claim).error("unexpected", exc_info=error)
    detail = "The error is in the worker's log under the job's id."
    return Failure.of(FailureCode.INTERNAL_ERROR, detail)
