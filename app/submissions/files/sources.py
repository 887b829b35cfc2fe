"""Where a file of a submission comes from, and how a body says so.

A further source is a name in `fields_of_form` or `MEMBERS_OF_JSON` and a branch of
`source_of`; whoever prepares files must know how to bring it.
"""

from dataclasses import dataclass
from typing import BinaryIO, Protocol, Self

from app.contract.slots import Slot
from app.problems import refuse

#: How a source may be named: the member of an object in JSON.
DATA, URL, UPLOAD, STYLE_ID = "data", "url", "upload", "style_id"
MEMBERS_OF_JSON = (DATA, URL, UPLOAD, STYLE_ID)


@dataclass(frozen=True)
class SentBytes:
    """Bytes that came with the request."""

    file: BinaryIO


@dataclass(frozen=True)
class LibraryPicture:
    """A painting of the library."""

    style_id: str


@dataclass(frozen=True)
class RemoteFile:
    """A file that must be fetched."""

    url: str


@dataclass(frozen=True)
class UploadedFile:
    """A file that came before, by `/v1/uploads`."""

    upload_id: str


Source = SentBytes | LibraryPicture | RemoteFile | UploadedFile


@dataclass(frozen=True)
class Place:
    """Where a file was sent.

    Attributes:
        words: `content`, `style`, `style 2` of several.
        pointer: the JSON pointer for problems: `/content`, `/styles/1/data`.
    """

    words: str
    pointer: str

    @classmethod
    def of(cls, name: str, number: int, count: int, pointer: str) -> Self:
        """Return the place of the `number`-th of `count` files, counting from 0."""
        return cls(name if count == 1 else f"{name} {number + 1}", pointer)


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent, where, and what it is for."""

    source: Source
    place: Place
    slot: Slot


class FileFetcher(Protocol):
    """Fetches what strangers name; an implementation guards the inner network."""

    def fetch(self, url: str, field: str) -> bytes:
        """Return the bytes that the URL answers.

        Args:
            url: what the client wrote.
            field: where it wrote it, as a JSON pointer: `/content/url`.

        Raises:
            ProblemError: `url_input_disabled`, `url_forbidden` or `url_fetch_failed`.
        """


def fields_of_form(slot: Slot) -> dict[str, str]:
    """Return a form's fields that bring files of a slot, and how each names its own."""
    library = {} if slot.library_field is None else {slot.library_field: STYLE_ID}
    return {slot.name: DATA, f"{slot.name}_{UPLOAD}": UPLOAD, **library}


def source_of(member: str, value: str | BinaryIO, slot: Slot, place: Place) -> Source:
    """Return the source that a field of a form or a member in JSON names.

    Args:
        member: how it is named, one of `MEMBERS_OF_JSON`.
        value: the text, or the file that came.
        slot: what it is for.
        place: where it was sent.

    Raises:
        ProblemError: The slot takes nothing from there.
    """
    if not isinstance(value, str):
        return SentBytes(value)
    if member == URL:
        return RemoteFile(value)
    if member == UPLOAD:
        return UploadedFile(value)
    if not slot.from_library:
        detail = f"{place.words} cannot be a painting of the library."
        raise refuse(place.pointer, detail)
    return LibraryPicture(value)
