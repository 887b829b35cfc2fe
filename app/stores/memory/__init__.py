"""In-memory twins of the stores: the same promises for one process.

Shipped, not hidden in the tests: every room can be tried without Redis and without a
disk, and one suite holds the twins and the real stores to the same behaviour. Time is
an argument, so that a lease can run out without waiting.
"""

from app.stores.memory.blobs import MemoryBlobStore
from app.stores.memory.doorbell import MemoryDoorbell, MemoryWebhookBell
from app.stores.memory.feed import MemoryFeed
from app.stores.memory.ledger import MemoryLedger
from app.stores.memory.outbox import MemoryOutbox
from app.stores.memory.reservations import MemoryReservations
from app.stores.memory.roster import MemoryRoster
from app.stores.memory.styles import MemoryStyleShelf

__all__ = [
    "MemoryBlobStore",
    "MemoryDoorbell",
    "MemoryFeed",
    "MemoryLedger",
    "MemoryOutbox",
    "MemoryReservations",
    "MemoryRoster",
    "MemoryStyleShelf",
    "MemoryWebhookBell",
]
