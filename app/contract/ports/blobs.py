"""The blob store: bytes under keys."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class BlobEntry(NamedTuple):
    """A stored blob, and when it was last written, in seconds since 1970."""

    key: str
    written_s: float


class BlobStore(Protocol):
    """Bytes under keys like `uploads/ab12`. A reader sees all of a blob or none."""

    def put(self, key: str, content: bytes) -> None:
        """Store durably: when this returns, a power cut does not lose the blob."""

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""

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
