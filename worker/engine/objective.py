"""What one rung of the ladder minimizes: the weighted sum of three losses.

total = content + style + total variation. Each distance is divided by its layer's own
scale, so the recipe's weights hold at every size and for every pair.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .backbones.vgg import Vgg19
from .losses import (
    StyleTarget,
    content_distance,
    gram_distance,
    moments,
    own_scale,
    total_variation,
    wasserstein_distance,
)
from .options import StyleLoss
from .recipe import Recipe

Checkpoint = Callable[[], None]


@dataclass(frozen=True)
class LossWeights:
    """The factors of the three losses at one rung."""

    content: float
    style: float
    total_variation: float


@dataclass(frozen=True)
class Losses:
    """Weighted scalar tensors on the device: reading one waits for it."""

    content: Tensor
    style: Tensor
    total_variation: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum."""
        return self.content + self.style + self.total_variation

    def detach(self) -> "Losses":
        """Return the values alone, without the graph that made them."""
        return Losses(
            content=self.content.detach(),
            style=self.style.detach(),
            total_variation=self.total_variation.detach(),
        )


class Objective:
    """The losses of a pastiche against one content and one style at one size.

    Args:
        network: the eye.
        recipe: layers and their weights.
        content_image: (1, 3, H, W), the pastiche's size.
        style_targets: by layer, of the style layers and of the content layer.
        weights: of the three losses.
        style_loss: the distance between style statistics.
        checkpoint: called between layers; may raise.
    """

    def __init__(
        self,
        network: Vgg19,
        recipe: Recipe,
        content_image: Tensor,
        style_targets: Mapping[str, StyleTarget],
        weights: LossWeights,
        *,
        style_loss: StyleLoss,
        checkpoint: Checkpoint,
    ) -> None:
        self._network = network
        self._recipe = recipe
        self._targets = style_targets
        self._weights = weights
        self._is_gram = style_loss is StyleLoss.GRAM
        self._checkpoint = checkpoint
        self._scales: dict[str, Tensor] = {}
        with torch.no_grad():
            for layer, maps in self._tap(content_image):
                style = style_targets[layer].moments
                self._scales[layer] = own_scale(moments(maps), style)
                if layer == recipe.content_layer:
                    self._content_maps = maps

    def _tap(self, image: Tensor) -> Iterator[tuple[str, Tensor]]:
        return self._network.feature_maps(image, self._recipe.taps, self._checkpoint)

    def __call__(self, pastiche: Tensor) -> Losses:
        """Return the weighted losses of (1, 3, H, W), differentiable."""
        content = style = pastiche.new_zeros(())
        whole = sum(self._recipe.style_layers.values())
        for layer, maps in self._tap(pastiche):
            self._checkpoint()
            if layer == self._recipe.content_layer:
                distance = content_distance(maps, self._content_maps)
                content = content + (distance / self._scales[layer]).sum()
            if layer in self._recipe.style_layers:
                share = self._recipe.style_layers[layer] / whole
                style = style + share * self._style_loss(layer, maps)
        return Losses(
            content=self._weights.content * content,
            style=self._weights.style * style,
            total_variation=self._weights.total_variation
            * total_variation(pastiche).sum(),
        )

    def _style_loss(self, layer: str, maps: Tensor) -> Tensor:
        target = self._targets[layer]
        if self._is_gram:
            return self._recipe.gram_weight * gram_distance(maps, target).sum()
        return (wasserstein_distance(maps, target) / self._scales[layer]).sum()


def style_targets(
    network: Vgg19, recipe: Recipe, style_image: Tensor, checkpoint: Checkpoint
) -> dict[str, StyleTarget]:
    """Return the statistics of (1, 3, H, W) at every layer that is read."""
    with torch.no_grad():
        taps = network.feature_maps(style_image, recipe.taps, checkpoint)
        return {layer: StyleTarget.of(moments(maps)) for layer, maps in taps}
