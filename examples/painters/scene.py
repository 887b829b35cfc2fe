"""Shapes of a composition as soft masks of (height, width) in [0, 1]."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from painters.fields import Array, Sheet, smoothstep

Point = tuple[float, float]
_FINER = 3  # shapes are drawn this much larger, then averaged down


def polygon(sheet: Sheet, points: Sequence[Point]) -> Array:
    """Fill a polygon of normalised points."""
    width, height = sheet.width_px * _FINER, sheet.height_px * _FINER
    mask = Image.new("L", (width, height))
    corners = [(x * height, y * height) for x, y in points]
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    small = mask.resize((sheet.width_px, sheet.height_px), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64) / 255


def line(sheet: Sheet, points: Sequence[Point], width: float) -> Array:
    """Draw an open line of normalised points, `width` in picture heights."""
    size = (sheet.width_px * _FINER, sheet.height_px * _FINER)
    mask = Image.new("L", size)
    corners = [(x * size[1], y * size[1]) for x, y in points]
    stroke_px = max(round(width * size[1]), 1)
    ImageDraw.Draw(mask).line(corners, fill=255, width=stroke_px, joint="curve")
    small = mask.resize((sheet.width_px, sheet.height_px), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64) / 255


def rounded(points: Array) -> Array:
    """Round the corners of a path (N, 2) by cutting them; its ends stay.

    Source: Chaikin (1974).
    """
    for _ in range(3):
        near, far = points[:-1], points[1:]
        cut = np.stack([0.75 * near + 0.25 * far, 0.25 * near + 0.75 * far], axis=1)
        points = np.concatenate([points[:1], cut.reshape(-1, 2), points[-1:]])
    return points


def below(sheet: Sheet, ridge: Array, soft: float = 0.004) -> Array:
    """Fill everything below a ridge given as y for every column."""
    _, y = sheet.coordinates()
    return smoothstep(-soft, soft, y - ridge[None, :])


def disc(sheet: Sheet, centre: Point, radius: float, soft: float = 0.004) -> Array:
    """Fill a disc."""
    return 1 - smoothstep(-soft, soft, away(sheet, centre) - radius)


def away(sheet: Sheet, centre: Point) -> Array:
    """Give the distance from a point."""
    x, y = sheet.coordinates()
    return np.hypot(x - centre[0], y - centre[1])


def columns(sheet: Sheet) -> Array:
    """Give x of every column."""
    return (np.arange(sheet.width_px) + 0.5) / sheet.height_px
