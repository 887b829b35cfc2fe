"""The blob store: bytes under keys."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class BlobEntry(NamedTuple):
    """A stored blob, and when it was last written, in seconds since 1970."""

    key: str
    written_s: float


class BlobReader(Protocol):
    """Bytes that are read one after the other; `contextlib.closing` closes it."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, `size` at most; none at the end."""

    def close(self) -> None:
        """Give back what it holds."""


class BlobStore(Protocol):
    """Bytes under keys like `uploads/ab12`. A reader sees all of a blob or none."""

    def put(self, key: str, content: bytes) -> None:
        """Store durably: when this returns, a power cut does not lose the blob."""

    def put_file(self, key: str, file: BlobReader, size_bytes: int) -> None:
        """Store what is left in a file, as `put` does, without holding it in memory.

        Args:
            key: The blob's.
            file: Read to its end and left open.
            size_bytes: How much that will be.
        """

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""

    def reader(self, key: str) -> BlobReader:
        """Return the bytes as a file, or raise BlobNotFoundError.

        What was opened can be read to its end whatever becomes of the blob.
        """

    def exists(self, key: str) -> bool:
        """Tell whether a blob is stored under the key."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix` (`styles`), in order, all below it."""

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        """Yield what `keys` yields, and when each was written."""

    def delete(self, key: str) -> None:
        """Remove the blob durably; removing what is not there is no error."""

    def remove_unfinished(self, older_than_s: float) -> int:
        """Remove what died while it was written so long ago; return how many."""

    def check(self) -> None:
        """Raise StorageUnavailableError unless a small blob can be written."""

    def signed_url(
        self,
        key: str,
        *,
        expires_s: int,
        media_type: str,
        file_name: str,
        is_download: bool,
    ) -> str | None:
        """Return a URL that opens this blob to anybody; None if the store has none.

        Args:
            key: The blob's; whether it is stored is not looked up.
            expires_s: For so long a download may be begun.
            media_type: As which the blob is to be sent.
            file_name: Under which it is to be kept: letters, digits, `_`, `-` and `.`.
            is_download: Whether a browser is to save it rather than show it.

        Raises:
            StorageUnavailableError: It cannot be signed: there are no credentials.
        """
