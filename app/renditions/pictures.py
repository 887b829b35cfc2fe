"""Makes the finished picture in another format: the stored PNG as JPEG, WebP, AVIF.

A rendition is kept for a while, since pages ask for the same ones. Knows
no job and no HTTP.
"""

import io
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from PIL import Image

from app.contract.srgb import SRGB_PROFILE

#: Above it files grow faster than pictures get better; Pillow's own 75 shows.
DEFAULT_QUALITY = 90
#: From here on JPEG and AVIF keep the color of every pixel, not of every fourth.
_FULL_COLOR_QUALITY = 90
#: Larger AVIFs do not: 16 megapixels took 580 MiB with all colors, 390 without.
_MOST_FULL_COLOR_PIXELS = 2048 * 2048
#: libaom's; 8 takes five times as long for 3 % fewer bytes.
_AVIF_SPEED = 9
#: As the workers make previews.
_SMALL_SIDE_PX, _SMALL_QUALITY = 512, 85


class PictureFormat(StrEnum):
    """What pictures are delivered as; a job's own is PNG."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    #: The last: whoever likes all of them alike need not wait for it.
    AVIF = "avif"

    @property
    def media_type(self) -> str:
        """As `Accept` and `Content-Type` name it."""
        return f"image/{self}"

    @property
    def suffix(self) -> str:
        """Of a file's name."""
        return "jpg" if self is PictureFormat.JPEG else str(self)


_MADE = [each.media_type for each in PictureFormat if each is not PictureFormat.PNG]


def media_types_of(stored: str) -> list[str]:
    """Return as what a file of a media type can be delivered; as stored comes first."""
    return [stored, *(_MADE if stored == PictureFormat.PNG.media_type else ())]


@dataclass(frozen=True)
class Rendition:
    """Which rendition of a picture is wanted.

    Attributes:
        sha256: of the PNG that it is made from.
        format: not PNG.
        quality: 1 to 100.
    """

    sha256: str
    format: PictureFormat
    quality: int = DEFAULT_QUALITY

    @property
    def etag(self) -> str:
        """A strong one: equal choices make equal bytes."""
        return f'"{self.sha256}-{self.format}-{self.quality}"'


#: Of renditions that were asked for last.
_KEPT_BYTES = 32 * 2**20


class Transcoder:
    """Makes renditions, a few at once, and keeps those that were asked for last."""

    def __init__(self, at_once: int = 2) -> None:
        self._limiter = CapacityLimiter(at_once)
        #: An AVIF takes much more memory than the others.
        self._avif_turns = CapacityLimiter(1)
        self._renditions: OrderedDict[Rendition, bytes] = OrderedDict()

    async def make(self, wanted: Rendition, read: Callable[[], bytes]) -> bytes:
        """Return the file.

        Args:
            wanted: Which rendition.
            read: Returns the PNG; called in a thread, and only if it must be.
        """
        if (kept := self._find(wanted)) is not None:
            return kept
        is_avif = wanted.format is PictureFormat.AVIF
        async with self._avif_turns if is_avif else self._limiter:
            # Those who waited for the same rendition find it now.
            if (kept := self._find(wanted)) is not None:
                return kept
            made = await run_sync(lambda: encode(read(), wanted))
            self._keep(wanted, made)
        return made

    def _find(self, wanted: Rendition) -> bytes | None:
        if wanted in self._renditions:
            self._renditions.move_to_end(wanted)
        return self._renditions.get(wanted)

    def _keep(self, wanted: Rendition, made: bytes) -> None:
        self._renditions[wanted] = made
        while sum(map(len, self._renditions.values())) > _KEPT_BYTES:
            self._renditions.popitem(last=False)


def encode(png: bytes, wanted: Rendition) -> bytes:
    """Return the picture in the wanted format, with sRGB's profile."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        picture.convert("RGB").save(
            buffer,
            wanted.format.name,
            quality=wanted.quality,
            icc_profile=SRGB_PROFILE,
            **_options(wanted, picture.width * picture.height),
        )
    return buffer.getvalue()


def small_copy(png: bytes) -> bytes:
    """Return a JPEG as small as a preview."""
    with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
        small = picture.convert("RGB")
    small.thumbnail((_SMALL_SIDE_PX, _SMALL_SIDE_PX), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_SMALL_QUALITY, icc_profile=SRGB_PROFILE)
    return buffer.getvalue()


def _options(wanted: Rendition, pixels: int) -> dict[str, int | bool | str]:
    if wanted.format is PictureFormat.WEBP:
        return {"method": 4}
    is_full_color = wanted.quality >= _FULL_COLOR_QUALITY
    if wanted.format is PictureFormat.AVIF:
        is_full_color = is_full_color and pixels <= _MOST_FULL_COLOR_PIXELS
        subsampled = "4:4:4" if is_full_color else "4:2:0"
        return {"subsampling": subsampled, "speed": _AVIF_SPEED, "max_threads": 1}
    # Pillow's numbers: 0 is 4:4:4, 2 is 4:2:0.
    subsampling = 0 if is_full_color else 2
    return {"subsampling": subsampling, "optimize": True, "progressive": True}
