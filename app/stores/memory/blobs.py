"""Blobs in a dictionary."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.contract.ports import BlobNotFoundError


@dataclass
class MemoryBlobStore:
    """Implements the `BlobStore` port."""

    blobs: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        """Store a copy."""
        self.blobs[key] = bytes(content)

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""
        try:
            return self.blobs[key]
        except KeyError as error:
            raise BlobNotFoundError(f"no blob {key}") from error

    def exists(self, key: str) -> bool:
        """Tell whether a blob is stored under the key."""
        return key in self.blobs

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix`, in order."""
        return iter(sorted(key for key in self.blobs if key.startswith(f"{prefix}/")))

    def delete(self, key: str) -> None:
        """Remove the blob; removing what is not there is no error."""
        self.blobs.pop(key, None)

    def check(self) -> None:
        """Memory is always there."""
