"""The service's metrics, read from the ledger whenever Prometheus asks.

The ledger counts for all processes and over restarts; nothing is counted here.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from app.contract.failures import FailureCode
from app.contract.jobs import JobStatus
from app.contract.ports import LedgerUnavailableError
from app.contract.workers import WorkerInfo
from app.estimates import ServiceState, StateReader
from app.estimates.estimator import steps_per_second
from app.estimates.histograms import read_histogram

_log = logging.getLogger(__name__)

#: How a job may end: status and failure code.
_ENDS = (
    (JobStatus.SUCCEEDED, ""),
    (JobStatus.CANCELED, ""),
    *((JobStatus.FAILED, code) for code in FailureCode),
)
#: The ledger's name of each plain counter, ours without `_total`, and what it counts.
_COUNTERS = (
    ("submitted", "impasto_jobs_submitted", "Jobs that were recorded."),
    ("reused", "impasto_jobs_reused", "Jobs that took another job's picture."),
    (
        "attempts_lost",
        "impasto_attempts_lost",
        "Attempts that ended because their worker fell silent.",
    ),
    ("slices", "impasto_slices", "Jobs that were handed back because others waited."),
    ("steps", "impasto_steps", "Optimizer steps of jobs that succeeded."),
)
_HISTOGRAMS = (
    ("wait_seconds", "impasto_wait_seconds", "From submission to first start."),
    ("run_seconds", "impasto_run_seconds", "From the last start to the end."),
    (
        "cancel_seconds",
        "impasto_cancel_latency_seconds",
        "From the wish to cancel a running job to its end.",
    ),
    (
        "control_seconds",
        "impasto_control_latency_seconds",
        "From a change of a job to the step that it holds from.",
    ),
)


class LedgerCollector(Collector):
    """Yields what the ledger knows; `impasto_up` 0 if it does not answer.

    Args:
        state: how the service stands.
        bounds: upper ends of the ledger's histograms, by their names there.
    """

    def __init__(
        self, state: StateReader, bounds: Mapping[str, Sequence[float]]
    ) -> None:
        self._state = state
        self._bounds = bounds

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        try:
            state = self._state.read()
        except LedgerUnavailableError as error:
            _log.warning("metrics without the ledger: %s", error)
            yield _up(is_up=False)
            return
        yield _up(is_up=True)
        yield from _counters(state.counters)
        yield _ended(state.counters)
        yield from self._histograms(state.counters)
        yield from _gauges(state)
        yield from _workers(state.workers)

    def describe(self) -> list[Metric]:
        """Say nothing: the registry would ask the ledger when this is registered."""
        return []

    def _histograms(self, counters: Mapping[str, float]) -> Iterator[Metric]:
        for name, ours, text in _HISTOGRAMS:
            read = read_histogram(counters, name, self._bounds[name])
            buckets = [
                ("+Inf" if end == float("inf") else str(end), float(count))
                for end, count in read.buckets
            ]
            yield HistogramMetricFamily(ours, text, buckets, sum_value=read.total)


def _up(*, is_up: bool) -> Metric:
    text = "Whether the ledger answers; if not, the service's own counts are missing."
    return GaugeMetricFamily("impasto_up", text, value=float(is_up))


def _counters(counters: Mapping[str, float]) -> Iterator[Metric]:
    for name, ours, text in _COUNTERS:
        yield CounterMetricFamily(ours, text, value=counters.get(name, 0.0))


def _ended(counters: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(
        "impasto_jobs_ended",
        "Jobs that came to an end; `code` says why one failed.",
        labels=("status", "code"),
    )
    # Every one from the start: a rate can only be taken of what was 0 once.
    for status, code in _ENDS:
        name = f"ended:{status}:{code}" if code else f"ended:{status}"
        family.add_metric((status, code), counters.get(name, 0.0))
    return family


def _gauges(state: ServiceState) -> Iterator[Metric]:
    for name, text, value in (
        ("impasto_queue_depth", "Jobs that wait.", state.depth),
        ("impasto_paused_jobs", "Jobs that are paused.", state.paused),
        ("impasto_running", "Jobs that workers hold.", len(state.running)),
        ("impasto_workers", "Live workers.", len(state.workers)),
        (
            "impasto_steps_per_second",
            "Optimizer steps of all running jobs together.",
            steps_per_second(state),
        ),
    ):
        yield GaugeMetricFamily(name, text, value=float(value))


def _workers(infos: Sequence[WorkerInfo]) -> Iterator[Metric]:
    """Yield what each worker tells; what it does not tell has no value."""
    now = datetime.now(UTC)
    ages = {c.name: (now - c.seen_at).total_seconds() for c in infos if c.seen_at}
    for name, text, values in (
        (
            "impasto_worker_memory_total_bytes",
            "Memory of the worker's device.",
            {info.name: info.memory_total_bytes for info in infos},
        ),
        (
            "impasto_worker_memory_free_bytes",
            "What a job may take of it.",
            {info.name: info.memory_free_bytes for info in infos},
        ),
        (
            "impasto_worker_process_bytes",
            "Main memory of the worker's process.",
            {info.name: info.process_bytes for info in infos},
        ),
        (
            "impasto_worker_busy",
            "Whether the worker holds a job.",
            {info.name: int(info.job_id is not None) for info in infos},
        ),
        (
            "impasto_worker_heartbeat_age_seconds",
            "Since the worker was last heard of.",
            {name: max(0.0, age) for name, age in ages.items()},
        ),
    ):
        family = GaugeMetricFamily(name, text, labels=("worker", "device"))
        for info in infos:
            if (value := values.get(info.name)) is not None:
                family.add_metric((info.name, info.device), float(value))
        yield family
