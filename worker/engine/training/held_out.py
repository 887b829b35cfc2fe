"""The judge of a training: pictures of photographs that it never learns from.

Its layers are not those that are trained on, so that a training can not flatter
itself. A style's number alone does not see lost content: all are read together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

import torch
from torch import Tensor

from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.judgement.detail import edge_correlation, grain
from worker.engine.judgement.palette import foreign_hue, oklab, palette_distance
from worker.engine.losses.distances import (
    StyleTarget,
    content_distance,
    gram_distance,
    own_scale,
)
from worker.engine.losses.statistics import Moments, moments

#: Of a picture's style error; the last one is the content's, too.
_LAYERS = ("relu1_2", "relu2_2", "relu3_2", "relu4_3")
_CONTENT = "relu4_3"


@dataclass(frozen=True, kw_only=True)
class HeldOutScore:
    """Means over the held-out photographs.

    Attributes:
        style_error: relative squared error of the Gram matrices: 0 is best, the
            photograph has about 1.
        content_error: 0 for the photograph, about 1 if nothing of it is left.
        edge_correlation: with the photograph's edges, 1 if all are kept.
        palette_distance: of the colours from the painting's; 0 is best.
        noise: finest grain in percent of lightness.
        foreign_hue: chroma (OKLab, times 100) at hues where the painting has less.
        chroma: mean of the colours', OKLab, times 100.
    """

    style_error: float
    content_error: float
    edge_correlation: float
    palette_distance: float
    noise: float
    foreign_hue: float
    chroma: float

    @classmethod
    def mean(cls, scores: Sequence["HeldOutScore"]) -> "HeldOutScore":
        """Return the mean of several."""
        names = cls.__dataclass_fields__
        return cls(**{n: fmean(getattr(each, n) for each in scores) for n in names})


class PaintingNumbers(NamedTuple):
    """What a painting's pictures may have of it: grain, and mean chroma."""

    noise: float
    chroma: float


class _Photograph(NamedTuple):
    lightness: Tensor
    content_maps: Tensor
    content_scale: Tensor


class HeldOutJudge:
    """Measures pictures of fixed photographs against one painting.

    Args:
        photographs: (1, 3, H, W) each, sides multiples of 4.
        painting: (1, 3, H, W), as large as its strokes shall be.
        network: that compares.
        check: called many times a second; may raise.

    Attributes:
        painting: numbers of it.
    """

    def __init__(
        self,
        photographs: Sequence[Tensor],
        painting: Tensor,
        network: FeatureExtractor,
        check: InterruptionCheck,
    ) -> None:
        self._network, self._check = network, check
        colors = oklab(painting.cpu())
        self._colors = _thinned(colors)
        self.painting = PaintingNumbers(grain(colors), _chroma(colors))
        style = self._moments(painting)
        self._targets = {layer: StyleTarget(each) for layer, each in style.items()}
        self._photographs = [self._known(each, style[_CONTENT]) for each in photographs]

    @torch.no_grad()
    def score(self, painted: Sequence[Tensor]) -> HeldOutScore:
        """Return the mean over the pictures, (1, 3, H, W) each, in their order."""
        pairs = zip(painted, self._photographs, strict=True)
        return HeldOutScore.mean([self._one(image, known) for image, known in pairs])

    def _one(self, image: Tensor, known: _Photograph) -> HeldOutScore:
        errors, content_error = [], 0.0
        for layer, maps in self._network.feature_maps(image, _LAYERS, self._check):
            errors.append(float(gram_distance(moments(maps), self._targets[layer])))
            if layer == _CONTENT:
                difference = content_distance(maps, known.content_maps) / maps.numel()
                content_error = float(difference / known.content_scale)
        colors = oklab(image.cpu())
        return HeldOutScore(
            style_error=fmean(errors),
            content_error=content_error,
            edge_correlation=edge_correlation(colors[:, :1], known.lightness),
            palette_distance=palette_distance(_thinned(colors), self._colors),
            noise=grain(colors),
            foreign_hue=foreign_hue(_thinned(colors), self._colors),
            chroma=_chroma(colors),
        )

    @torch.no_grad()
    def _known(self, photograph: Tensor, style: Moments) -> _Photograph:
        maps_of = self._network.feature_maps(photograph, (_CONTENT,), self._check)
        _, maps = next(iter(maps_of))
        lightness = oklab(photograph.cpu())[:, :1]
        return _Photograph(lightness, maps, own_scale(moments(maps), style))

    @torch.no_grad()
    def _moments(self, image: Tensor) -> dict[str, Moments]:
        maps_of = self._network.feature_maps(image, _LAYERS, self._check)
        return {layer: moments(maps) for layer, maps in maps_of}


def _thinned(colors: Tensor) -> Tensor:
    """Return every second pixel both ways: colours are told as well, at a quarter."""
    return colors[..., ::2, ::2]


def _chroma(colors: Tensor) -> float:
    return float(torch.hypot(colors[:, 1], colors[:, 2]).mean() * 100)
