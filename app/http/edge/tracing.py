"""A span for each request, where an operator collects traces (OpenTelemetry).

Nothing of it exists unless `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector and the
extra `impasto[telemetry]` is installed: then `start_tracing` returns a tracer, and the
layer below is put around the application. A trace that the client began is carried on,
and what is behind sees this span as its parent.
"""

import logging
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

_ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
)
_PACKAGES = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")
_SERVICE = "impasto-api"
#: From here on the server is to blame; a refusal is the client's affair.
_SERVER_ERROR = 500

# Any: the packages need not be installed.
Tracer = Any


class Export(NamedTuple):
    """Where spans go; `stop` sends what is left."""

    tracer: Tracer
    stop: Callable[[], None]


def start_tracing(version: str) -> Export | None:
    """Return where to send spans; None if nobody collects them."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return None
    if not all(map(_is_installed, _PACKAGES)):
        _log.warning("traces are wanted, but impasto[telemetry] is not installed")
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    # The environment's OTEL_SERVICE_NAME wins over ours.
    name = os.environ.get("OTEL_SERVICE_NAME", _SERVICE)
    resource = Resource.create({"service.name": name, "service.version": version})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _log.info("exporting traces")
    return Export(provider.get_tracer("impasto", version), provider.shutdown)


class Tracing:
    """Puts a span around each request; stands outermost."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on within its span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Here and not above: the packages need not be installed.
        from opentelemetry import propagate, trace  # noqa: PLC0415

        headers = Headers(scope=scope)
        with self._tracer.start_as_current_span(
            scope["method"],
            context=propagate.extract(dict(headers)),
            kind=trace.SpanKind.SERVER,
            attributes={
                "http.request.method": scope["method"],
                "url.scheme": scope["scheme"],
                "url.path": scope["path"],
                "network.protocol.version": scope.get("http_version", "1.1"),
            },
        ) as span:
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            answer = _TracedAnswer(span, carrier, send)
            inner = {**scope, "headers": _with(carrier, scope["headers"])}
            await self._app(inner, receive, answer.send)
            _name_by_route(span, inner)


class _TracedAnswer:
    """Notes an answer's status in the span, and tells the client of the span."""

    def __init__(self, span: Any, carrier: dict[str, str], send: Send) -> None:
        self._span = span
        self._carrier = carrier
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            status = message["status"]
            self._span.set_attribute("http.response.status_code", status)
            if status >= _SERVER_ERROR:
                from opentelemetry.trace import StatusCode  # noqa: PLC0415

                self._span.set_status(StatusCode.ERROR)
            headers = MutableHeaders(scope=message)
            for name, value in self._carrier.items():
                headers.setdefault(name, value)
        await self._send(message)


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False


def _with(
    carrier: dict[str, str], headers: list[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    """Return the headers with the span in the place of the client's own."""
    ours = [(name.encode(), value.encode()) for name, value in carrier.items()]
    names = {name for name, _ in ours}
    return [*(pair for pair in headers if pair[0].lower() not in names), *ours]


def _name_by_route(span: Any, scope: Scope) -> None:
    """Name the span by its route's template, as soon as the router has found it."""
    template = getattr(scope.get("route"), "path", None)
    if template is not None:
        span.update_name(f"{scope['method']} {template}")
        span.set_attribute("http.route", template)
