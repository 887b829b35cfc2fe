"""Spans, by the SDK's own exporter into memory."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.http.edge.tracing import Tracing, start_tracing
from tests.app.conftest import ApiHarness

_WHY = "impasto[telemetry] is not installed"
sdk = pytest.importorskip("opentelemetry.sdk.trace", reason=_WHY)
export = pytest.importorskip("opentelemetry.sdk.trace.export", reason=_WHY)
memory = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason=_WHY
)
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def spans() -> Any:
    return memory.InMemorySpanExporter()


@pytest.fixture
def tracer(spans: Any) -> Iterator[Any]:
    provider = sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(spans))
    yield provider.get_tracer("test")
    provider.shutdown()


@pytest.fixture
def client(api: ApiHarness, tracer: Any) -> TestClient:
    api.app.add_middleware(Tracing, tracer=tracer)
    return TestClient(api.app, raise_server_exceptions=False)


def test_a_span_is_named_by_its_route_and_not_by_the_path(
    client: TestClient, spans: Any
) -> None:
    client.get("/v1/jobs/nobody?token=secret")
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /v1/jobs/{job_id}"
    assert span.attributes["http.route"] == "/v1/jobs/{job_id}"
    assert span.attributes["http.response.status_code"] == 404
    assert "secret" not in str(dict(span.attributes))
    assert span.kind.name == "SERVER"
    assert span.status.is_ok


def test_the_clients_trace_is_carried_on(client: TestClient, spans: Any) -> None:
    theirs = f"00-{TRACE}-{PARENT}-01"
    answer = client.get("/healthz", headers={"traceparent": theirs})
    (span,) = spans.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == PARENT
    ours = f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert answer.headers["traceparent"] == ours


def test_what_is_behind_sees_the_span_as_its_parent(tracer: Any, spans: Any) -> None:
    seen: list[str] = []

    async def spy(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(Headers(scope=scope).getlist("traceparent"))
        await Response()(scope, receive, send)

    theirs = f"00-{TRACE}-{PARENT}-01"
    TestClient(Tracing(spy, tracer)).get("/", headers={"traceparent": theirs})
    (span,) = spans.get_finished_spans()
    assert seen == [f"00-{TRACE}-{span.context.span_id:016x}-01"]


def test_a_fault_of_ours_is_an_error_of_the_span(
    api: ApiHarness, client: TestClient, spans: Any
) -> None:
    api.ledger.get = None  # calling it is a bug
    client.get(f"/v1/jobs/job_{'0' * 32}")
    (span,) = spans.get_finished_spans()
    assert span.attributes["http.response.status_code"] == 500
    assert not span.status.is_ok


def test_without_a_collector_there_is_no_tracer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", raising=False)
    assert start_tracing("1") is None


def test_with_a_collector_spans_are_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    found = start_tracing("1.2.3")
    assert found is not None
    resource = found.tracer.resource.attributes
    assert resource["service.name"] == "impasto-api"
    assert resource["service.version"] == "1.2.3"
    found.stop()
