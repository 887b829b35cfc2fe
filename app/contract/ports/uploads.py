"""The records of uploads: what has arrived, whose it is, and for how long it is kept.

They stand beside the ledger, and hold blobs as jobs do: a blob that no job and no
upload holds is deleted by whoever deletes those of jobs. A lost ledger loses them.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from app.contract.uploads import Upload, UploadPart


class UploadRecords(Protocol):
    """Each change is one atomic step.

    A request that writes has a `writer`, a name of its own. The newest one may write;
    one that was taken over is refused, however late its bytes arrive.
    """

    def create(
        self, upload_id: str, owner: str | None, media_type: str, writer: str
    ) -> Upload:
        """Record an empty upload."""

    def look(self, upload_id: str, owner: str | None) -> Upload:
        """Return it as it stands.

        Raises:
            UploadNotFoundError: There is none of this owner's.
        """

    def take_over(
        self, upload_id: str, owner: str | None, writer: str, offset: int | None = None
    ) -> Upload:
        """Return it; no other request may write to it any more.

        Unless more or less than `offset` has arrived: then nothing changes.

        Raises:
            UploadNotFoundError: There is none of this owner's.
        """

    def append(
        self,
        upload_id: str,
        writer: str,
        parts: Sequence[UploadPart],
        *,
        replaced: UploadPart | None,
        most_bytes: int,
    ) -> None:
        """Note that `parts` have arrived, the last of them just now.

        Args:
            upload_id: Whose.
            writer: The request that wrote it.
            parts: All.
            replaced: The part that the last one begins with and stands for.
            most_bytes: What all unused uploads of one owner may hold.

        Raises:
            UploadNotFoundError: It was deleted, or is past its time.
            UploadTakenOverError: Another request writes, or it is whole.
            UploadQuotaError: The owner's uploads would hold too much.
        """

    def hold(self, upload_id: str, writer: str, blob: str) -> None:
        """Keep a blob that the whole is about to be stored as.

        Raises:
            UploadNotFoundError, UploadTakenOverError: As above.
        """

    def complete(
        self, upload_id: str, writer: str, sha256: str, facts: Mapping[str, JsonValue]
    ) -> Upload:
        """Note that it is whole: its time begins anew, and its parts are let go.

        Raises:
            UploadNotFoundError, UploadTakenOverError: As above.
        """

    def use(self, upload_id: str) -> None:
        """Note that a job names it: its time begins anew, and it counts no longer."""

    def delete(self, upload_id: str) -> None:
        """Forget it and let go of its blobs; it need not be there."""
