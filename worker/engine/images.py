"""Pillow images in, tensors within, Pillow images out.

Tensors are (N, 3, H, W), float32, sRGB in [0, 1].
"""

import hashlib

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from PIL import Image, ImageOps
from torch import Tensor

#: Painted around the picture and cut off again: convolutions see nothing beyond the
#: border and leave a bright fringe of one or two pixels there.
FRAME_PX = 4


def upright_rgb(image: Image.Image) -> Image.Image:
    """Return the picture as seen: turned as its EXIF says, on white, in RGB."""
    upright = ImageOps.exif_transpose(image)
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    paper = Image.new("RGBA", upright.size, "white")
    return Image.alpha_composite(paper, upright.convert("RGBA")).convert("RGB")


def to_tensor(image: Image.Image, width_px: int, height_px: int) -> Tensor:
    """Return an RGB picture at the given size as (1, 3, H, W)."""
    size = (width_px, height_px)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    pixels = torch.from_numpy(np.array(image, dtype=np.float32))  # (H, W, 3)
    return pixels.permute(2, 0, 1)[None].contiguous() / 255


def to_plane(mask: Image.Image, width_px: int, height_px: int) -> Tensor:
    """Return a greyscale picture at the given size as (1, 1, H, W) in [0, 1]."""
    plane = mask.convert("L").resize((width_px, height_px), Image.Resampling.BOX)
    levels = torch.from_numpy(np.array(plane, dtype=np.float32))
    return levels[None, None] / 255


def to_picture(image: Tensor) -> Image.Image:
    """Return (1, 3, H, W), clamped to [0, 1] and rounded, as a Pillow RGB picture."""
    levels = (image.detach()[0].clamp(0, 1) * 255).round().to(torch.uint8)
    return Image.fromarray(levels.permute(1, 2, 0).cpu().numpy())


def framed(image: Tensor) -> Tensor:
    """Return (N, C, H, W) with `FRAME_PX` more on each side, the border repeated."""
    return F.pad(image, (FRAME_PX,) * 4, mode="replicate")


def unframed(image: Tensor) -> Tensor:
    """Return what `framed` was given, a view."""
    return image[..., FRAME_PX:-FRAME_PX, FRAME_PX:-FRAME_PX]


def fingerprint(image: Image.Image) -> str:
    """Return a hash of the pixels, the same for equal RGB pictures."""
    digest = hashlib.sha256(f"{image.mode} {image.size}".encode())
    digest.update(image.tobytes())
    return digest.hexdigest()
