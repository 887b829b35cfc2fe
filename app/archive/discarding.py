"""Deleting blobs that nobody needs, while others may just begin to need them."""

from collections.abc import Sequence
from contextlib import closing, nullcontext

from app.contract.ports import BlobNotFoundError, BlobReader, BlobStore, Ledger

#: Only these are shared: their names are hashes of what they hold.
_SHARED = "uploads/"


def discard_unneeded(ledger: Ledger, blobs: BlobStore, keys: Sequence[str]) -> int:
    """Delete those of the blobs that no job needs; return how many.

    Between the ledger's answer and the deletion a submission may find a shared blob and
    rely on it, however long this process is stopped in between. So the ledger is asked
    once more afterwards, and what is needed then is put back.

    Raises:
        LedgerIncompleteError: Nobody knows who needs them.
    """
    if not keys:
        return 0
    unneeded = ledger.restoration.unneeded(keys)
    for key in unneeded:
        # What was opened stays readable, and may be too long to be held in memory.
        file = _open(blobs, key) if key.startswith(_SHARED) else None
        with nullcontext() if file is None else closing(file):
            blobs.delete(key)
            if file is not None and not ledger.restoration.unneeded([key]):
                blobs.put_file(key, file, 0)  # its room is free again
    return len(unneeded)


def _open(blobs: BlobStore, key: str) -> BlobReader | None:
    try:
        return blobs.reader(key)
    except BlobNotFoundError:
        return None
