"""A cloud in memory: places, colours, and for splats the Gaussians around the places.

Colours are (N, 3), float32, sRGB in [0, 1]; places (N, 3), float64, in the file's unit.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Doubles: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
#: Given new colours, and new harmonics if there are some, returns the file's bytes.
Writer: TypeAlias = Callable[[Floats, Floats | None], bytes]


@dataclass(frozen=True, eq=False)
class Gaussians:
    """The shapes of splats.

    Attributes:
        scales: (N, 3), standard deviations along their own axes, in the file's unit.
        rotations: (N, 4), unit quaternions, w first.
        opacities: (N,), 0 to 1.
        harmonics: (N, 3, K), coefficients of the degrees above 0; K is 0, 3, 8 or 15.
    """

    scales: Floats
    rotations: Floats
    opacities: Floats
    harmonics: Floats


@dataclass(frozen=True, eq=False)
class PointCloud:
    """A cloud, and how it becomes a file again.

    Attributes:
        positions: (N, 3), as in the file.
        colors: (N, 3); grey where the file has none.
        gaussians: of splats; None of points.
        write: makes the file again; only colours and harmonics differ.
    """

    positions: Doubles
    colors: Floats
    gaussians: Gaussians | None
    write: Writer

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def centred(self) -> Floats:
        """(N, 3), without the middle: geographic places are too large for float32."""
        return (self.positions - self.middle).astype(np.float32)

    @cached_property
    def middle(self) -> Doubles:
        """(3,), the median place."""
        return np.median(self.positions, axis=0)
