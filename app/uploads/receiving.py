"""Keeps what one request brings for an upload, part by part.

What has arrived when the connection breaks, the service stops or a limit is met stays,
to be gone on from. A part that ends early is stored once more together with what
follows it, so that a file that comes in many small pieces lies in few blobs.
"""

import hashlib
import secrets
from collections.abc import AsyncIterator

from anyio import CancelScope
from anyio.to_thread import run_sync

from app.contract.ports import (
    StoreError,
    UploadNotFoundError,
    UploadQuotaError,
    UploadTakenOverError,
)
from app.contract.records.wire import part_key
from app.contract.uploads import Upload, UploadPart
from app.problems import ProblemError
from app.uploads.refusals import mismatch, over_limit, over_quota
from app.uploads.uploads import Uploads

#: So much is held in memory of each request.
PART_BYTES = 4 * 2**20


class Receiver:
    """Writes to one upload; nobody else may from now on."""

    def __init__(self, uploads: Uploads, upload: Upload, writer: str) -> None:
        """Go on where the upload stands; `begin` makes one ready to receive."""
        self._uploads = uploads
        self._writer = writer
        self.upload = upload
        self._parts = list(upload.parts)
        self._stored_bytes = upload.size_bytes
        self._buffer = bytearray()
        #: The part that the buffer begins with, and how long that is.
        self._replaced: UploadPart | None = None
        #: Known only to one who has seen all of it.
        self._digest = None if upload.size_bytes else hashlib.sha256()

    @classmethod
    def create(
        cls, uploads: Uploads, owner: str | None, media_type: str, announced: int | None
    ) -> "Receiver":
        """Return one that writes to a new upload.

        Raises:
            ProblemError: As many bytes as are announced have no room.
        """
        writer = new_writer()
        receiver = cls(uploads, uploads.create(owner, media_type, writer), writer)
        try:
            receiver._require_room(announced or 0, announced)
        except ProblemError:
            uploads.delete(receiver.upload)
            raise
        return receiver

    @classmethod
    def resume(
        cls,
        uploads: Uploads,
        upload_id: str,
        owner: str | None,
        offset: int,
        announced: int | None,
    ) -> "Receiver":
        """Return one that goes on with an upload, which stands at `offset`.

        Raises:
            ProblemError: There is none, it stands elsewhere, or as many bytes as are
                announced have no room.
        """
        writer = new_writer()
        upload = uploads.take_over(upload_id, owner, writer, offset)
        receiver = cls(uploads, upload, writer)
        if upload.is_complete and announced:
            raise mismatch(upload)
        receiver._require_room(announced or 0, announced)
        receiver._load_short_part()
        return receiver

    async def receive(self, stream: AsyncIterator[bytes]) -> None:
        """Keep what the stream brings, also if it breaks.

        Raises:
            ProblemError: It is too much, or another request writes.
        """
        try:
            async for chunk in stream:
                self._take(chunk)
                if len(self._buffer) >= PART_BYTES:
                    await run_sync(self._flush)
        finally:
            with CancelScope(shield=True):
                await run_sync(self._flush)

    def finish(self) -> Upload:
        """Return the upload, whole.

        Raises:
            ProblemError: It was deleted, or another request writes.
        """
        if self.upload.is_complete:
            return self.upload
        sha256 = None if self._digest is None else self._digest.hexdigest()
        try:
            return self._uploads.complete(self.stand(), self._writer, sha256)
        except (UploadNotFoundError, UploadTakenOverError) as error:
            raise self._refused(error) from error

    def stand(self) -> Upload:
        """Return the upload as this request has left it."""
        update = {"parts": tuple(self._parts), "size_bytes": self._stored_bytes}
        return self.upload.model_copy(update=update)

    def _take(self, chunk: bytes) -> None:
        self._require_room(self._new_bytes + len(chunk), None)
        if self.upload.is_complete and chunk:
            raise mismatch(self.upload)
        self._buffer += chunk

    @property
    def _new_bytes(self) -> int:
        """How many bytes the buffer holds that no part has."""
        return len(self._buffer) - (self._replaced.size_bytes if self._replaced else 0)

    def _require_room(self, more_bytes: int, announced: int | None) -> None:
        """Refuse what would be too much with what is stored."""
        uploads, upload = self._uploads, self.upload
        total = self._stored_bytes + more_bytes
        if total > uploads.max_bytes:
            told = None if announced is None else total
            raise over_limit(uploads.max_bytes, told)
        held = upload.key_bytes - upload.size_bytes + self._stored_bytes
        if held + more_bytes > uploads.bytes_per_key:
            raise over_quota(uploads.bytes_per_key, held)

    def _load_short_part(self) -> None:
        last = self._parts[-1] if self._parts else None
        if last is not None and last.size_bytes < PART_BYTES:
            self._buffer += self._uploads.blobs.get(part_key(self.upload.id, last.name))
            self._replaced = last

    def _flush(self) -> None:
        """Store what the buffer holds, if anything is new: first the blob."""
        if self._new_bytes == 0:
            return
        content, new_bytes = bytes(self._buffer), self._new_bytes
        start = self._stored_bytes + new_bytes - len(content)
        part = UploadPart(f"{start}-{self._writer}", len(content))
        kept = self._parts[:-1] if self._replaced else self._parts
        key = part_key(self.upload.id, part.name)
        self._uploads.blobs.put(key, content)
        try:
            self._uploads.records.append(
                self.upload.id,
                self._writer,
                [*kept, part],
                replaced=self._replaced,
                most_bytes=self._uploads.bytes_per_key,
            )
        except (UploadNotFoundError, UploadTakenOverError, UploadQuotaError) as error:
            self._uploads.blobs.delete(key)
            self._buffer, self._replaced = bytearray(), None
            raise self._refused(error) from error
        if self._digest is not None:
            self._digest.update(content)
        self._parts, self._replaced = [*kept, part], None
        self._stored_bytes += new_bytes
        self._buffer.clear()

    def _refused(self, error: StoreError) -> ProblemError:
        """Say why it may not write any more."""
        try:
            now = self._uploads.look(self.upload.id, self.upload.owner)
        except ProblemError as gone:
            return gone
        if isinstance(error, UploadQuotaError):
            return over_quota(self._uploads.bytes_per_key, now.key_bytes)
        return mismatch(now)


def new_writer() -> str:
    """Return a name that no other request has."""
    return secrets.token_hex(4)
