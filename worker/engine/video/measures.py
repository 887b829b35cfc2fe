"""What is measured of pictures: how far they are from those before, how sharp."""

from collections.abc import Sequence

import cv2
import numpy as np

from worker.engine.video.flow import full_maps, remapped
from worker.engine.video.frames import FlowField, Pixels, Trust


def warping_errors(
    pairs: Sequence[tuple[Pixels, Pixels]], back: FlowField, trust: Trust
) -> list[float]:
    """Return the root mean square difference from each last picture, carried here.

    Where the motion is trusted; of the range 0 to 1. Source: Lai et al. 2018, eq. 3.

    Args:
        pairs: of a picture and the one before it, all of one size.
        back: from this frame to the one before.
        trust: in that.
    """
    like = pairs[0][0]
    maps = full_maps(back, like)
    weight = cv2.resize(trust, like.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    total = 3 * float(weight.sum())
    errors = []
    for picture, last in pairs:
        expected = remapped(last, maps, cv2.INTER_LINEAR)
        gap = cv2.absdiff(picture, expected).astype(np.float32) / 255
        squares = float(np.vdot(gap * weight[..., None], gap))
        errors.append(float(np.sqrt(squares / total)) if total else 0.0)
    return errors


def sharpness(picture: Pixels) -> float:
    """Return the deviation of the Laplacian of the light, of the range 0 to 1."""
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return float(cv2.Laplacian(light, cv2.CV_32F).std())
