"""Cover a canvas with strokes that follow a flow and take their colour from a guide.

The guide is the picture in the painter's mind; big strokes first, small ones last.
After Litwinowicz (1997) and Hertzmann (1998): a stroke stops at the guide's edges.
"""

from dataclasses import dataclass

import numpy as np

from painters.canvas import THINNEST_PX, Brush, Canvas, Stroke
from painters.fields import Array, Index, Mask, Sheet

_STEPS = 7  # segments of a path


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One pass over the canvas with one brush."""

    brush: Brush
    spacing: float = 0.6  # distance of strokes, in widths of the brush
    stretch: float = 0.28  # distance along the flow, in lengths of the brush
    jitter: float = 0.06  # how far colours stray from the guide
    stray: float = 0.12  # how far strokes stray from the flow, in radians
    edge: float = 0.22  # a stroke ends where the guide differs by more than this


def paint(
    canvas: Canvas,
    guide: Array,
    angle: Array,
    layer: Layer,
    rng: np.random.Generator,
    where: Array | None = None,
) -> None:
    """Lay a layer over the canvas; `where` (H, W) is the chance of a stroke."""
    starts = _scatter(canvas.sheet, layer, rng)
    if where is not None:
        starts = starts[rng.random(len(starts)) < _at(where, starts)]
    paths, lengths = _trace(canvas.sheet, starts, guide, angle, layer, rng)
    base = _at(guide, starts)
    colours = _stray(base, layer.jitter, rng)
    seconds = _stray(base, layer.jitter * 1.8, rng)
    for path, length, colour, second in zip(
        paths, lengths, colours, seconds, strict=True
    ):
        canvas.lay(layer.brush, Stroke(path[: length + 1], colour, second))


def _scatter(sheet: Sheet, layer: Layer, rng: np.random.Generator) -> Array:
    """Give shuffled starting points, dense enough for the brush to cover."""
    width_px = max(layer.brush.width * sheet.unit_px, THINNEST_PX)
    length_px = max(layer.brush.length * sheet.unit_px, width_px)
    cell_px = width_px * layer.spacing * length_px * layer.stretch
    pitch = max(float(np.sqrt(cell_px)), THINNEST_PX / 2)
    rows = np.arange(-pitch, sheet.height_px + pitch, pitch)
    columns = np.arange(-pitch, sheet.width_px + pitch, pitch)
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    grid += (rng.random(grid.shape) - 0.5) * 1.5 * pitch
    rng.shuffle(grid)
    return grid


def _trace(
    sheet: Sheet,
    starts: Array,
    guide: Array,
    angle: Array,
    layer: Layer,
    rng: np.random.Generator,
) -> tuple[Array, Index]:
    """Follow the flow from every start at once; give paths and their lengths."""
    length_px = max(layer.brush.length * sheet.unit_px, 3.0)
    step_px = length_px / _STEPS * (0.7 + 0.6 * rng.random(len(starts)))
    sway = rng.normal(0, layer.stray, len(starts))
    home = _at(guide, starts)
    heading = _at(angle, starts) + sway
    position, paths = starts, [starts]
    alive: Mask = np.ones(len(starts), dtype=bool)
    lengths = np.ones(len(starts), dtype=np.int64)
    for index in range(_STEPS):
        turn = np.stack([np.cos(heading), np.sin(heading)], axis=-1)
        position = position + turn * step_px[:, None]
        paths.append(position)
        near = np.abs(_at(guide, position) - home).max(axis=-1) < layer.edge
        alive &= near
        lengths = np.where(alive, index + 1, lengths)
        heading = _continue(heading, _at(angle, position) + sway)
    return np.stack(paths, axis=1), np.maximum(lengths, 1)


def _continue(heading: Array, flow: Array) -> Array:
    """Take the direction of the flow that does not turn back: it has no sign."""
    back = np.cos(flow - heading) < 0
    return np.where(back, flow + np.pi, flow)


def _at(field: Array, points: Array) -> Array:
    rows = np.clip(points[:, 1].astype(np.int64), 0, field.shape[0] - 1)
    columns = np.clip(points[:, 0].astype(np.int64), 0, field.shape[1] - 1)
    return np.asarray(field[rows, columns])


def _stray(base: Array, amount: float, rng: np.random.Generator) -> Array:
    """Vary lightness together and each band a little: broken colour."""
    light = rng.normal(0, amount, (len(base), 1))
    hue = rng.normal(0, amount * 0.6, base.shape)
    return np.clip(base * (1 + 1.2 * light) + hue * (0.35 + base), 0, 1)
