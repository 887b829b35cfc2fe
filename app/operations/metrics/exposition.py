"""Writes the metrics in the format that the asker prefers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder

from app.estimates import StateReader
from app.operations.metrics.http_metrics import RequestCounts
from app.operations.metrics.ledger_collector import LedgerCollector


class Page(NamedTuple):
    """What `/metrics` answers."""

    content: bytes
    media_type: str


class Exposition:
    """All metrics of one application; its registry is its own, not the library's.

    Attributes:
        requests: where this process's requests are counted.
    """

    def __init__(
        self, state: StateReader, bounds: Mapping[str, Sequence[float]]
    ) -> None:
        self._registry = CollectorRegistry()
        self.requests = RequestCounts(self._registry)
        self._registry.register(LedgerCollector(state, bounds))
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)

    def write(self, accept: str | None) -> Page:
        """Return Prometheus's text, or OpenMetrics for an asker that knows it."""
        encode, media_type = choose_encoder(accept or "")
        return Page(encode(self._registry), media_type)
