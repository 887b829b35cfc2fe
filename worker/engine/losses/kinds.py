"""Kinds of places that a photograph and a painting share: sky, skin, leaves.

Clusters of deep features, of both pictures together; who is of which kind is soft.
Knows features, no network.

Sources: Arthur and Vassilvitskii 2007 (k-means++); Dhillon and Modha 2001 (k-means of
directions). Departure: each picture's features are centred by its own mean first, which
takes away what tells photographs from paintings.
"""

import torch
from torch import Tensor

#: So many kinds at most.
_KINDS = 6
_ROUNDS = 15
#: Of the softmax of the cosines with the kinds' middles.
_SOFTNESS = 0.1
#: Positions of each picture that the middles are found from.
_MOST = 1024


def directions(rows: Tensor) -> Tensor:
    """Return features (P, C) less their mean, of length 1."""
    centred = rows - rows.mean(dim=0)
    lengths = centred.norm(dim=1, keepdim=True)
    least = torch.finfo(rows.dtype).eps * (1 + lengths.mean())
    found: Tensor = centred / lengths.clamp_min(least)
    return found


@torch.no_grad()
def joint_kinds(one: Tensor, two: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Return how much each position is of each kind, (P, K) and (Q, K).

    Args:
        one: (P, C), directions of a picture's positions.
        two: (Q, C), of another's.
        seed: of the first middles.
    """
    random = torch.Generator().manual_seed(seed)
    drawn = [
        each[torch.randperm(len(each), generator=random)[:_MOST].to(each.device)]
        for each in (one, two)
    ]
    # Both count alike, however many positions they have.
    weights = torch.cat([each.new_full((len(each),), 1 / len(each)) for each in drawn])
    both = torch.cat(drawn)
    middles = _spread(both, weights, random)
    for _ in range(_ROUNDS):
        nearest = torch.nn.functional.one_hot(
            (both @ middles.T).argmax(dim=1), len(middles)
        ).to(both.dtype)
        sums = (nearest * weights[:, None]).T @ both
        lengths = sums.norm(dim=1, keepdim=True)
        # A middle that nobody is near to stays where it is.
        moved = sums / lengths.clamp_min(torch.finfo(both.dtype).tiny)
        middles = torch.where(lengths > 0, moved, middles)
    found = [(each @ middles.T / _SOFTNESS).softmax(dim=1) for each in (one, two)]
    return found[0], found[1]


def _spread(rows: Tensor, weights: Tensor, random: torch.Generator) -> Tensor:
    """Return first middles, (K, C), each far from those before it."""
    middles = rows[:1]
    while len(middles) < min(_KINDS, len(rows)):
        far = (1 - rows @ middles.T).amin(dim=1).clamp_min(0) * weights
        chances = far.cpu().double() + 1e-12
        chosen = int(torch.multinomial(chances, 1, generator=random))
        middles = torch.cat((middles, rows[chosen : chosen + 1]))
    return middles
