"""Which points lie side by side: how smooth colours are, whom hidden ones follow."""

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from worker.cloudfile.cloud import Floats
from worker.cloudfile.nearest import nearest_of_each

_NEIGHBOURS = 6
#: A point of which no more is seen, in pixels of all views together, is hidden.
_LEAST_SEEN = 1e-3


class Smoothness:
    """The mean squared difference of each point's colour from its nearest ones.

    Args:
        points: (N, 3).
    """

    def __init__(self, points: Floats) -> None:
        count = min(_NEIGHBOURS + 1, len(points))
        near = nearest_of_each(points, count)[1][:, 1:]
        total = near.size
        rows = np.repeat(np.arange(len(points)), near.shape[1])
        one = csr_matrix(
            (np.full(total, 1 / total, np.float32), (rows, near.ravel())),
            shape=(len(points), len(points)),
        )
        both = (one + one.T).tocsr()
        # The graph's Laplacian, split into its diagonal and the rest.
        self._rest = both
        self._diagonal = np.asarray(both.sum(axis=1), np.float32)

    def loss_and_gradient(self, colors: Floats) -> tuple[float, Floats]:
        """Return the energy of (N, 3), and its gradient."""
        slope = self._diagonal * colors - self._rest @ colors
        return float((colors * slope).sum()), 2 * slope

    def spread(self, gradient: Floats) -> Floats:
        """Return half of each point's gradient (N, 3), and half of its nearest ones'.

        Adam takes steps of one size however small a gradient is, so that points which
        share a pixel drift apart; by a gradient that is smooth they move together.
        """
        near = self._rest @ gradient / np.maximum(self._diagonal, 1e-30)
        mean: Floats = ((gradient + near) / 2).astype(np.float32)
        return mean


def with_hidden(colors: Floats, points: Floats, visibility: Floats) -> Floats:
    """Return (N, 3) in which points that were not seen are as their nearest seen ones.

    Args:
        colors: as painted.
        points: (N, 3).
        visibility: (N,), pixels of all views.
    """
    seen = visibility > _LEAST_SEEN
    if seen.all() or not seen.any():
        return colors
    _, nearest = cKDTree(points[seen]).query(points[~seen])
    completed = colors.copy()
    completed[~seen] = colors[seen][nearest]
    return completed
