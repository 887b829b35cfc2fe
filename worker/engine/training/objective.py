"""What a training minimizes: the losses of `losses.objective`, on batches of pieces.

A piece's content features and scales are computed once and kept while they fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.ladder import fit
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.images import to_tensor, upright_rgb
from worker.engine.losses.objective import (
    LayerGoal,
    Losses,
    LossWeights,
    Objective,
    RegionGoal,
)
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.options import StylizeOptions
from worker.engine.styles import Region
from worker.engine.training.options import TrainingOptions

#: Of the goals of pieces that are kept.
_KEPT_BYTES = 256 * 2**20
#: A piece shows about half of a photograph: the painting is as large as all of it.
_PAINTING_PER_CROP = 2
_SMALLEST_PAINTING_PX = 64
_WHOLE = Region(members=((0, 1.0),), shares=None, weight=1.0)

Goals = Mapping[str, LayerGoal]


class BatchObjective:
    """The losses of a network's pictures against one painting.

    Args:
        painting: of any size.
        network: whose features judge.
        options: of the training.
        check: called many times a second; may raise.
    """

    def __init__(
        self,
        painting: Image.Image,
        network: FeatureExtractor,
        options: TrainingOptions,
        check: InterruptionCheck,
    ) -> None:
        self._network, self._check = network, check
        self._style_loss = options.style_loss
        self._builder = TargetBuilder(
            network=network,
            hyperparameters=options.hyperparameters,
            options=StylizeOptions(style_loss=options.style_loss),
            check_interruption=check,
        )
        self._painting = _painting_at(painting, options).to(network.device)
        moments = self._builder.style_moments(self._painting, None)
        self._targets = self._builder.style_targets([(moments, 1.0)])
        self._kept: dict[int, Goals] = {}
        self._kept_bytes = 0

    @property
    def painting(self) -> Tensor:
        """(1, 3, H, W), as large as its strokes shall be."""
        return self._painting

    def losses(
        self,
        painted: Tensor,
        pieces: Sequence[tuple[int, Tensor]],
        weights: LossWeights,
    ) -> Losses:
        """Return the losses of each picture, differentiable.

        Args:
            painted: (N, 3, H, W), the network's pictures.
            pieces: number and (1, 3, H, W) of what each was painted from; equal
                numbers are equal pieces.
            weights: of the losses.
        """
        goals = [self._goals(number, piece) for number, piece in pieces]
        objective = Objective(_side_by_side(goals), weights, self._style_loss)
        taps = {
            layer: lambda maps, layer=layer: objective.read(layer, maps)
            for layer in objective.goals
        }
        readings = self._network.read(painted, taps, self._check)
        return objective.losses(painted, readings)

    def _goals(self, number: int, piece: Tensor) -> Goals:
        if number in self._kept:
            return self._kept[number]
        goals = self._builder.goals(piece, (_WHOLE,), (self._targets,))
        size = sum(
            goal.content_maps.nbytes
            for goal in goals.values()
            if goal.content_maps is not None
        )
        if self._kept_bytes + size <= _KEPT_BYTES:
            self._kept[number] = goals
            self._kept_bytes += size
        return goals


def _painting_at(painting: Image.Image, options: TrainingOptions) -> Tensor:
    """Return the painting as large as its strokes shall be, never enlarged."""
    upright = upright_rgb(painting)
    wanted_px = round(options.crop_px * _PAINTING_PER_CROP * options.style_scale)
    size_px = min(max(wanted_px, _SMALLEST_PAINTING_PX), max(upright.size))
    return to_tensor(upright, *fit(*upright.size, size_px))


def weights_of(options: TrainingOptions) -> LossWeights:
    """Return the losses' factors: 8 strength^3 times the default, as for pictures."""
    numbers = options.hyperparameters
    style = (2 * options.style_strength) ** 3
    return LossWeights(
        content=(2 * options.content_strength) ** 3 * numbers.content_weight,
        style=style,
        total_variation=style * numbers.total_variation_weight,
    )


def _side_by_side(goals: Sequence[Goals]) -> dict[str, LayerGoal]:
    """Return one batch's goals from those of its pieces, which share the painting."""
    return {layer: _joined([each[layer] for each in goals]) for layer in goals[0]}


def _joined(goals: Sequence[LayerGoal]) -> LayerGoal:
    first = goals[0]
    maps = [each.content_maps for each in goals if each.content_maps is not None]
    return replace(
        first,
        content_scale=torch.cat([each.content_scale for each in goals]),
        content_maps=torch.cat(maps) if maps else None,
        regions=tuple(_regions_joined([each.regions for each in goals])),
    )


def _regions_joined(
    regions: Sequence[tuple[RegionGoal, ...]],
) -> list[RegionGoal]:
    return [
        replace(of_pieces[0], scale=torch.cat([each.scale for each in of_pieces]))
        for of_pieces in zip(*regions, strict=True)
    ]
