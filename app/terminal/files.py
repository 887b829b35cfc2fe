"""Files that a command reads and writes: refused before the work, not after it."""

import contextlib
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.client import MEDIA_TYPES, FileError, ImpastoClient
from app.client.files import write_whole
from app.contract.kinds import KINDS
from app.terminal.recognition import require_file, require_picture, words_of


class Format(StrEnum):
    """What kind of file the picture is saved as."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    AVIF = "avif"

    @property
    def ending(self) -> str:
        """What a file's name ends with."""
        return ".jpg" if self is Format.JPEG else f".{self}"


MEDIA_TYPE_OF_FORMAT = {each: f"image/{each}" for each in Format}


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Where a picture is saved, and as what.

    Attributes:
        path: the file.
        format: what kind of file; the path's ending says it if left out.
        quality: of a JPEG, WebP or AVIF, 1 to 100; the service's own if left out.
    """

    path: Path
    format: Format | None = None
    quality: int | None = None

    @property
    def media_type(self) -> str | None:
        """What to ask the service for; None for what the path's ending says."""
        return None if self.format is None else MEDIA_TYPE_OF_FORMAT[self.format]


def save_result(client: ImpastoClient, job_id: str, saving: Saving) -> None:
    """Fetch a finished picture and write its file, whole or not at all.

    Raises:
        ClientError: There is no picture, or its file cannot be written.
    """
    client.save(
        job_id,
        saving.path,
        media_type=saving.media_type,
        quality=saving.quality,
    )


def require_readable(*paths: Path) -> None:
    """Refuse before the service is started what could not be sent to it.

    Raises:
        FileError: A file cannot be read or is no picture, and why.
    """
    for path in paths:
        if KINDS.of_file(path.name) is None:
            require_picture(path)
        else:  # left to the service to judge
            require_file(path)


def write_file(out: Path, content: bytes) -> None:
    """Write a file whole or not at all; its folder is made if need be.

    A device or a pipe is written to, not replaced.

    Raises:
        FileError: It cannot be written, and why.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists() and not out.is_file():
            out.write_bytes(content)
        else:
            write_whole(out, content)
    except OSError as error:
        raise FileError(f"cannot write {out}: {words_of(error)}") from error


def require_writable(out: Path) -> None:
    """Refuse before the work what could not be saved after it.

    Raises:
        FileError: It cannot be written, and why.
    """
    if out.suffix.lower() not in MEDIA_TYPES:
        endings = ", ".join(f"*{ending}" for ending in MEDIA_TYPES)
        raise FileError(f"cannot write {out}: name it one of {endings}")
    try:
        if out.is_dir():
            raise FileError(f"cannot write {out}: it is a directory")
        out.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            out.lstat()  # its name may be too long
        with tempfile.TemporaryFile(dir=out.parent):
            pass
    except OSError as error:
        raise FileError(f"cannot write {out}: {words_of(error)}") from error
