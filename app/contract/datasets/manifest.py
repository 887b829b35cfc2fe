"""The list of a data set's pictures, one JSON object a line, and its hash.

Whoever names the hash names the set: its pictures, their order and their split.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import PurePosixPath

MANIFEST_FILE = "manifest.jsonl"
#: Longer ones are nobody's: a line has some 300 bytes, COCO's training set 118,287.
MAX_MANIFEST_BYTES = 256 * 2**20
_NAME = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Of the pictures, so many are kept from the training, to judge it by.
HELD_OUT_SHARE = 0.1
_DIGITS = 8


class Split(StrEnum):
    """What a picture is for."""

    TRAIN = "train"
    HELD_OUT = "held_out"


class ManifestError(ValueError):
    """The list of pictures cannot be used; the message names the line."""


@dataclass(frozen=True, kw_only=True)
class PictureRow:
    """One picture of a data set.

    Attributes:
        file: where it lies in the set's folder, with forward slashes.
        sha256: of that file.
        width: of that file, in pixels.
        source: what it was made from, as the person who prepared it named it.
        source_sha256: of the bytes that it was made from; the split hangs on them.
        licence: under which it may be used; None if nobody said.
        artist: who made it; None if nobody said.
        style: of a painting: its manner, as its collection names it.
    """

    file: str
    sha256: str
    width: int
    height: int
    source: str
    source_sha256: str
    split: Split
    licence: str | None = None
    artist: str | None = None
    style: str | None = None


@dataclass(frozen=True)
class Manifest:
    """All pictures of a data set, and the hash of the list."""

    rows: tuple[PictureRow, ...]
    content: bytes

    @property
    def sha256(self) -> str:
        """What a result that depends on the set names it by."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def licences(self) -> list[str]:
        """Each licence once, sorted; pictures of unknown ones are left out."""
        return sorted({row.licence for row in self.rows if row.licence is not None})

    def count(self, split: Split) -> int:
        """Return how many pictures there are of a split."""
        return sum(row.split is split for row in self.rows)


def is_dataset_name(text: str) -> bool:
    """Tell whether `text` may be the name of a data set, which is a folder's."""
    return _NAME.fullmatch(text) is not None


def split_of(source_sha256: str) -> Split:
    """Return what a picture is for: the same for the same bytes, in every set."""
    share = int(source_sha256[:_DIGITS], 16) / 16**_DIGITS
    return Split.HELD_OUT if share < HELD_OUT_SHARE else Split.TRAIN


def manifest_of(rows: Iterable[PictureRow]) -> Manifest:
    """Return the list of these pictures, in the order given."""
    kept = tuple(rows)
    lines = (json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in kept)
    # What no file system of today would write, but an old one may have.
    return Manifest(kept, "".join(lines).encode("utf-8", "backslashreplace"))


def parse_manifest(content: bytes) -> Manifest:
    """Return the list that `content` is.

    Raises:
        ManifestError: a line is not a picture's, or one names a file twice or outside
            the set's folder.
    """
    if len(content) > MAX_MANIFEST_BYTES:
        raise ManifestError(
            f"{MANIFEST_FILE} has {len(content)} bytes, may have {MAX_MANIFEST_BYTES}"
        )
    rows = tuple(
        _row(line, number)
        for number, line in enumerate(content.splitlines(), start=1)
        if line.strip()
    )
    if len({row.file for row in rows}) < len(rows):
        raise ManifestError(f"{MANIFEST_FILE} names a file twice")
    return Manifest(rows, content)


def _row(line: bytes, number: int) -> PictureRow:
    try:
        members = json.loads(line)
        members["split"] = Split(members["split"])
        row = PictureRow(**members)
    except (ValueError, TypeError, KeyError) as error:
        names = ", ".join(field.name for field in fields(PictureRow))
        raise ManifestError(
            f"{MANIFEST_FILE}, line {number} is no picture: it must be a JSON object "
            f"of {names} ({error})"
        ) from error
    _require_sound(row, number)
    return row


def _require_sound(row: PictureRow, number: int) -> None:
    where = f"{MANIFEST_FILE}, line {number}"
    optional = (row.licence, row.artist, row.style)
    texts = (row.file, row.sha256, row.source, row.source_sha256)
    sizes = (row.width, row.height)
    if not (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(text, str | None) for text in optional)
        and all(type(size) is int and size > 0 for size in sizes)
    ):
        raise ManifestError(f"{where}: a member is of another type than it must be")
    path = PurePosixPath(row.file)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in row.file:
        raise ManifestError(f"{where}: {row.file!r} is not in the set's folder")
    if not (_SHA256.fullmatch(row.sha256) and _SHA256.fullmatch(row.source_sha256)):
        raise ManifestError(f"{where}: a SHA-256 has 64 digits of 0 to 9 and a to f")
