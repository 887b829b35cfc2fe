"""From pictures of views back to the points' colours."""

from collections.abc import Callable, Mapping

import numpy as np

from worker.cloudfile.cloud import Floats
from worker.engine.pointcloud.views import Views

#: What is seen of a point, or of a pixel, is above this.
LEAST_SEEN = 1e-6
#: More would bring back what single pixels show of single points.
_SETTLING_ROUNDS = 1


def brought_nearer(
    colors: Floats,
    pictures: Mapping[int, Floats],
    views: Views,
    rounds: int,
    check: Callable[[], None],
) -> Floats:
    """Return colours (N, 3) whose views are nearer to pictures.

    Args:
        colors: to begin with.
        pictures: by the numbers of views: (3, side, side), black behind.
        views: of the points.
        rounds: more make strokes sharper, and single points stand out.
        check: called for every view; may raise.

    Source: the simultaneous iterative reconstruction technique, Gilbert 1972: the
    differences go back as means, by rows and by columns.
    """
    colors = colors.copy()
    weight = sum(views.operator(number).visibility for number in pictures)
    for _ in range(rounds):
        correction = np.zeros_like(colors)
        for number, picture in pictures.items():
            check()
            operator = views.operator(number)
            cover = np.maximum(operator.cover, LEAST_SEEN)
            missing = (picture - operator.render(colors)) / cover
            correction += operator.gradient(missing.astype(np.float32))
        colors += correction / np.maximum(weight, LEAST_SEEN)[:, None]
        np.clip(colors, 0, 1, out=colors)
    return colors


def settled(colors: Floats, views: Views, check: Callable[[], None]) -> Floats:
    """Return colours (N, 3) without what no view shows of single points.

    Where several points share a pixel, the losses hold their mean alone: how they
    differ is left over from the noise of the beginning and from the optimizer, and
    shows as grain in views from nearer or from elsewhere. So each point gets what the
    views show at its place, and then comes nearer to them.

    Args:
        colors: as painted.
        views: that they were painted from.
        check: called for every view; may raise.
    """
    pictures: dict[int, Floats] = {}
    sums, weight = np.zeros_like(colors), np.zeros(len(colors), np.float32)
    for number in range(len(views)):
        check()
        operator = views.operator(number)
        pictures[number] = operator.render(colors)
        cover = np.maximum(operator.cover, LEAST_SEEN)
        sums += operator.gradient((pictures[number] / cover).astype(np.float32))
        weight += operator.visibility
    mean = sums / np.maximum(weight, LEAST_SEEN)[:, None]
    seen = weight[:, None] > LEAST_SEEN
    start = np.where(seen, mean, colors).astype(np.float32)
    return brought_nearer(start, pictures, views, _SETTLING_ROUNDS, check)
