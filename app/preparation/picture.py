"""One picture: from the bytes of a stranger to a clean file of the set.

Runs in a process of its own, whose death tells which file no decoder should see.
"""

import hashlib
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from app.intake import IntakeRules, clean_picture, inspect_picture
from app.preparation.likeness import Likeness, likeness_of
from app.preparation.sources import Item
from app.problems import ProblemError

#: What the intake calls a picture in its messages.
_FIELD = "picture"
#: Nobody sees a difference; a PNG would take five times the room.
_QUALITY = 95
#: Their folder in the set.
PICTURES = "pictures"


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What became of a picture.

    Attributes:
        file: in the set's folder.
        sha256: of that file.
        source_sha256: of the bytes that it was made from.
        source_pixels: how many the source had, as it was stored.
    """

    file: str
    sha256: str
    bytes: int
    width: int
    height: int
    source_sha256: str
    source_pixels: int
    likeness: Likeness


@dataclass(frozen=True)
class Rejected:
    """Why there is no picture, in words, and the code of the rule."""

    code: str
    reason: str


def prepare_picture(
    item: Item, rules: IntakeRules, size: int, folder: Path
) -> Stored | Rejected:
    """Write the picture into the set's folder, or say why not.

    Args:
        item: where its bytes are.
        rules: what it may measure.
        size: its short side afterwards, if it has so many pixels.
        folder: the set's.

    Raises:
        OSError: the set's folder cannot be written.
    """
    try:
        content = _read(item, rules.max_bytes)
    except OSError as error:
        return Rejected("unreadable", f"cannot be read: {error.strerror or error}")
    try:
        picture, pixels = _decoded(content, rules, size)
    except ProblemError as error:
        return Rejected(str(error.code), error.detail)
    source_sha256 = hashlib.sha256(content).hexdigest()
    file = f"{PICTURES}/{source_sha256[:2]}/{source_sha256}.jpg"
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    put_file(folder / file, buffer.getvalue())
    return Stored(
        file=file,
        sha256=hashlib.sha256(buffer.getbuffer()).hexdigest(),
        bytes=len(buffer.getbuffer()),
        width=picture.width,
        height=picture.height,
        source_sha256=source_sha256,
        source_pixels=pixels,
        likeness=likeness_of(picture),
    )


def put_file(path: Path, content: bytes) -> None:
    """Make a file hold `content`, or leave what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of two processes with equal pictures each has a name of its own.
    unfinished = path.with_name(f".unfinished-{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _read(item: Item, most_bytes: int) -> bytes:
    """Return the picture's bytes; of a file that is far too long, one too many."""
    length = most_bytes + 1 if item.length is None else item.length
    with item.path.open("rb") as file:
        file.seek(item.offset)
        return file.read(min(length, most_bytes + 1))


def _decoded(content: bytes, rules: IntakeRules, size: int) -> tuple[Image.Image, int]:
    """Return the picture in RGB, and how many pixels it had.

    Raises:
        ProblemError: It breaks a rule or is damaged.
    """
    file = io.BytesIO(content)
    header = inspect_picture(file, field=_FIELD, rules=rules)
    short, long = sorted(header.size)
    # The intake scales to a long side, by Lanczos.
    long_px = min(long, round(size * long / short))
    rules = replace(rules, stored_side_px=long_px)
    return clean_picture(file, field=_FIELD, rules=rules), header.pixels
