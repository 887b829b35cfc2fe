"""What the rooms ask of the stores, as protocols, and the errors they may meet.

Every implementation translates its vendor's errors into these at its own door.
"""

from app.contract.ports.attempts import Beat, BeatReply, Claim, Waiting
from app.contract.ports.blobs import BlobEntry, BlobReader, BlobStore
from app.contract.ports.doorbell import Doorbell
from app.contract.ports.errors import (
    BatchNotFoundError,
    BlobNotFoundError,
    IdempotencyInProgressError,
    IdempotencyKeyReusedError,
    JobFinishedError,
    JobNotFinishedError,
    JobNotFoundError,
    JobNotPausedError,
    LedgerDamagedError,
    LedgerIncompleteError,
    LedgerUnavailableError,
    QueueFullError,
    RestorationLostError,
    StaleRevisionError,
    StorageFullError,
    StorageUnavailableError,
    StoreError,
    StyleNotFoundError,
    TooManyActiveJobsError,
    TooManyFilesError,
    UploadNotFoundError,
    UploadQuotaError,
    UploadTakenOverError,
)
from app.contract.ports.feed import Feed, Follower, History
from app.contract.ports.ledger import Ledger
from app.contract.ports.listing import JobFilter, JobPage
from app.contract.ports.outbox import DueDelivery, Outbox, WebhookBell
from app.contract.ports.reservations import Reservations
from app.contract.ports.restoration import Restoration
from app.contract.ports.styles import StyleCatalogue
from app.contract.ports.uploads import UploadRecords
from app.contract.ports.worker_registry import WorkerRegistry

__all__ = [
    "BatchNotFoundError",
    "Beat",
    "BeatReply",
    "BlobEntry",
    "BlobNotFoundError",
    "BlobReader",
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
    "JobNotPausedError",
    "JobPage",
    "Ledger",
    "LedgerDamagedError",
    "LedgerIncompleteError",
    "LedgerUnavailableError",
    "Outbox",
    "QueueFullError",
    "Reservations",
    "Restoration",
    "RestorationLostError",
    "StaleRevisionError",
    "StorageFullError",
    "StorageUnavailableError",
    "StoreError",
    "StyleCatalogue",
    "StyleNotFoundError",
    "TooManyActiveJobsError",
    "TooManyFilesError",
    "UploadNotFoundError",
    "UploadQuotaError",
    "UploadRecords",
    "UploadTakenOverError",
    "Waiting",
    "WebhookBell",
    "WorkerRegistry",
]
