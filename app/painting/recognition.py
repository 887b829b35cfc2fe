"""Tells pictures from what only has their name, before anything is sent.

The service looks at every picture anew; this is for words while there is still time.
"""

import codecs
import mimetypes
import stat
from pathlib import Path

from app.client import FileError

#: Enough for a picture's head and for a text's first words.
_HEAD_BYTES = 512
#: Brands of ISO base media files (ISO 14496-12) that are still pictures we take.
_AVIF = frozenset({b"avif"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
#: Endings of pictures that Python's table of media types may lack.
_MORE_ENDINGS = frozenset(
    {".jfif", ".jpe", ".webp", ".heic", ".heif", ".hif", ".avif", ".jxl", ".jp2"}
    | {".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".psd", ".svg"}
)
_NOT_TAKEN = "of a kind that the service does not take"
_LFS = b"version https://git-lfs.github.com/spec/"
_HTML = (b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<script")
#: Of a text; a file with others is no text.
_CONTROLS = frozenset("\t\n\r\f\x1b")


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
    if kind is not None:
        return kind.media_type
    if head[4:8] != b"ftyp":
        return None
    brands = _brands(head)  # an AVIF may name a general brand first
    if brands & _AVIF:
        return "image/avif"
    return "image/heic" if brands & _HEIC else None


def why_no_picture_file(head: bytes) -> str | None:
    """Return what a file surely is, if that is no picture that a service takes.

    None is no promise: it is left to the service to judge.
    """
    from app.intake.kinds import foreign_kind_of  # noqa: PLC0415 - as above

    if not head:
        return "an empty file"
    if media_type_of(head) is not None:
        return None
    if head.startswith(_LFS):
        return "a Git LFS pointer, not the picture itself; `git lfs pull` fetches it"
    text = _text(head)
    if text is not None:
        start = text.lstrip().lower().encode()
        return "an HTML page" if start.startswith(_HTML) else _kind_of_text(start)
    name = foreign_kind_of(head)
    return None if name == "something unknown" else _not_taken(name)


def require_picture(path: Path) -> None:
    """Refuse what cannot be read, and what surely is no picture.

    Raises:
        FileError: In words that say what it is.
    """
    try:
        head = head_of(path)
        is_pipe = not head and not path.is_file()
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {words_of(error)}") from error
    what = None if is_pipe else why_no_picture_file(head)
    if what is not None:
        raise FileError(f"{path} is no picture: it is {what}")


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


def _brands(head: bytes) -> set[bytes]:
    """Return the brands of an ISO base media file (ISO 14496-12, 4.3)."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    return {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}


def _text(head: bytes) -> str | None:
    """Return the text that a file begins with; None if it is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", errors="ignore")
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        # The last character may be cut off.
        text = decoder.decode(head, final=len(head) < _HEAD_BYTES)
    except UnicodeDecodeError:
        return None
    return text if all(c >= " " or c in _CONTROLS for c in text) else None


def _not_taken(name: str) -> str:
    return f"{_NOT_TAKEN} ({name})"


def _kind_of_text(start: bytes) -> str:
    if start.startswith((b"<svg", b"<?xml")):
        return _not_taken("SVG or other XML")
    if start.startswith((b"{", b"[")):
        return "a text, JSON perhaps"
    if start.startswith((b"data:image/", b"/9j/", b"ivborw0kggo")):
        return "a picture in base64, as text"
    return "a text file"
