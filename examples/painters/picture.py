"""The list of manners, and how a picture is painted and kept as a file."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from painters import (
    chalk,
    facets,
    glass,
    knife,
    mosaic,
    night,
    points,
    sunset,
    watercolour,
    woodcut,
)
from painters.fields import Sheet

LIMIT_BYTES = 290_000  # a style stays below 300 kB in the repository
_QUALITIES = range(92, 40, -2)

Painter = Callable[[Sheet, np.random.Generator], Image.Image]


@dataclass(frozen=True)
class Manner:
    """A way of painting: its file's name, its size, its seed and its painter."""

    name: str
    shape_px: tuple[int, int]  # width, height
    seed: int
    paint: Painter


MANNERS: tuple[Manner, ...] = (
    Manner("night", night.SHAPE, 7, night.night),
    Manner("sunset", sunset.SHAPE, 7, sunset.sunset),
    Manner("woodcut", woodcut.SHAPE, 7, woodcut.woodcut),
    Manner("mosaic", mosaic.SHAPE, 7, mosaic.mosaic),
    Manner("watercolour", watercolour.SHAPE, 7, watercolour.watercolour),
    Manner("points", points.SHAPE, 7, points.points),
    Manner("knife", knife.SHAPE, 7, knife.knife),
    Manner("glass", glass.SHAPE, 7, glass.glass),
    Manner("chalk", chalk.SHAPE, 7, chalk.chalk),
    Manner("facets", facets.SHAPE, 7, facets.facets),
)


def paint(manner: Manner, long_side_px: int | None = None) -> Image.Image:
    """Paint a picture, at its own size or at a smaller one.

    Raises:
        ValueError: for a long side below 64 px.
    """
    width, height = manner.shape_px
    long_px = long_side_px or max(width, height)
    if long_px < 64:
        raise ValueError(f"a long side of {long_px} px: 64 or more is allowed")
    scale = long_px / max(width, height)
    sheet = Sheet(round(width * scale), round(height * scale))
    return manner.paint(sheet, np.random.default_rng(manner.seed))


def save_below_limit(picture: Image.Image, path: Path) -> int:
    """Save as JPEG with the best quality that stays below the limit; give it.

    Raises:
        ValueError: when no quality makes the file small enough.
    """
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=quality, optimize=True)
        if buffer.tell() <= LIMIT_BYTES:
            path.write_bytes(buffer.getvalue())
            return quality
    raise ValueError(f"{path.name}: over {LIMIT_BYTES} bytes at every quality")
