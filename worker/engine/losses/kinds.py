"""Kinds of places that a photograph and a painting share: sky, skin, leaves.

Clusters of deep features, of both pictures together; who is of which kind is soft.
Knows features, no network.

Sources: Arthur and Vassilvitskii 2007 (k-means++); Dhillon and Modha 2001 (k-means of
directions). Departures: features are averaged over their surroundings first, else
textures and the picture's frame make kinds of their own; each picture's are centred by
its own mean, which takes away what tells photographs from paintings.
"""

import torch
from torch import Tensor

#: So many kinds at most. With six, two layers of one pair agreed on few of them.
_KINDS = 4
_ROUNDS = 15
#: The best of so many beginnings counts: one alone is an accident.
_STARTS = 16
#: Channels that vary less than this part of the usual do not count for more.
_LEAST_DEVIATION = 0.1
#: Deviation of the surroundings' weights, against the picture's long side.
_SURROUNDINGS = 1 / 16
#: Of the softmax of the cosines with the kinds' middles.
_SOFTNESS = 0.1
#: Positions of each picture that middles and surroundings are found from.
_MOST = 1024
#: Positions whose surroundings are in memory together.
_CHUNK = 4096


def directions(rows: Tensor) -> Tensor:
    """Return features (P, C) less their mean, of length 1."""
    centred = rows - rows.mean(dim=0)
    lengths = centred.norm(dim=1, keepdim=True)
    least = torch.finfo(rows.dtype).eps * (1 + lengths.mean())
    found: Tensor = centred / lengths.clamp_min(least)
    return found


@torch.no_grad()
def averaged_around(
    rows: Tensor, positions: Tensor, width: int, long_side: int
) -> Tensor:
    """Return features averaged over the places around each, (P, C).

    Each channel is divided by its deviation, else a few that vary most tell all kinds.

    Args:
        rows: (P, C), of some places.
        positions: (P,), flat, where they are.
        width: of the maps.
        long_side: of the picture, in positions: how far surroundings reach.
    """
    at = torch.stack((positions // width, positions % width), dim=1).to(rows)
    at = at / long_side
    random = torch.Generator().manual_seed(0)
    some = torch.randperm(len(rows), generator=random)[:_MOST].to(rows.device)
    found = torch.cat(
        [
            torch.softmax(
                -(torch.cdist(each, at[some]) / _SURROUNDINGS).square() / 2, dim=1
            )
            @ rows[some]
            for each in torch.split(at, _CHUNK)
        ]
    )
    deviations = found.std(dim=0, correction=0)
    least = _LEAST_DEVIATION * deviations.mean() + torch.finfo(found.dtype).tiny
    return found / torch.maximum(deviations, least)


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
    middles = max(
        (_middles(both, weights, random) for _ in range(_STARTS)),
        key=lambda each: float((both @ each.T).amax(dim=1) @ weights),
    )
    found = [(each @ middles.T / _SOFTNESS).softmax(dim=1) for each in (one, two)]
    return found[0], found[1]


def _middles(rows: Tensor, weights: Tensor, random: torch.Generator) -> Tensor:
    """Return the kinds' middles, (K, C), of directions (P, C) with weights (P,)."""
    middles = _spread(rows, weights, random)
    for _ in range(_ROUNDS):
        nearest = torch.nn.functional.one_hot(
            (rows @ middles.T).argmax(dim=1), len(middles)
        ).to(rows.dtype)
        sums = (nearest * weights[:, None]).T @ rows
        lengths = sums.norm(dim=1, keepdim=True)
        # A middle that nobody is near to stays where it is.
        moved = sums / lengths.clamp_min(torch.finfo(rows.dtype).tiny)
        middles = torch.where(lengths > 0, moved, middles)
    return middles


def _spread(rows: Tensor, weights: Tensor, random: torch.Generator) -> Tensor:
    """Return first middles, (K, C), each far from those before it."""
    first = int(torch.randint(len(rows), (1,), generator=random))
    middles = rows[first : first + 1]
    while len(middles) < min(_KINDS, len(rows)):
        far = (1 - rows @ middles.T).amin(dim=1).clamp_min(0) * weights
        chances = far.cpu().double() + 1e-12
        chosen = int(torch.multinomial(chances, 1, generator=random))
        middles = torch.cat((middles, rows[chosen : chosen + 1]))
    return middles
