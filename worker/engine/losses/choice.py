"""Which places of a painting are chosen: the likest, at a price.

Knows directions of features and their kinds; no positions, no weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from worker.engine.losses.statistics import exact

_ENTROPY = 0.05
_ROUNDS = 12
#: Positions that stand for all of the pastiche's in the transport.
_MOST_BALANCED = 768
#: What a match of unlike kinds costs, in cosines.
_UNLIKE = 1.0
#: Rows whose products with all wanted ones are in memory together.
_CHUNK = 1024

#: Kinds of those who choose, (P, K), and of those who are chosen, (Q, K).
Likes = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class StrokeTarget:
    """The places of one region's paintings at one layer.

    Attributes:
        rows: (Q, C), centred features of length 1.
        masses: (Q,), the part of the region that each is meant for; their sum is 1.
        length: (L,), mean length of the centred features of each layer.
        around: (Q, C), like the rows, of the places' surroundings; where kinds are
            asked for.
    """

    rows: Tensor
    masses: Tensor
    length: Tensor
    around: Tensor | None = None

    @classmethod
    def mixed(
        cls,
        paintings: Sequence[tuple[Tensor, float]],
        around: Sequence[tuple[Tensor, float]] = (),
    ) -> "StrokeTarget":
        """Return the places of all paintings, from features (Q, C) and parts.

        Args:
            paintings: of each.
            around: likewise, of the places' surroundings.
        """
        mean = torch.stack([part * rows.mean(dim=0) for rows, part in paintings]).sum(0)
        centred = torch.cat([rows for rows, _ in paintings]) - mean
        lengths = centred.norm(dim=1, keepdim=True)
        masses = [rows.new_full((len(rows),), p / len(rows)) for rows, p in paintings]
        return cls(
            centred / lengths.clamp_min(torch.finfo(lengths.dtype).tiny),
            torch.cat(masses),
            lengths.mean()[None],
            cls.mixed(around).rows if around else None,
        )

    @classmethod
    def joined(
        cls, layers: Sequence["StrokeTarget"], shares: Sequence[float]
    ) -> "StrokeTarget":
        """Return the hypercolumns of layers that were read at common places."""
        columns = zip(layers, shares, strict=True)
        return cls(
            torch.cat([each.rows * share**0.5 for each, share in columns], dim=1),
            layers[0].masses,
            torch.cat([each.length for each in layers]),
        )

    def tensors(self) -> list[Tensor]:
        """Return all that it holds."""
        around = [] if self.around is None else [self.around]
        return [self.rows, self.masses, self.length, *around]


def _scores(found: Tensor, wanted: Tensor, likes: Likes | None) -> Tensor:
    """Return how like each of (P, C) and each of (Q, C) are, (P, Q): cosines.

    Where kinds are told a match of unlike ones counts for `_UNLIKE` less.
    """
    scores = exact(found @ wanted.T)
    if likes is None:
        return scores
    return scores - _UNLIKE * (1 - likes[0] @ likes[1].T)


def prices(found: Tensor, target: StrokeTarget, likes: Likes | None = None) -> Tensor:
    """Return b_q, (Q,): the dearer, the more positions would choose that place.

    Args:
        found: (P, C), directions in random order; some of the first are asked.
        target: the places.
        likes: kinds of the found and of the places, (P, K) and (Q, K).

    Source: Cuturi 2013, algorithm 1; b is minus the entropy times the logarithm of the
    scaling on the painting's side.
    """
    found = found[:_MOST_BALANCED]
    if likes is not None:
        likes = likes[0][:_MOST_BALANCED], likes[1]
    kernel = ((_scores(found, target.rows, likes) - 1) / _ENTROPY).exp()  # (P, Q)
    tiny = torch.finfo(kernel.dtype).tiny
    scaling = torch.ones_like(target.masses)
    for _ in range(_ROUNDS):
        other = 1 / (len(found) * (kernel @ scaling)).clamp_min(tiny)
        scaling = target.masses / (kernel.T @ other).clamp_min(tiny)
    return -_ENTROPY * scaling.log()


def nearest(
    found: Tensor,
    wanted: Tensor,
    price: Tensor,
    dtype: torch.dtype,
    likes: Likes | None = None,
) -> Tensor:
    """Return, (P,), which of (Q, C) each of (P, C) is most like for its price."""
    columns = wanted.to(dtype)
    parts = zip(
        torch.split(found, _CHUNK),
        [None] * len(found) if likes is None else torch.split(likes[0], _CHUNK),
        strict=False,
    )
    return torch.cat(
        [
            (
                _scores(
                    rows.to(dtype),
                    columns,
                    None if mine is None or likes is None else (mine, likes[1]),
                )
                - price
            ).argmax(dim=1)
            for rows, mine in parts
        ]
    )
