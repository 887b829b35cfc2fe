"""How well a painted cloud looks from cameras that it was not painted from.

Style and content errors are those of the judge of pictures, of what is covered alone;
they take a network. Edges and consistency take none. Knows no files.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np
from PIL import Image
from torch import Tensor

from app.contract.painting.ladder import fit
from worker.cloudfile.cameras import frame_of, held_out_pairs
from worker.cloudfile.cloud import Floats, PointCloud
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.images import to_tensor
from worker.engine.judgement.detail import edge_correlation
from worker.engine.judgement.palette import oklab
from worker.engine.judgement.report import (
    CONTENT_LAYER,
    DEEP_LAYERS,
    SHALLOW_LAYERS,
)
from worker.engine.losses.distances import StyleTarget, gram_distance, own_scale
from worker.engine.losses.feature_pass import FeaturePass, feature_pass, shares_at
from worker.engine.pointcloud.holes import filled
from worker.engine.pointcloud.options import CloudOptions
from worker.engine.pointcloud.reprojection import differences_of_pairs
from worker.engine.pointcloud.views import Views

#: Added to a job's seed: no camera that paints stands where one of these does.
HELD_OUT = 991
_JUDGED_PX = 256
#: A view that shows less of the cloud is not judged.
_LEAST_COVER = 1e-3
_STYLE_LAYERS = (*SHALLOW_LAYERS, *DEEP_LAYERS)
_LAYERS = frozenset((*_STYLE_LAYERS, CONTENT_LAYER))


@dataclass(frozen=True, kw_only=True)
class CloudReport:
    """Means over held-out views; None of what could not be measured.

    Attributes:
        style_error_before: relative squared error of the Gram matrices of the cloud as
            it came; 0 is best.
        style_error_after: likewise, painted.
        content_error: squared difference of deep features from the cloud as it came; 0
            for the same, about 1 if nothing of it is left.
        edge_correlation: of the slopes of lightness before and after; 1 for equal ones.
        consistency_before: root mean square of how unlike two neighbouring views show
            the same places of the cloud as it came; 0 to 1, 0 is best.
        consistency_after: likewise, painted.
    """

    style_error_before: float | None = None
    style_error_after: float | None = None
    content_error: float | None = None
    edge_correlation: float | None = None
    consistency_before: float | None = None
    consistency_after: float | None = None

    @property
    def ratio(self) -> float | None:
        """What is left of the style error."""
        if self.style_error_after is None or not self.style_error_before:
            return None
        return self.style_error_after / self.style_error_before


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Who compares with paintings.

    Attributes:
        network: the feature extractor.
        style_images: RGB.
        weights: of them, adding up to 1.
    """

    network: FeatureExtractor
    style_images: Sequence[Image.Image]
    weights: Sequence[float]


def report_of(
    cloud: PointCloud,
    painted: Floats,
    views: Views,
    options: CloudOptions,
    check: InterruptionCheck,
    judge: Judge | None = None,
) -> CloudReport:
    """Measure a cloud by cameras of its own.

    Args:
        cloud: as it came.
        painted: (N, 3), its new colours.
        views: that it was painted from, of which points and spacings are taken.
        options: of the job.
        check: called several times a second; may raise.
        judge: of style and content; these are not measured without.
    """
    frame = frame_of(cloud.centred, options.up)
    cameras = held_out_pairs(frame, options.seed + HELD_OUT)
    with closing(views.others(cameras, min(options.view_px, _JUDGED_PX))) as held_out:
        return judge_cloud(held_out, cloud.colors, painted, check, judge)


def judge_cloud(
    views: Views,
    before: Floats,
    after: Floats,
    check: InterruptionCheck,
    judge: Judge | None = None,
) -> CloudReport:
    """Measure a cloud on views that it was not painted from.

    Args:
        views: held-out ones; two that follow each other see much the same.
        before: (N, 3), the colours that came.
        after: (N, 3), as painted.
        check: called several times a second; may raise.
        judge: of style and content.
    """
    measured = _Measured()
    comparison = None if judge is None else _Comparison(judge, views.side_px, check)
    for number in range(len(views)):
        check()
        pictures = [views.picture(number, colors) for colors in (before, after)]
        cover = pictures[0][1]
        if float(cover.mean()) < _LEAST_COVER:
            continue
        whole = [filled(*picture).clamp(0, 1) for picture in pictures]
        lightness = [oklab(each)[:, :1] for each in whole]
        measured.edges.append(edge_correlation(lightness[1], lightness[0]))
        if comparison is not None:
            comparison.compare(whole, cover, measured)
    return CloudReport(
        style_error_before=_mean(measured.style_before),
        style_error_after=_mean(measured.style_after),
        content_error=_mean(measured.content),
        edge_correlation=_mean(measured.edges),
        consistency_before=view_consistency(views, before),
        consistency_after=view_consistency(views, after),
    )


@dataclass
class _Measured:
    """A number a view of each kind."""

    style_before: list[float] = field(default_factory=list)
    style_after: list[float] = field(default_factory=list)
    content: list[float] = field(default_factory=list)
    edges: list[float] = field(default_factory=list)


class _Comparison:
    """Compares views with paintings that were read once."""

    def __init__(self, judge: Judge, side_px: int, check: InterruptionCheck) -> None:
        self._judge, self._check = judge, check
        self._targets = []
        for image in judge.style_images:
            size = fit(*image.size, min(side_px, max(image.size)))
            read = self._read(to_tensor(image, *size), None)
            self._targets.append(
                {layer: StyleTarget(found.moments[0]) for layer, found in read.items()}
            )

    def compare(
        self, pictures: Sequence[Tensor], cover: Tensor, into: _Measured
    ) -> None:
        """Add the errors of a view before and after.

        Args:
            pictures: two of (1, 3, H, W), without holes.
            cover: (1, 1, H, W).
            into: what is added to.
        """
        before, after = (self._read(picture, cover) for picture in pictures)
        into.style_before.append(self._style_error(before))
        into.style_after.append(self._style_error(after))
        old, new = before[CONTENT_LAYER], after[CONTENT_LAYER]
        if old.maps is None or new.maps is None:
            raise RuntimeError("the content's feature maps were not kept")
        difference = (new.maps - old.maps).square().mean()
        style = self._targets[0][CONTENT_LAYER].moments
        unrelated = own_scale(old.moments[0], style)
        into.content.append(float(difference / unrelated))

    def _style_error(self, found: dict[str, FeaturePass]) -> float:
        return sum(
            weight
            * fmean(
                float(gram_distance(found[layer].moments[0], target[layer]))
                for layer in _STYLE_LAYERS
            )
            for weight, target in zip(self._judge.weights, self._targets, strict=True)
        )

    def _read(self, image: Tensor, cover: Tensor | None) -> dict[str, FeaturePass]:
        network = self._judge.network
        shares = {
            layer: (
                None
                if cover is None
                else shares_at(cover.to(network.device), network.stride(layer)),
            )
            for layer in _LAYERS
        }
        return feature_pass(
            network, image.to(network.device), shares, self._check, keep=[CONTENT_LAYER]
        )


def view_consistency(views: Views, colors: Floats) -> float | None:
    """Return how unlike neighbouring views show the same places: a root mean square.

    None where no two of them see the same.
    """
    found = differences_of_pairs(views, colors)
    return float(np.sqrt(np.mean(found**2))) if found.size else None


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None
