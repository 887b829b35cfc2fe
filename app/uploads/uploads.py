"""What others may ask of uploads, and how one becomes whole.

Bytes lie in parts until then, in the store that all processes share: no upload is bound
to the process or the machine that it began on.
"""

import hashlib
import shutil
import tempfile
import uuid
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO, cast

from pydantic import JsonValue

from app.contract.ports import (
    BlobReader,
    BlobStore,
    UploadNotFoundError,
    UploadRecords,
)
from app.contract.records.wire import upload_key
from app.contract.uploads import Upload
from app.intake import (
    IntakeRules,
    inspect_cloud,
    inspect_picture,
    inspect_video,
    looks_like_cloud,
)
from app.problems import ProblemError
from app.uploads.joined import joined
from app.uploads.refusals import expired, incomplete, mismatch, unknown

#: Larger ones go to disk.
_SPOOL_BYTES = 256 * 2**10
_PIECE_BYTES = 2**20
#: Enough of a text to tell whether it has points.
_HEAD_BYTES = 2**16


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """The uploads of all keys; each method may wait for a store.

    Attributes:
        max_bytes: of one upload.
        bytes_per_key: of all that no job has named, and that are of one key.
    """

    records: UploadRecords
    blobs: BlobStore
    intake: IntakeRules
    max_bytes: int
    bytes_per_key: int

    def find(self, upload_id: str, owner: str | None) -> Upload:
        """Return an upload that a job of this owner may name.

        Raises:
            ProblemError: `upload_not_found`, `upload_expired` or `upload_incomplete`.
        """
        upload = self.look(upload_id, owner)
        if not upload.is_complete:
            raise incomplete(upload)
        return upload

    def open(self, upload: Upload) -> BinaryIO:
        """Return a whole upload as a seekable file, which the caller closes.

        Raises:
            ProblemError: `upload_incomplete`.
        """
        if upload.sha256 is None:
            raise incomplete(upload)
        with closing(self.blobs.reader(upload_key(upload.sha256))) as content:
            return _spooled(content)

    def keep(self, upload: Upload) -> None:
        """Keep an upload for another day and count it no longer: a job names it.

        To be called before the job is recorded, which holds the blob from then on.
        """
        self.records.use(upload.id)

    def look(self, upload_id: str, owner: str | None) -> Upload:
        """Return an upload as it stands.

        Raises:
            ProblemError: `upload_not_found` or `upload_expired`.
        """
        return self._checked(upload_id, owner, writer="")

    def create(self, owner: str | None, media_type: str, writer: str) -> Upload:
        """Return a new, empty upload."""
        upload_id = f"upl_{uuid.uuid4().hex}"
        return self.records.create(upload_id, owner, media_type, writer)

    def take_over(
        self, upload_id: str, owner: str | None, writer: str, offset: int | None = None
    ) -> Upload:
        """Return an upload that from now on nobody but `writer` may write to.

        Unless it does not stand at `offset`: then nothing changes.

        Raises:
            ProblemError: `upload_not_found` or `upload_expired`.
        """
        return self._checked(upload_id, owner, writer=writer, offset=offset)

    def complete(self, upload: Upload, writer: str, sha256: str | None) -> Upload:
        """Store an upload whole, and return it.

        Done twice, or once more after a crash in between, it does the same.

        Args:
            upload: with all its parts.
            writer: who wrote the last one.
            sha256: of all parts, if that is known.

        Raises:
            UploadNotFoundError, UploadTakenOverError: It was deleted, is past its time,
                or another request writes.
        """
        sha256 = sha256 or self._sha256_of(upload)
        # First: whoever deletes what nobody needs asks once more after deleting.
        self.records.hold(upload.id, writer, upload_key(sha256))
        if not self.blobs.exists(upload_key(sha256)):
            with closing(joined(self.blobs, upload.part_keys)) as file:
                self.blobs.put_file(upload_key(sha256), file, upload.size_bytes)
        facts = self._facts_of(upload)
        return self.records.complete(upload.id, writer, sha256, facts)

    def delete(self, upload: Upload) -> None:
        """Forget an upload; its bytes go soon after, if no job needs them."""
        self.records.delete(upload.id)

    def _checked(
        self,
        upload_id: str,
        owner: str | None,
        *,
        writer: str,
        offset: int | None = None,
    ) -> Upload:
        try:
            upload = self.records.take_over(upload_id, owner, writer, offset)
        except UploadNotFoundError as error:
            raise unknown(upload_id) from error
        if upload.is_expired:
            raise expired(upload)
        if offset is not None and upload.size_bytes != offset:
            raise mismatch(upload, offset)
        return upload

    def _sha256_of(self, upload: Upload) -> str:
        with closing(joined(self.blobs, upload.part_keys)) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _facts_of(self, upload: Upload) -> dict[str, JsonValue]:
        """Return what is told of a picture, a clip or a cloud; nothing of others."""
        medium = upload.media_type.partition("/")[0]
        if medium not in {"image", "video"}:
            medium = "pointcloud" if self._looks_like_cloud(upload) else ""
        most = {
            "image": self.intake.max_bytes,
            "video": self.intake.video.max_bytes,
            "pointcloud": self.intake.cloud.max_bytes,
        }
        if upload.size_bytes > most.get(medium, -1):
            return {}
        with (
            closing(joined(self.blobs, upload.part_keys)) as parts,
            closing(_spooled(parts)) as file,
        ):
            try:
                if medium == "video":
                    known = inspect_video(file, field="upload", rules=self.intake.video)
                    return {"video": known.facts}
                if medium == "pointcloud":
                    rules = self.intake.cloud
                    _, facts = inspect_cloud(file, field="upload", rules=rules)
                    return {"pointcloud": facts}
                header = inspect_picture(file, field="upload", rules=self.intake)
            except ProblemError:
                return {}  # whoever names it in a job is told why
        width, height = header.size
        return {"image": {"width": width, "height": height}}

    def _looks_like_cloud(self, upload: Upload) -> bool:
        with closing(joined(self.blobs, upload.part_keys)) as parts:
            return looks_like_cloud(parts.read(_HEAD_BYTES), upload.media_type)


def _spooled(source: BlobReader) -> BinaryIO:
    """Return a temporary file of what is left in another one."""
    # The type is typeshed's, which knows no spooled BinaryIO.
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(_SPOOL_BYTES))  # noqa: SIM115
    try:
        shutil.copyfileobj(source, file, _PIECE_BYTES)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file
