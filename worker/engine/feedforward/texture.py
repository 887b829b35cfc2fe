"""Strokes to come, for a photograph's empty places: a painting's texture without forms.

A network paints what it is shown: of an even sky it makes an even sky. A faint texture
of the painting, shown with the photograph, becomes clouds and strokes there.
"""

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

#: Long side that the texture is made at; finer strokes are the network's. The same
#: forms at every size of the picture, and no time at 4096 px.
_MADE_PX = 128
_SEED = 1
_LEAST_MODULUS = 1e-9


def random_phase_texture(picture: Tensor, height: int, width: int) -> Tensor:
    """Return noise with the picture's spectrum: its colours and sizes, no forms.

    The same noise for all pictures of an aspect, so that a video's texture stays.

    Args:
        picture: (1, 3, any, any), sRGB in [0, 1], brought to the texture's aspect.
        height: of the texture, in pixels.
        width: likewise.

    Returns:
        (1, 3, height, width), about the picture's deviation around 0; 0 for one colour.

    Source: Galerne, Gousseau and Morel 2011. Departure: a window takes the place of
    their periodic component against the cross that borders leave in a spectrum.
    """
    shrink = _MADE_PX / max(height, width)
    size = max(1, round(height * shrink)), max(1, round(width * shrink))
    small = F.interpolate(picture, size=size, mode="area").cpu()
    window = torch.outer(*(torch.hann_window(n, periodic=False) for n in size))
    window /= window.square().mean().sqrt().clamp_min(_LEAST_MODULUS)
    centred = (small - small.mean(dim=(2, 3), keepdim=True)) * window
    generator = torch.Generator().manual_seed(_SEED)
    noise = torch.fft.rfft2(torch.randn(size, generator=generator))
    phase = noise / noise.abs().clamp_min(_LEAST_MODULUS)
    texture = torch.fft.irfft2(torch.fft.rfft2(centred) * phase, s=size)
    texture = texture.to(picture.device)
    return F.interpolate(texture, size=(height, width), mode="bicubic")
