"""Keeps paintings as blobs: the picture first, then the record that makes it count.

No ledger: what was put into the library outlives a lost Redis.
"""

import io
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from PIL import Image

from app.contract.ports import BlobNotFoundError, BlobStore, StyleNotFoundError
from app.contract.styles import Style, is_style_id
from app.intake import NormalizedPicture
from app.problems import ProblemCode, ProblemError
from app.styles.gallery import (
    STYLE_IDS,
    builtin_image,
    builtin_style,
    builtin_thumbnail,
    is_builtin,
)

_FOLDER = "styles"
#: A gallery asks for the same ones again and again; each has some kilobytes.
_THUMBNAILS_KEPT = 128


@dataclass(frozen=True, kw_only=True)
class StyleWords:
    """What its sender says of a painting."""

    title: str
    artist: str | None = None
    license: str | None = None
    source: str | None = None


class StyleLibrary:
    """Implements the `StyleCatalogue` port, and changes what is in the catalogue."""

    def __init__(self, blobs: BlobStore, limit: int) -> None:
        """Keep at most `limit` paintings beside those that came with the service."""
        self._blobs = blobs
        self._limit = limit
        self._thumbnail = lru_cache(maxsize=_THUMBNAILS_KEPT)(self._new_thumbnail)

    def get(self, style_id: str) -> Style:
        """Return what is known of a painting, or raise StyleNotFoundError."""
        if is_builtin(style_id):
            return builtin_style(style_id)
        try:
            return Style.model_validate_json(self._blobs.get(_record_key(style_id)))
        except BlobNotFoundError as error:
            raise StyleNotFoundError(style_id) from error

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""
        if is_builtin(style_id):
            return builtin_image(style_id)
        try:
            return self._blobs.get(_picture_key(style_id))
        except BlobNotFoundError as error:
            raise StyleNotFoundError(style_id) from error

    def thumbnail(self, style: Style, side_px: int) -> bytes:
        """Return a JPEG of a painting whose long side is at most `side_px`."""
        return self._thumbnail(style.id, style.sha256, side_px)

    def all(self) -> list[Style]:
        """Return every painting: those that came with the service, then the oldest."""
        uploaded = []
        for key in self._record_keys():
            try:
                uploaded.append(Style.model_validate_json(self._blobs.get(key)))
            except BlobNotFoundError:
                continue  # deleted meanwhile
        begin = datetime.min.replace(tzinfo=UTC)
        uploaded.sort(key=lambda style: (style.created_at or begin, style.id))
        return [*map(builtin_style, STYLE_IDS), *uploaded]

    def warm_up(self) -> None:
        """Look at the paintings that came with the service before anybody asks."""
        for style_id in STYLE_IDS:
            builtin_style(style_id)

    def require_room(self) -> None:
        """Refuse before the costly part what `put` would refuse after it.

        Raises:
            ProblemError: The library is full.
        """
        count = len(self._record_keys())
        if count >= self._limit:
            raise ProblemError(
                ProblemCode.LIBRARY_FULL,
                f"The library holds {count} paintings; {self._limit} are allowed.",
                extra={"count": count, "limit": self._limit},
            )

    def put(self, picture: NormalizedPicture, words: StyleWords) -> Style:
        """Keep a painting and return its record.

        A crash in between leaves a picture that no record names, nothing half.
        """
        self.require_room()
        style = Style(
            id=f"sty_{uuid.uuid4().hex}",
            title=words.title,
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            media_type=picture.media_type,
            artist=words.artist,
            license=words.license,
            source=words.source,
            created_at=datetime.now(UTC),
        )
        self._blobs.put(_picture_key(style.id), picture.content)
        self._blobs.put(_record_key(style.id), style.model_dump_json().encode())
        return style

    def delete(self, style_id: str) -> None:
        """Forget a painting; jobs that were sent with it have copies of their own.

        Raises:
            StyleNotFoundError: There is none of this id.
            ProblemError: It came with the service.
        """
        if is_builtin(style_id):
            detail = f"{style_id} came with the service and stays."
            raise ProblemError(ProblemCode.FORBIDDEN, detail)
        self.get(style_id)
        self._blobs.delete(_record_key(style_id))
        self._blobs.delete(_picture_key(style_id))

    def _new_thumbnail(self, style_id: str, _sha256: str, side_px: int) -> bytes:
        if is_builtin(style_id):
            small = builtin_thumbnail(style_id, side_px)
        else:
            content = io.BytesIO(self.image(style_id))
            with Image.open(content, formats=["PNG"]) as picture:
                small = picture.convert("RGB")
        small.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        small.save(file, "JPEG", quality=85, optimize=True)
        return file.getvalue()

    def _record_keys(self) -> list[str]:
        return [key for key in self._blobs.keys(_FOLDER) if key.endswith(".json")]


def _record_key(style_id: str) -> str:
    return f"{_FOLDER}/{_sound(style_id)}.json"


def _picture_key(style_id: str) -> str:
    return f"{_FOLDER}/{_sound(style_id)}.png"


def _sound(style_id: str) -> str:
    """Return an id that may be a part of a key, or raise StyleNotFoundError."""
    if not is_style_id(style_id):
        raise StyleNotFoundError(style_id)
    return style_id
