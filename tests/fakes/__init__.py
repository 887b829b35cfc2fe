"""Small stand-ins for what the rooms are given: each implements a port in a few lines.

The ledger has none: tests use the real one, see `tests.ledgers`.
"""

from tests.fakes.blobs import MemoryBlobStore
from tests.fakes.doorbell import MemoryDoorbell, MemoryWebhookBell
from tests.fakes.feed import MemoryFeed
from tests.fakes.keys import MemoryKeyRing
from tests.fakes.rates import memory_rates
from tests.fakes.styles import MemoryStyleCatalogue
from tests.fakes.worker_registry import MemoryWorkerRegistry

__all__ = [
    "MemoryBlobStore",
    "MemoryDoorbell",
    "MemoryFeed",
    "MemoryKeyRing",
    "MemoryStyleCatalogue",
    "MemoryWebhookBell",
    "MemoryWorkerRegistry",
    "memory_rates",
]
