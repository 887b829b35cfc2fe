"""Tells pictures from what only has their name, before anything is sent.

The service looks at every picture anew; this is for words while there is still time.
"""

import mimetypes
import stat
from pathlib import Path

from app.client import FileError

#: As many as the service looks at.
_HEAD_BYTES = 4096
#: Endings of pictures that Python's table of media types may lack.
_MORE_ENDINGS = frozenset(
    {".jfif", ".jpe", ".webp", ".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2"}
    | {".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".psd", ".svg"}
)
_NOT_TAKEN = "of a kind that the service does not take"


def head_of(path: Path) -> bytes:
    """Return a file's first bytes; nothing of a pipe, which can be read only once.

    Raises:
        OSError: It cannot be read, or is a folder.
    """
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def media_type_of(head: bytes) -> str | None:
    """Return what a picture begins like that a service may take; None if like none."""
    # Its room brings Pillow along, which most commands do without.
    from app.intake.kinds import kind_of  # noqa: PLC0415

    kind = kind_of(head)
    return None if kind is None else kind.media_types[0]


def why_no_picture_file(head: bytes) -> str | None:
    """Return what a file surely is, if that is no picture that a service takes.

    None is no promise: it is left to the service to judge.
    """
    from app.intake import foreign  # noqa: PLC0415 - as above

    if not head:
        return "an empty file"
    if media_type_of(head) is not None:
        return None
    name = foreign.foreign_kind_of(head)
    if name == foreign.UNKNOWN:
        return None
    return f"{_NOT_TAKEN} ({name})" if foreign.is_picture(name) else name


def require_picture(path: Path) -> None:
    """Refuse what cannot be read, and what surely is no picture.

    Raises:
        FileError: In words that say what it is.
    """
    head = require_file(path)
    is_pipe = not head and not path.is_file()
    what = None if is_pipe else why_no_picture_file(head)
    if what is not None:
        raise FileError(f"{path} is no picture: it is {what}")


def require_file(path: Path) -> bytes:
    """Return a file's first bytes; refuse what cannot be read.

    Raises:
        FileError: In words that say why.
    """
    try:
        if path.is_char_device() or path.is_block_device():
            raise FileError(f"{path} is a device: it may have no end")
        return head_of(path)
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {words_of(error)}") from error


def pictures_among(folder: Path) -> tuple[list[Path], dict[Path, str]]:
    """Return a folder's pictures by name, and what looks like one and is none, and why.

    Hidden files are not looked at.

    Raises:
        OSError: The folder cannot be read.
    """
    pictures, others = [], {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        media_type, why = _judged(path)
        if media_type is not None:
            pictures.append(path)
        elif _is_named_like_one(path) or why.startswith(_NOT_TAKEN):
            others[path] = why
    return pictures, others


def words_of(error: OSError | ValueError) -> str:
    """Return why a path was refused, without the path."""
    return getattr(error, "strerror", None) or str(error)


def _judged(path: Path) -> tuple[str | None, str]:
    """Return the media type of a picture, or None and what it is instead."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return None, "a folder" if path.is_dir() else "no file"
        head = head_of(path)
    except OSError as error:
        return None, f"not readable ({words_of(error)})"
    why = why_no_picture_file(head) or "of no kind that is known"
    return media_type_of(head), why


def _is_named_like_one(path: Path) -> bool:
    media_type = mimetypes.guess_type(path.name)[0] or ""
    is_known = path.suffix.lower() in _MORE_ENDINGS
    return is_known or media_type.startswith("image/")
