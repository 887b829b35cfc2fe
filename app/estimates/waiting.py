"""When a job will begin: who is busy for how long, and who stands before it."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, pstdev

from app.contract.jobs import Job
from app.contract.records.samples import Sample
from app.contract.workers import WorkerInfo
from app.estimates.quantiles import Quantiles

#: Of so many of the last jobs: what sort of jobs come changes with the day.
_LAST_JOBS = 50
#: A normal distribution's 90th percentile, in standard deviations.
_P90_DEVIATIONS = 1.2816


@dataclass(frozen=True)
class Typical:
    """How long jobs take from start to picture: the mean, and how far they scatter."""

    mean_s: float
    deviation_s: float

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> "Typical | None":
        """Return what the last jobs took, the newest first; None without any."""
        took_s = [s.setup_seconds + s.predict_seconds for s in samples[:_LAST_JOBS]]
        return cls(fmean(took_s), pstdev(took_s)) if took_s else None


def wait_before(
    ahead: int,
    *,
    workers: Sequence[WorkerInfo],
    running: Sequence[Job],
    typical: Typical | None,
    now: datetime,
) -> Quantiles | None:
    """Return in how many seconds a job begins that has `ahead` others before it.

    None if no worker is alive, or if nothing tells how long a job takes.

    Args:
        ahead: jobs that wait and are served before it.
        workers: alive.
        running: jobs that they hold.
        typical: what such jobs take, if that is known.
        now: with a time zone.
    """
    names = {info.name for info in workers}
    held = [job for job in running if job.worker in names]
    idle = len(names) - len(held)
    if ahead < idle:
        return Quantiles(0.0, 0.0)
    typical_s = None if typical is None else typical.mean_s
    rests = [_rest_s(job, typical_s, now) for job in held]
    known = [rest for rest in rests if rest is not None]
    if not names or len(known) < len(rests) or (ahead > 0 and typical is None):
        return None
    start_s = _start_s(ahead, [0.0] * idle + known, typical_s or 0.0)
    unsure = 1 + ahead / len(names)  # jobs that end, one after the other, before it
    deviation_s = 0.0 if typical is None else typical.deviation_s
    late_s = _P90_DEVIATIONS * deviation_s * math.sqrt(unsure)
    return Quantiles(start_s, start_s + late_s)


def _start_s(ahead: int, free_in_s: list[float], typical_s: float) -> float:
    """Let each job ahead take the worker that is free first."""
    heapq.heapify(free_in_s)
    for _ in range(ahead):
        heapq.heapreplace(free_in_s, free_in_s[0] + typical_s)
    return free_in_s[0]


def _rest_s(job: Job, typical_s: float | None, now: datetime) -> float | None:
    """Return how long a running job still takes; None if nothing tells."""
    if job.cancel_requested_at is not None or job.finish_requested_at is not None:
        return 0.0
    if job.progress is not None:
        age_s = (now - job.progress.updated_at).total_seconds()
        return max(0.0, job.progress.eta_seconds - max(0.0, age_s))
    if typical_s is None or job.started_at is None:
        return None
    return max(0.0, typical_s - (now - job.started_at).total_seconds())
