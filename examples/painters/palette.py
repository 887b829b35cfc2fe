"""Colours: written as hexadecimal, mixed as floats in [0, 1], sRGB."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from painters.fields import Array


def ink(code: str) -> Array:
    """Read a colour such as "1b2a4a" as (3,) floats."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)])


def inks(*codes: str) -> Array:
    """Read several colours as (N, 3)."""
    return np.stack([ink(code) for code in codes])


def blend(first: Array, second: Array, share: ArrayLike) -> Array:
    """Mix two colours or pictures; `share` (H, W) or a number is the second's."""
    share = np.asarray(share, dtype=np.float64)[..., None]
    return first + (second - first) * share


def ramp(stops: Sequence[tuple[float, str]], position: Array) -> Array:
    """Colour a field by interpolating between (position, colour) stops."""
    places = [place for place, _ in stops]
    colours = inks(*(code for _, code in stops))
    bands = [np.interp(position, places, colours[:, band]) for band in range(3)]
    return np.stack(bands, axis=-1)
