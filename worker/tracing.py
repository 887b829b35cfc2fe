"""Spans around an attempt and its parts, for who has OpenTelemetry; else nothing.

Only its API is used, if it is there: whoever installs an SDK configures it by its own
means (`opentelemetry-instrument`, `OTEL_*`).
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

try:
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )
except ImportError:  # it is no dependency of ours
    _IS_THERE = False
else:
    _IS_THERE = True

_TRACER = "impasto.worker"


def span(
    name: str,
    attributes: Mapping[str, str | int] | None = None,
    *,
    traceparent: str | None = None,
) -> AbstractContextManager[object]:
    """Return a span to be entered, below the one that is entered now.

    Args:
        name: what is done in it.
        attributes: of the span.
        traceparent: the client's trace (W3C) that it belongs to; one that is not well
            formed counts as none.
    """
    if not _IS_THERE:
        return nullcontext()
    parent = None
    if traceparent is not None:
        carrier = {"traceparent": traceparent}
        parent = TraceContextTextMapPropagator().extract(carrier)
    return trace.get_tracer(_TRACER).start_as_current_span(
        name, context=parent, attributes=attributes
    )
