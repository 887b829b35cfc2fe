"""A change that was accepted is kept like the job itself."""

from collections.abc import Collection, Mapping

from pydantic import JsonValue

from app.contract.commands import Verb
from app.contract.ports import BlobStore, JobNotFoundError, Ledger
from app.contract.records.archives import ArchivedCommands
from app.contract.records.wire import commands_key


def ask_change(
    ledger: Ledger,
    blobs: BlobStore,
    job_id: str,
    values: Mapping[str, JsonValue],
    expected: Collection[int] | None = None,
) -> int:
    """Ask a job to go on with other values; return the revision once it is kept.

    The ledger is told first: what it refuses leaves no file. Of a job there is one
    file, with all that was asked of it; two changes may come at once, so it is written
    until it says what the ledger says.

    Raises:
        JobNotFoundError: There is no such job.
        JobFinishedError: It has ended, or was told to stop.
        StaleRevisionError: Another revision was expected.
        StoreError: Whether it is asked is not known, or known to the ledger alone; to
            ask again does no harm.
    """
    revision = ledger.requests.append(job_id, Verb.CHANGE, values, expected)
    key, kept = commands_key(job_id), None
    while (asked := ledger.requests.commands(job_id)) != kept:
        if not asked or asked[-1].sequence < revision:
            return _ask_again(ledger, blobs, job_id, values)
        blobs.put(key, ArchivedCommands(job_id=job_id, commands=asked).to_json())
        kept = asked
    return revision


def _ask_again(
    ledger: Ledger, blobs: BlobStore, job_id: str, values: Mapping[str, JsonValue]
) -> int:
    """Ask a ledger that was lost and restored without, or lets go of a job."""
    try:
        return ask_change(ledger, blobs, job_id, values)
    except JobNotFoundError:
        blobs.delete(commands_key(job_id))  # it has ended and was deleted
        raise
