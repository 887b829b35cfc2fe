"""Deleting blobs that nobody needs, while others may just begin to need them."""

from collections.abc import Sequence

from app.contract.ports import BlobNotFoundError, BlobStore, Ledger

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
        content = _read(blobs, key) if key.startswith(_SHARED) else None
        blobs.delete(key)
        if content is not None and not ledger.restoration.unneeded([key]):
            blobs.put(key, content)
    return len(unneeded)


def _read(blobs: BlobStore, key: str) -> bytes | None:
    try:
        return blobs.get(key)
    except BlobNotFoundError:
        return None
