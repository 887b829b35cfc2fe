"""What the rooms ask of the pantry, as protocols, and the errors they may meet.

Every implementation translates its vendor's errors into these at its own door.
"""

from app.contract.ports.blobs import BlobEntry, BlobStore
from app.contract.ports.doorbell import Doorbell
from app.contract.ports.errors import (
    BatchNotFoundError,
    BlobNotFoundError,
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    JobFinishedError,
    JobNotFinishedError,
    JobNotFoundError,
    LedgerDamagedError,
    LedgerIncompleteError,
    LedgerUnavailableError,
    QueueFullError,
    RestorationLostError,
    StorageFullError,
    StorageUnavailableError,
    StoreError,
    StyleNotFoundError,
    TooManyActiveJobsError,
)
from app.contract.ports.feed import Feed, Follower, History
from app.contract.ports.ledger import (
    Claim,
    JobFilter,
    JobPage,
    Ledger,
    Order,
)
from app.contract.ports.outbox import DueDelivery, Outbox, WebhookBell
from app.contract.ports.reservations import Reservations
from app.contract.ports.restoration import Restoration
from app.contract.ports.roster import Roster
from app.contract.ports.styles import StyleShelf

__all__ = [
    "BatchNotFoundError",
    "BlobEntry",
    "BlobNotFoundError",
    "BlobStore",
    "Claim",
    "Doorbell",
    "DueDelivery",
    "Feed",
    "Follower",
    "History",
    "IdempotencyInProgressError",
    "IdempotencyKeyReusedError",
    "JobFilter",
    "JobFinishedError",
    "JobNotFinishedError",
    "JobNotFoundError",
    "JobPage",
    "Ledger",
    "LedgerDamagedError",
    "LedgerIncompleteError",
    "LedgerUnavailableError",
    "Order",
    "Outbox",
    "QueueFullError",
    "Reservations",
    "Restoration",
    "RestorationLostError",
    "Roster",
    "StorageFullError",
    "StorageUnavailableError",
    "StoreError",
    "StyleNotFoundError",
    "StyleShelf",
    "TooManyActiveJobsError",
    "WebhookBell",
]
