"""Where a training starts: at the known style that is nearest to the painting."""

from collections.abc import Mapping, Sequence

import torch
from PIL import Image
from torch import Tensor

from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.feedforward.packs import Pack
from worker.engine.losses.objective import LossWeights
from worker.engine.training.network import repainted
from worker.engine.training.objective import BatchObjective
from worker.engine.training.options import TrainingOptions
from worker.engine.training.weights import weights_of_pack

#: Side of the pieces that tell which is nearest.
_COMPARED_PX = 64
_STYLE_ALONE = LossWeights(content=0.0, style=1.0, total_variation=0.0)


@torch.no_grad()
def nearest(
    packs: Mapping[str, Pack],
    pieces: Sequence[Tensor],
    painting: Image.Image,
    network: FeatureExtractor,
    options: TrainingOptions,
    check: InterruptionCheck,
) -> str:
    """Return the label of the pack whose pictures are nearest to the painting.

    Small pieces are enough: for two paintings the order of all packs is that of eight
    pieces of 128 px, which take three times as long.

    Args:
        packs: by label; at least one.
        pieces: (1, 3, H, W) each, of what is painted.
        painting: of any size.
        network: whose features compare.
        options: of the training.
        check: called many times a second; may raise.
    """
    objective = BatchObjective(painting, network, options, check)
    small = [each[..., :_COMPARED_PX, :_COMPARED_PX] for each in pieces]
    images = torch.cat(small)

    def distance(label: str) -> float:
        pack = packs[label]
        weights = {n: w.to(images.device) for n, w in weights_of_pack(pack).items()}
        painted = repainted(images, pack.shape, weights)
        losses = objective.losses(painted, [*enumerate(small)], _STYLE_ALONE)
        return float(losses.style.mean())

    return min(packs, key=distance)
