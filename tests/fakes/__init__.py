"""Small stand-ins for what the rooms are given: each implements a port in a few lines.

The ledger has none: tests use the real one, see `tests.ledgers`.
"""

from tests.fakes.blobs import MemoryBlobStore
from tests.fakes.doorbell import MemoryDoorbell, MemoryWebhookBell
from tests.fakes.feed import MemoryFeed
from tests.fakes.keys import MemoryKeyRing
from tests.fakes.rates import memory_rates
from tests.fakes.roster import MemoryRoster
from tests.fakes.styles import MemoryStyleShelf

__all__ = [
    "MemoryBlobStore",
    "MemoryDoorbell",
    "MemoryFeed",
    "MemoryKeyRing",
    "MemoryRoster",
    "MemoryStyleShelf",
    "MemoryWebhookBell",
    "memory_rates",
]
