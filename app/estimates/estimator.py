"""Brings together what is known of time, waiting and memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median

from pydantic import BaseModel

from app.contract.inputs import Inputs, size_of
from app.contract.jobs import Job, JobStatus
from app.contract.kind import AnyKind, Lane
from app.contract.ports import LedgerUnavailableError
from app.contract.views.job_parts import QueueView
from app.contract.views.operations import (
    EstimateView,
    HintView,
    LaneView,
    QueueStateView,
    SecondsView,
)
from app.estimates.hints import hint_for
from app.estimates.histograms import read_histogram
from app.estimates.memory import find_fit
from app.estimates.quantiles import Quantiles
from app.estimates.similar_jobs import SimilarJobs, find_similar_jobs
from app.estimates.state import ServiceState, StateReader
from app.estimates.waiting import wait_before


@dataclass(frozen=True, kw_only=True)
class PlannedJob:
    """A job that might be submitted; its pictures are not there yet.

    Attributes:
        kind: of which it would be.
        params: with every value filled in.
        inputs: what is known of them.
    """

    kind: AnyKind
    params: BaseModel
    inputs: Inputs


class Estimator:
    """Answers from a state that is at most a second old.

    Args:
        state: how the service stands.
        queue_limit: so many jobs may wait.
        wait_bounds: upper ends of the slots in the ledger's histogram of waits.
        now: with a time zone.
    """

    def __init__(
        self,
        state: StateReader,
        queue_limit: int,
        wait_bounds: Sequence[float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._state = state
        self._queue_limit = queue_limit
        self._wait_bounds = wait_bounds
        self._now = now

    def estimate(self, job: PlannedJob) -> EstimateView:
        """Return what the job would take if it were submitted now.

        Raises:
            LedgerUnavailableError: The ledger does not answer.
        """
        state = self._state.read()
        kind, what = job.kind, (job.params, job.inputs)
        devices = state.devices
        similar_jobs = find_similar_jobs(
            state.samples, kind, kind.traits(*what), devices
        )
        predicted = None
        if similar_jobs is not None:
            predicted = similar_jobs.seconds_per_work().times(kind.work(*what))
        fit = find_fit(state.workers, kind, *what)
        result = kind.result_facts(*what)
        width, height = size_of(result) if "width" in result else (None, None)
        return EstimateView(
            width=width,
            height=height,
            predict_seconds=_view(predicted),
            wait_seconds=_view(self._wait_in(state, kind.lane(job.params))),
            memory_bytes=None if fit is None else fit.needed_bytes,
            fits=None if fit is None else fit.fits,
            largest_size=None if fit is None else fit.largest_size,
            samples=0 if similar_jobs is None else len(similar_jobs.weighted),
            based_on=_told(similar_jobs, devices)
            if similar_jobs is not None
            else _why_not(state),
        )

    def queue_of(self, job: Job) -> QueueView:
        """Return how a job waits: its place, when it will begin, and why it does not.

        Cheap enough for every look at a job, and silent: a missing figure is no error.
        """
        place = QueueView(position=job.queue_position)
        if job.status is not JobStatus.QUEUED or job.queue_position is None:
            return place
        try:
            state = self._state.read()
        except LedgerUnavailableError:
            return place
        wait = self._wait_in(state, job.lane, job.queue_position)
        return QueueView(
            position=job.queue_position,
            estimated_start_seconds=None if wait is None else round(wait.p50, 1),
            hint=hint_for(job, state.workers, self._now()),
        )

    def hint(self) -> HintView | None:
        """Return that of the first job which no live worker can do; silent likewise."""
        try:
            return self._hint(self._state.read())
        except LedgerUnavailableError:
            return None

    def room_seconds(self) -> float | None:
        """Return in how many seconds the next job begins and leaves room in the queue.

        Silent, as `queue_of`: None if that is not known.
        """
        try:
            wait = self._wait(self._state.read(), 0)
        except LedgerUnavailableError:
            return None
        return None if wait is None else wait.p50

    def queue(self) -> QueueStateView:
        """Return how long the queue is and how long jobs wait and run.

        Raises:
            LedgerUnavailableError: The ledger does not answer.
        """
        state = self._state.read()
        ran_s = [each.setup_seconds + each.predict_seconds for each in state.samples]
        waits = read_histogram(state.counters, "wait_seconds", self._wait_bounds)
        return QueueStateView(
            depth=state.depth,
            limit=self._queue_limit,
            running=len(state.running),
            workers=len(state.workers),
            median_wait_seconds=waits.median(),
            median_run_seconds=median(ran_s) if ran_s else None,
            estimated_wait_seconds=_view(self._wait(state, state.depth)),
            steps_per_second=steps_per_second(state),
            lanes={lane: self._lane(state, lane) for lane in Lane},
            hint=self._hint(state),
        )

    def _lane(self, state: ServiceState, lane: Lane) -> LaneView:
        return LaneView(
            depth=state.lane_depths[lane],
            running=sum(job.lane is lane for job in state.running),
            workers=sum(lane in info.lanes for info in state.workers),
            estimated_wait_seconds=_view(self._wait_in(state, lane)),
        )

    def _hint(self, state: ServiceState) -> HintView | None:
        now = self._now()
        hints = (hint_for(each, state.workers, now) for each in state.waiting)
        return next(filter(None, hints), None)

    def _wait_in(
        self, state: ServiceState, lane: Lane, ahead: int | None = None
    ) -> Quantiles | None:
        """Return how long a job waits in a lane, behind all of it unless it is told."""
        serving = [info for info in state.workers if lane in info.lanes]
        ahead = state.lane_depths[lane] if ahead is None else ahead
        return self._wait(replace(state, workers=tuple(serving)), ahead)

    def _wait(self, state: ServiceState, ahead: int) -> Quantiles | None:
        return wait_before(
            ahead,
            workers=state.workers,
            running=state.running,
            typical=state.typical,
            now=self._now(),
        )


def steps_per_second(state: ServiceState) -> float:
    """Return how many optimizer steps the workers take together."""
    at_work = (job.progress for job in state.running if job.progress is not None)
    return sum(each.steps_per_second for each in at_work)


def _told(similar_jobs: SimilarJobs, devices: frozenset[str]) -> str:
    kind = "of the same kind" if similar_jobs.are_alike else "of this and other kinds"
    count = len(similar_jobs.weighted)
    jobs = "finished job" if count == 1 else "finished jobs"
    return f"{count} {jobs} {kind} on {', '.join(sorted(devices))}"


def _why_not(state: ServiceState) -> str:
    if not state.samples:
        return "nothing yet: no job has finished"
    return "nothing yet: no job has finished on the devices of the live workers"


def _view(quantiles: Quantiles | None) -> SecondsView | None:
    if quantiles is None:
        return None
    return SecondsView(p50=round(quantiles.p50, 3), p90=round(quantiles.p90, 3))
