"""From pictures of views back to the points' colours."""

import math
from collections.abc import Callable, Mapping

import numpy as np

from worker.cloudfile.cloud import Floats
from worker.engine.pointcloud.reprojection import differences_of_pairs
from worker.engine.pointcloud.views import Views

#: What is seen of a point, or of a pixel, is above this.
LEAST_SEEN = 1e-6
#: More would bring back what single pixels show of single points.
_SETTLING_ROUNDS = 1
#: Two views may show the same places so much less alike than they show the cloud that
#: came; the promise is 1.2, for cameras that were not asked here.
_LESS_ALIKE = 1.15
#: Root mean square of what is not seen, however even the cloud that came is.
_UNSEEN = 0.02


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


def as_sharp_as_agrees(
    soft: Floats, sharp: Floats, before: Floats, pairs: Views
) -> Floats:
    """Return colours (N, 3) from soft to sharp, as sharp as neighbouring views allow.

    What single views show of single points makes strokes sharper, and other views
    unlike each other. A view is linear in the colours, so how unlike two are is the
    root of a quadratic polynomial of the share of `sharp`, but for harmonics.

    Args:
        soft: (N, 3).
        sharp: (N, 3).
        before: (N, 3), the cloud as it came.
        pairs: views that were not painted, two by two of much the same.
    """
    start = differences_of_pairs(pairs, soft)
    if not start.size:
        return sharp
    change = differences_of_pairs(pairs, sharp) - start
    came = differences_of_pairs(pairs, before)
    allowed = max(_LESS_ALIKE**2 * float(np.mean(came**2)), _UNSEEN**2)
    spare = allowed - float(np.mean(start**2))
    slope, bend = float(np.mean(start * change)), float(np.mean(change**2))
    if 2 * slope + bend <= spare:
        return sharp
    if spare <= 0:
        return soft
    share = (math.sqrt(slope**2 + bend * spare) - slope) / bend
    return (soft + share * (sharp - soft)).astype(np.float32)


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
