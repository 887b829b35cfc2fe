"""What may be wrong with the service itself."""

from app.problems.codes import ProblemCode as Code
from app.problems.kinds.kind import ProblemKind

KINDS: dict[Code, ProblemKind] = {
    Code.INTERNAL_ERROR: ProblemKind(
        500,
        "The service met an unexpected error",
        "This is our fault. Report the request id; trying again may help.",
        retryable=True,
    ),
    Code.BROKER_UNAVAILABLE: ProblemKind(
        503,
        "The queue does not answer",
        "Try again after the time in Retry-After. Operators: see /readyz.",
        retryable=True,
    ),
    Code.STORAGE_UNAVAILABLE: ProblemKind(
        503,
        "The picture store does not answer",
        "Try again after the time in Retry-After. Operators: see /readyz.",
        retryable=True,
    ),
    Code.STORAGE_FULL: ProblemKind(
        503,
        "The disk is full",
        "Try again after the time in Retry-After. Operators: make room on the disk of "
        "the data directory; IMPASTO_MIN_FREE_BYTES says how much must stay free.",
        retryable=True,
    ),
    Code.QUEUE_FULL: ProblemKind(
        503,
        "Too many jobs wait",
        "Try again after the time in Retry-After. Operators: add workers.",
        retryable=True,
    ),
    Code.TOO_MANY_UPLOADS: ProblemKind(
        503,
        "Too many uploads arrive at once",
        "Try again after the time in Retry-After.",
        retryable=True,
    ),
    Code.NOT_READY: ProblemKind(
        503,
        "The service is not ready",
        "`checks` names what is missing: the queue, the storage, or a worker.",
        retryable=True,
    ),
}
