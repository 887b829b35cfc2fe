"""Blobs in a dictionary."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.contract.ports import BlobEntry, BlobNotFoundError, BlobReader
from app.stores.blob_keys import sound_key


@dataclass
class MemoryBlobStore:
    """Implements the `BlobStore` port."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    clock: Callable[[], float] = time.time
    #: When each was written; one that was there before is as old as can be.
    written_s: dict[str, float] = field(default_factory=dict)

    def put(self, key: str, content: bytes) -> None:
        """Store a copy."""
        self.blobs[sound_key(key)] = bytes(content)
        self.written_s[key] = self.clock()

    def put_file(self, key: str, file: BlobReader, size_bytes: int) -> None:
        """Store what is left in a file."""
        self.put(key, file.read())

    def get(self, key: str) -> bytes:
        """Return the bytes, or raise BlobNotFoundError."""
        try:
            return self.blobs[sound_key(key)]
        except KeyError as error:
            raise BlobNotFoundError(f"no blob {key}") from error

    def reader(self, key: str) -> BlobReader:
        """Return the bytes as a file, or raise BlobNotFoundError."""
        return io.BytesIO(self.get(key))

    def exists(self, key: str) -> bool:
        """Tell whether a blob is stored under the key."""
        return sound_key(key) in self.blobs

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix`, in order."""
        folder = f"{sound_key(prefix)}/"
        return iter(sorted(key for key in self.blobs if key.startswith(folder)))

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        """Yield what `keys` yields, and when each was written."""
        return (
            BlobEntry(key, self.written_s.get(key, 0.0)) for key in self.keys(prefix)
        )

    def delete(self, key: str) -> None:
        """Remove the blob; removing what is not there is no error."""
        self.blobs.pop(sound_key(key), None)
        self.written_s.pop(key, None)

    def remove_unfinished(self, older_than_s: float) -> int:
        """Nothing dies half written here."""
        return 0

    def check(self) -> None:
        """Memory is always there."""

    def signed_url(self, key: str, **_: object) -> None:
        """Return None: memory has no URLs."""
        sound_key(key)
