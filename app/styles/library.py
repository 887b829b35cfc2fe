"""The whole library: styles that came with the service, and those put into it."""

import io
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from PIL import Image

from app.catalogue.stored_styles import StoredStyles
from app.contract.packs.onnx import to_onnx
from app.contract.ports import BlobStore, StyleNotFoundError
from app.contract.styles import UPLOADED, Style, StylePack
from app.intake import KeptPack, NormalizedPicture
from app.problems import ProblemCode, ProblemError
from app.styles.gallery import (
    STYLE_IDS,
    builtin_image,
    builtin_style,
    builtin_thumbnail,
    is_builtin,
)

#: A gallery asks for the same ones again and again; each has some kilobytes.
_THUMBNAILS_KEPT = 128


@dataclass(frozen=True, kw_only=True)
class StyleWords:
    """What its sender says of a style."""

    title: str | None = None
    artist: str | None = None
    license: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewStyle:
    """What is to be kept.

    Attributes:
        picture: the painting, or a sample of what the pack paints.
        words: what its sender says of it.
        pack: the network that paints in it, if one came.
        paintable: whether the picture is the painting.
    """

    picture: NormalizedPicture
    words: StyleWords
    pack: KeptPack | None = None
    paintable: bool = True


class StyleLibrary:
    """Implements the `StyleCatalogue` port, and changes what is in the catalogue."""

    def __init__(self, blobs: BlobStore, limit: int) -> None:
        """Keep at most `limit` styles beside those that came with the service."""
        self._stored = StoredStyles(blobs)
        self._limit = limit
        self._thumbnail = lru_cache(maxsize=_THUMBNAILS_KEPT)(self._new_thumbnail)

    def get(self, style_id: str) -> Style:
        """Return what is known of a style, or raise StyleNotFoundError."""
        if is_builtin(style_id):
            return builtin_style(style_id)
        return self._stored.get(style_id)

    def image(self, style_id: str) -> bytes:
        """Return the normalized PNG, or raise StyleNotFoundError."""
        if is_builtin(style_id):
            return builtin_image(style_id)
        return self._stored.image(style_id)

    def pack(self, style_id: str) -> bytes:
        """Return the pack's file, or raise StyleNotFoundError: there is none."""
        if is_builtin(style_id):
            raise StyleNotFoundError(style_id)
        return self._stored.pack(style_id)

    def onnx(self, style_id: str) -> bytes:
        """Return the network as ONNX, or raise StyleNotFoundError: there is none."""
        return to_onnx(self.pack(style_id))

    def thumbnail(self, style: Style, side_px: int) -> bytes:
        """Return a JPEG of a style's picture whose long side is at most `side_px`."""
        return self._thumbnail(style.id, style.sha256, side_px)

    def all(self) -> list[Style]:
        """Return every style: those that came with the service, then the oldest."""
        begin = datetime.min.replace(tzinfo=UTC)
        stored = self._stored.all()
        stored.sort(key=lambda style: (style.created_at or begin, style.id))
        return [*map(builtin_style, STYLE_IDS), *stored]

    def warm_up(self) -> None:
        """Look at the paintings that came with the service before anybody asks."""
        for style_id in STYLE_IDS:
            builtin_style(style_id)

    def require_room(self) -> None:
        """Refuse before the costly part what `put` would refuse after it.

        Raises:
            ProblemError: The library is full.
        """
        count = self._stored.count()
        if count >= self._limit:
            raise ProblemError(
                ProblemCode.LIBRARY_FULL,
                f"The library holds {count} paintings; {self._limit} are allowed.",
                extra={"count": count, "limit": self._limit},
            )

    def put(self, new: NewStyle) -> Style:
        """Keep a style and return its record."""
        self.require_room()
        picture, words, pack = new.picture, new.words, new.pack
        style = Style(
            id=f"{UPLOADED}{uuid.uuid4().hex}",
            title=words.title or _title(pack),
            sha256=picture.sha256,
            width=picture.width,
            height=picture.height,
            media_type=picture.media_type,
            artist=words.artist,
            license=words.license,
            source=words.source,
            created_at=datetime.now(UTC),
            pack=None if pack is None else StylePack.of(pack.facts),
            paintable=new.paintable,
        )
        content = None if pack is None else pack.content
        self._stored.keep(style, picture.content, content)
        return style

    def delete(self, style_id: str) -> None:
        """Forget a style; jobs that were sent with it have copies of their own.

        Raises:
            StyleNotFoundError: There is none of this id.
            ProblemError: It came with the service.
        """
        if self.get(style_id).builtin:
            detail = f"{style_id} came with the service and stays."
            raise ProblemError(ProblemCode.FORBIDDEN, detail)
        self._stored.delete(style_id)

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


def _title(pack: KeptPack | None) -> str:
    """Return what a style is called whose sender does not say."""
    return (pack and pack.facts.info.name.strip()) or "Untitled"
