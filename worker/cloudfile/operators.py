"""A view as a constant sparse matrix: pixels by points, times the colours a picture.

Where a pixel's weights add up to less than 1, the background shows through.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from worker.cloudfile.cloud import Floats

Indices: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class ViewOperator:
    """What one camera sees.

    Attributes:
        matrix: (side * side, N), float32, row sums in [0, 1].
        side_px: of the square picture.
        cover: (side, side), the row sums: how much of each pixel is not background.
    """

    matrix: csr_matrix
    side_px: int
    cover: Floats

    @classmethod
    def of(
        cls, pixels: Indices, points: Indices, weights: Floats, side_px: int, count: int
    ) -> "ViewOperator":
        """Return the operator of these entries; of a pair that comes twice the sum."""
        shape = (side_px * side_px, count)
        matrix = csr_matrix((weights, (pixels, points)), shape=shape, dtype=np.float32)
        cover = np.asarray(matrix.sum(axis=1), dtype=np.float32)
        return cls(matrix, side_px, cover.reshape(side_px, side_px))

    @property
    def size_bytes(self) -> int:
        """Of the matrix."""
        parts = (self.matrix.data, self.matrix.indices, self.matrix.indptr)
        return sum(part.nbytes for part in parts)

    @property
    def visibility(self) -> Floats:
        """(N,), how much of the picture each point is."""
        sums: Floats = np.asarray(self.matrix.sum(axis=0), dtype=np.float32)[0]
        return sums

    def render(self, colors: Floats) -> Floats:
        """Return (3, side, side), what (N, 3) look like, before the background."""
        rows = np.ascontiguousarray((self.matrix @ colors).T)
        return rows.reshape(3, self.side_px, self.side_px)

    def gradient(self, by_pixel: Floats) -> Floats:
        """Return (N, 3), a gradient by the colours from one by the picture.

        Args:
            by_pixel: (3, side, side).
        """
        rows = np.ascontiguousarray(by_pixel.reshape(3, -1).T)
        return np.asarray(self.matrix.T @ rows)
