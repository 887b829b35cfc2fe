"""`/metrics`: the service's counts for Prometheus, and this process's own."""

from app.operations.metrics.exposition import Exposition
from app.operations.metrics.http_metrics import HttpMetrics

__all__ = ["Exposition", "HttpMetrics"]
