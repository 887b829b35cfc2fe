"""Spans of an attempt, with OpenTelemetry's API and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.contract.jobs import JobStatus
from tests.fakes.runner import FakeRunner
from tests.worker.harness import WorkerHarness
from worker import tracing

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Recorder:
    """A tracer that notes what is begun and what is ended."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.contexts: dict[str, Any] = {}
        self.attributes: dict[str, Any] = {}

    @contextmanager
    def start_as_current_span(
        self, name: str, context: Any = None, attributes: Any = None
    ) -> Iterator[None]:
        self.lines.append(f"+{name}")
        self.contexts[name], self.attributes[name] = context, attributes
        try:
            yield
        finally:
            self.lines.append(f"-{name}")


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    pytest.importorskip("opentelemetry.trace", reason="optional, not installed")
    recorder = Recorder()
    monkeypatch.setattr(tracing.trace, "get_tracer", lambda _: recorder)
    return recorder


def test_attempt_is_a_span_of_the_clients_trace_with_its_parts(
    recorder: Recorder,
) -> None:
    from opentelemetry import trace  # noqa: PLC0415 - it need not be there

    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit(traceparent=f"00-{TRACE_ID}-{SPAN_ID}-01")
    harness.handler.handle(job_id)
    assert recorder.lines == [
        *["+impasto.job", "+run", "+fetch", "-fetch", "+fetch", "-fetch", "-run"],
        *["+store", "-store", "-impasto.job"],
    ]
    assert recorder.attributes["impasto.job"] == {
        "impasto.job_id": job_id,
        "impasto.attempt": 1,
    }
    parent = trace.get_current_span(recorder.contexts["impasto.job"])
    assert parent.get_span_context().trace_id == int(TRACE_ID, 16)
    assert parent.get_span_context().span_id == int(SPAN_ID, 16)
    assert recorder.contexts["run"] is None, "below the one that is entered"


@pytest.mark.parametrize("traceparent", [None, "", "nonsense", "00-0-0-01"])
def test_no_trace_and_a_broken_one_begin_a_new_one(
    recorder: Recorder, traceparent: str | None
) -> None:
    from opentelemetry import trace  # noqa: PLC0415 - it need not be there

    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit(traceparent=traceparent)
    harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED
    parent = trace.get_current_span(recorder.contexts["impasto.job"])
    assert not parent.get_span_context().is_valid


def test_span_of_a_failed_attempt_is_ended(recorder: Recorder) -> None:
    harness = WorkerHarness(FakeRunner(raises={2: ZeroDivisionError("a bug")}))
    harness.handler.handle(harness.submit())
    assert recorder.lines[-2:] == ["-run", "-impasto.job"]


def test_without_opentelemetry_jobs_are_painted_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracing, "_IS_THERE", False)
    harness = WorkerHarness(FakeRunner())
    job_id = harness.submit(traceparent=f"00-{TRACE_ID}-{SPAN_ID}-01")
    harness.handler.handle(job_id)
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED
