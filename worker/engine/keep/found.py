"""From a photograph to a mask: people as they stand, faces as soft ellipses.

Knows the two networks' inputs and outputs, no painting.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.choices import Keep
from worker.engine.keep.graph import Graph

#: A smaller part of the picture is no person.
_LEAST_PERSON = 0.005
#: Of what might be a person so much must be one for sure: a bridge has 0.02, a cup
#: 0.37, an astronaut 0.88. The network was trained on pictures that all had a person.
_LEAST_SURE = 0.6
_MAYBE, _SURE = 0.1, 0.9
_LIKELY_FACE = 0.6
#: Boxes that have more of the smaller one in common are one face.
_SAME_FACE = 0.3
#: The detector's box goes from the brow to the chin: a head is so much wider, higher,
#: and its middle lies so much of the box higher.
_HEAD = (0.72, 0.85, 0.15)
#: Where an ellipse's edge begins and ends, in its radii.
_EDGE = (0.8, 1.15)
#: Strides of the detector's two grids, and boxes at each of their positions.
_GRIDS = ((8, 2), (16, 6))


@dataclass(frozen=True)
class Kept:
    """What of a photograph is kept.

    Attributes:
        mask: greyscale, white is kept, of the photograph's size.
        count: faces, or 1 if there is a person; 0 if nothing was found.
    """

    mask: Image.Image
    count: int


def kept_in(keep: Keep, content_image: Image.Image, network: Graph) -> Kept:
    """Return what of an RGB picture is a person, or a face."""
    find = _person if keep is Keep.PERSON else _faces
    return find(content_image, network)


def _person(content_image: Image.Image, network: Graph) -> Kept:
    (alpha,) = network(_pixels(content_image, network.side_px))
    sure, maybe = (int((alpha > least).sum()) for least in (_SURE, _MAYBE))
    is_there = sure >= max(_LEAST_PERSON * alpha.numel(), _LEAST_SURE * maybe)
    mask = _greyscale((alpha[0, :, :, 0] * is_there).numpy())
    mask = mask.resize(content_image.size, Image.Resampling.BICUBIC)
    return Kept(mask, int(is_there))


def _faces(content_image: Image.Image, network: Graph) -> Kept:
    width_px, height_px = content_image.size
    found = _distinct(list(_boxes(content_image, network)))
    across = np.arange(width_px)[None, :] + 0.5
    down = np.arange(height_px)[:, None] + 0.5
    plane = np.zeros((height_px, width_px))
    for _, (x, y, width, height) in found:
        wide, high, up = _HEAD
        radius = np.hypot(
            (across - x) / (wide * width), (down - y + up * height) / (high * height)
        )
        inner, outer = _EDGE
        plane = np.maximum(plane, ((outer - radius) / (outer - inner)).clip(0, 1))
    return Kept(_greyscale(plane), len(found))


Box = tuple[float, float, float, float]  # middle, width and height, in pixels


def _boxes(image: Image.Image, network: Graph) -> Iterator[tuple[float, Box]]:
    """Yield likely faces with their scores, of the picture and of nine parts of it.

    The detector sees faces of a tenth of its square and larger.
    """
    for left, top, side in _squares(*image.size):
        square = image.crop((left, top, left + side, top + side))  # black beyond
        boxes, scores = sorted(
            network(2 * _pixels(square, network.side_px) - 1),
            key=lambda each: -each.shape[2],
        )
        likely = scores[0, :, 0].sigmoid()
        scale = side / network.side_px
        middles = _middles(network.side_px)
        for index in (likely > _LIKELY_FACE).nonzero()[:, 0].tolist():
            x, y, width, height = boxes[0, index, :4].tolist()
            middle_x, middle_y = middles[index]
            box = (
                left + (x + middle_x) * scale,
                top + (y + middle_y) * scale,
                width * scale,
                height * scale,
            )
            yield float(likely[index]), box


def _squares(width_px: int, height_px: int) -> Iterator[tuple[int, int, int]]:
    """Yield (left, top, side): the picture's square, and nine of half its size."""
    side = max(width_px, height_px)
    whole_left, whole_top = (width_px - side) // 2, (height_px - side) // 2
    yield whole_left, whole_top, side
    half = min(width_px, height_px) // 2 + 1
    for down in range(3):
        for across in range(3):
            left, top = (width_px - half) * across // 2, (height_px - half) * down // 2
            yield left, top, half


def _middles(side_px: int) -> list[tuple[float, float]]:
    """Return the middle that each of the detector's boxes is told from, in pixels."""
    return [
        ((column + 0.5) * stride, (row + 0.5) * stride)
        for stride, count in _GRIDS
        for row in range(side_px // stride)
        for column in range(side_px // stride)
        for _ in range(count)
    ]


def _distinct(found: list[tuple[float, Box]]) -> list[tuple[float, Box]]:
    """Return the likeliest of each crowd of boxes."""
    kept: list[tuple[float, Box]] = []
    for score, box in sorted(found, reverse=True):
        if all(_overlap(box, other) < _SAME_FACE for _, other in kept):
            kept.append((score, box))
    return kept


def _overlap(one: Box, two: Box) -> float:
    """Return the common part of two boxes, of the smaller one."""
    sides = [
        min(one[i] + one[i + 2] / 2, two[i] + two[i + 2] / 2)
        - max(one[i] - one[i + 2] / 2, two[i] - two[i + 2] / 2)
        for i in (0, 1)
    ]
    common = max(sides[0], 0) * max(sides[1], 0)
    return common / min(one[2] * one[3], two[2] * two[3])


def _pixels(image: Image.Image, side_px: int) -> Tensor:
    """Return (1, side, side, 3) in [0, 1]; the aspect is not kept."""
    small = image.resize((side_px, side_px), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.asarray(small, dtype=np.float32) / 255)[None]


def _greyscale(plane: np.ndarray) -> Image.Image:
    return Image.fromarray((plane * 255).round().astype(np.uint8))
