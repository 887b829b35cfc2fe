"""Where things are: whether the layout is kept, and like is painted with like.

Knows feature maps of one layer, no network.
"""

import torch
from torch import Tensor

from worker.engine.losses.kinds import averaged_around, directions, joint_kinds
from worker.engine.losses.sampling import rows_of, stratified
from worker.engine.losses.self_similarity import self_similarity_distance

#: Positions of a picture that are compared.
_MOST = 2048


def layout_distance(maps: Tensor, wanted: Tensor) -> float:
    """Return how far places are from being alike as the content's are.

    Args:
        maps: (1, C, H, W), of the pastiche.
        wanted: (1, C, H, W), of the content at the same size.

    Returns:
        0 for the content; about 0.25 for unrelated pictures.
    """
    positions = _positions(maps)
    rows = (rows_of(each, positions) for each in (maps, wanted))
    return float(self_similarity_distance(*rows))


def like_on_like(maps: Tensor, content_maps: Tensor, style_maps: Tensor) -> float:
    """Return the share of places that look like a style's place of their own kind.

    Args:
        maps: (1, C, H, W), of the pastiche.
        content_maps: (1, C, H, W), of the content at the same size: says the kinds.
        style_maps: (1, C, H', W'), of the style.

    Returns:
        0 to 1; the fewer kinds there are, the more of it is chance.
    """
    here, there = _positions(maps), _positions(style_maps)
    found = directions(rows_of(maps, here)[0])
    style = directions(rows_of(style_maps, there)[0])
    of_content, of_style = joint_kinds(
        _around(content_maps, here), _around(style_maps, there), seed=0
    )
    nearest = (found @ style.T).argmax(dim=1)
    is_like = of_style.argmax(dim=1)[nearest] == of_content.argmax(dim=1)
    return float(is_like.float().mean())


def _around(maps: Tensor, positions: Tensor) -> Tensor:
    """Return directions of what surrounds these places, (P, C)."""
    rows, size = rows_of(maps, positions)[0], maps.shape[2:]
    return directions(averaged_around(rows, positions, size[1], max(size)))


def _positions(maps: Tensor) -> Tensor:
    random = torch.Generator().manual_seed(0)
    return stratified(maps.shape[2:].numel(), _MOST, random)
