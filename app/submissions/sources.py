"""Where a picture of a submission comes from: the body, the library, or a URL."""

from dataclasses import dataclass
from typing import BinaryIO, Protocol

from app.submissions.pictures import Place


@dataclass(frozen=True)
class Upload:
    """Bytes that came with the request."""

    file: BinaryIO


@dataclass(frozen=True)
class LibraryPicture:
    """A painting of the library."""

    style_id: str


@dataclass(frozen=True)
class RemotePicture:
    """A picture that must be fetched."""

    url: str


Source = Upload | LibraryPicture | RemotePicture


@dataclass(frozen=True)
class SentPicture:
    """A picture as it was sent, and where."""

    source: Source
    place: Place


class PictureFetcher(Protocol):
    """Fetches what strangers name; an implementation guards the inner network."""

    def fetch(self, url: str, field: str) -> bytes:
        """Return the bytes that the URL answers.

        Args:
            url: what the client wrote.
            field: where it wrote it, as a JSON pointer: `/content/url`.

        Raises:
            ProblemError: `url_input_disabled`, `url_forbidden` or `url_fetch_failed`.
        """
