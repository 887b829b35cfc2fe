"""What may go wrong behind a port; each message is fit for a log."""


class StoreError(Exception):
    """Something behind a port did not work."""


class LedgerUnavailableError(StoreError):
    """The ledger did not answer in time: nothing is known about the job."""


class LedgerIncompleteError(LedgerUnavailableError):
    """The ledger has lost data and is being restored: what it lacks may come back."""

    def __init__(self) -> None:
        super().__init__("jobs are being restored")


class LedgerDamagedError(StoreError):
    """What the ledger's server has read contradicts itself; the message says where."""


class RestorationLostError(StoreError):
    """Another one restores the ledger now, or its data were lost once more."""


class StorageUnavailableError(StoreError):
    """The blob store refused or failed: disk full, no right, no connection."""


class StorageFullError(StorageUnavailableError):
    """There is too little room to store anything more."""

    def __init__(self, free_bytes: int, needed_bytes: int) -> None:
        super().__init__(f"{free_bytes} bytes are free, {needed_bytes} are needed")
        self.free_bytes = free_bytes
        self.needed_bytes = needed_bytes

    @property
    def words(self) -> str:
        """Say it to anybody; where the disk is, is nobody's business."""
        free, needed = (each / 2**20 for each in (self.free_bytes, self.needed_bytes))
        return f"the disk is full: {free:.0f} MiB are free, {needed:.0f} MiB are needed"


class BlobNotFoundError(StoreError):
    """No blob is stored under the key."""


class JobNotFoundError(StoreError):
    """The ledger has no job of this id."""


class BatchNotFoundError(StoreError):
    """The ledger has no batch of this id."""


class StyleNotFoundError(StoreError):
    """The library has no painting of this id."""


class JobFinishedError(StoreError):
    """The job has reached a final state and cannot be changed."""


class JobNotPausedError(StoreError):
    """The job waits or runs: it cannot be resumed."""


class StaleRevisionError(StoreError):
    """What is to change has changed since the one who asks has looked."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"it is at revision {revision}")
        self.revision = revision


class TooManyFilesError(StoreError):
    """What people have changed of a job names as many files as may be kept of it."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"its changes name {limit} files")
        self.limit = limit


class JobNotFinishedError(StoreError):
    """The job waits or runs: it cannot be deleted yet."""


class QueueFullError(StoreError):
    """As many jobs wait as the service accepts."""

    def __init__(self, depth: int, limit: int) -> None:
        super().__init__(f"{depth} jobs wait, {limit} are allowed")
        self.depth = depth
        self.limit = limit


class TooManyActiveJobsError(StoreError):
    """The key has as many unfinished jobs as it may have."""

    def __init__(self, active: int, limit: int) -> None:
        super().__init__(f"{active} jobs are unfinished, {limit} are allowed")
        self.active = active
        self.limit = limit


class UploadNotFoundError(StoreError):
    """There is no upload of this id and owner, or it is past its time."""


class UploadTakenOverError(StoreError):
    """Another request has begun to write to the upload, or it is whole."""


class UploadQuotaError(StoreError):
    """The owner's unused uploads would hold more bytes than they may."""


class IdempotencyInProgressError(StoreError):
    """The first request with this key is still arriving."""


class IdempotencyKeyReusedError(StoreError):
    """The key came before, with another body."""
