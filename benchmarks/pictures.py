"""The pair that every measurement uses: ours, so that anybody can repeat it.

Brings pictures to a size and to tensors by itself, so that the naive loop and the
peers share nothing with the engine but the picture.
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

_EXAMPLES = Path(__file__).parents[1] / "examples"


@cache
def content_picture() -> Image.Image:
    """Return the rendered harbour, 4:3."""
    return Image.open(_EXAMPLES / "contents/harbour.jpg").convert("RGB")


@cache
def style_picture() -> Image.Image:
    """Return the night in thick strokes."""
    return Image.open(_EXAMPLES / "styles/night.jpg").convert("RGB")


@cache
def vivid_picture() -> Image.Image:
    """Return the painting whose colours differ most, for grey photographs."""
    return Image.open(_EXAMPLES / "styles/sunset.jpg").convert("RGB")


def at_size(picture: Image.Image, size_px: int) -> Image.Image:
    """Return the picture with that long side; smaller ones are enlarged."""
    ratio = size_px / max(picture.size)
    width_px, height_px = (max(1, round(side * ratio)) for side in picture.size)
    return picture.resize((width_px, height_px), Image.Resampling.LANCZOS)


def as_tensor(picture: Image.Image, size_px: int) -> Tensor:
    """Return (1, 3, H, W) in [0, 1] with that long side."""
    levels = np.array(at_size(picture, size_px), dtype=np.float32)  # (H, W, 3)
    return torch.from_numpy(levels).permute(2, 0, 1)[None].contiguous() / 255


def as_picture(image: Tensor) -> Image.Image:
    """Return (1, 3, H, W), clamped to [0, 1], as a picture."""
    levels = (image.detach()[0].clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).cpu().numpy())
