"""The paintings that come with the service, made by `examples/paint_styles.py`.

They are nobody's: each may be used for anything (CC0 1.0).
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from PIL import Image

from app.contract.ports import StyleNotFoundError
from app.contract.styles import Style
from app.intake import IntakeRules, NormalizedPicture, normalize_picture

_ARTIST = "Impasto"
_LICENSE = "CC0-1.0"
_SOURCE = "examples/paint_styles.py"


@dataclass(frozen=True)
class _Painting:
    file: str
    title: str


#: By id, in the order in which a gallery shows them.
_PAINTINGS = {
    "starry_night": _Painting("night.jpg", "Swirls over a river town at night"),
    "sunset": _Painting("sunset.jpg", "Expressionist streaks over a fjord"),
    "woodcut": _Painting("woodcut.jpg", "Woodcut of a breaking wave"),
    "watercolour": _Painting("watercolour.jpg", "Watercolour of a mountain lake"),
    "points": _Painting("points.jpg", "Pointillist river bank in summer"),
    "knife": _Painting("knife.jpg", "Palette knife, an avenue after rain"),
    "mosaic": _Painting("mosaic.jpg", "Mosaic of two fish in a pool"),
    "glass": _Painting("glass.jpg", "Stained glass, sunrise over a river"),
    "chalk": _Painting("chalk.jpg", "Charcoal and chalk, a storm over a farm"),
    "facets": _Painting("facets.jpg", "Cubist guitar"),
}
STYLE_IDS = tuple(_PAINTINGS)


def is_builtin(style_id: str) -> bool:
    """Tell whether a painting came with the service."""
    return style_id in _PAINTINGS


@lru_cache(maxsize=len(_PAINTINGS))
def builtin_style(style_id: str) -> Style:
    """Return what is known of a painting that came with the service.

    Raises:
        StyleNotFoundError: None of this id did.
    """
    picture = _normalized(style_id)
    return Style(
        id=style_id,
        title=_PAINTINGS[style_id].title,
        sha256=picture.sha256,
        width=picture.width,
        height=picture.height,
        media_type=picture.media_type,
        builtin=True,
        artist=_ARTIST,
        license=_LICENSE,
        source=_SOURCE,
    )


def builtin_image(style_id: str) -> bytes:
    """Return the normalized PNG, or raise StyleNotFoundError."""
    return _normalized(style_id).content


def builtin_thumbnail(style_id: str, side_px: int) -> Image.Image:
    """Return a small copy, read at once at about its size, or StyleNotFoundError."""
    with Image.open(io.BytesIO(_file(style_id)), formats=["JPEG"]) as picture:
        picture.draft("RGB", (side_px, side_px))
        return picture.convert("RGB")


def _file(style_id: str) -> bytes:
    if style_id not in _PAINTINGS:
        raise StyleNotFoundError(style_id)
    name = _PAINTINGS[style_id].file
    return resources.files(__package__).joinpath("gallery", name).read_bytes()


@lru_cache(maxsize=2)  # decoding one takes a tenth of a second, keeping one a megabyte
def _normalized(style_id: str) -> NormalizedPicture:
    content = io.BytesIO(_file(style_id))
    return normalize_picture(content, field=style_id, rules=IntakeRules())
