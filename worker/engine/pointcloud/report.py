"""How well a painted cloud looks from cameras that it was not painted from.

Style errors are those of the judge of pictures, of what is covered alone. Knows the
network, no files.
"""

from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from app.contract.kinds.image.ladder import fit
from worker.engine.features.extractor import FeatureExtractor, InterruptionCheck
from worker.engine.images import to_tensor
from worker.engine.judgement.detail import edge_correlation
from worker.engine.judgement.palette import oklab
from worker.engine.judgement.report import DEEP_LAYERS, SHALLOW_LAYERS
from worker.engine.losses.distances import StyleTarget, gram_distance
from worker.engine.losses.feature_pass import feature_pass, shares_at
from worker.engine.losses.statistics import Moments
from worker.engine.pointcloud.cloud import Floats
from worker.engine.pointcloud.viewing.holes import filled
from worker.engine.pointcloud.viewing.views import Views

#: A point of which a view shows so much, in pixels, is compared.
_SHOWN_PX = 0.5
_LAYERS = (*SHALLOW_LAYERS, *DEEP_LAYERS)


@dataclass(frozen=True, kw_only=True)
class CloudReport:
    """Means over views; each is relative, 0 is best but for edges.

    Attributes:
        style_error_before: squared error of the Gram matrices of the cloud as it came.
        style_error_after: likewise, painted.
        edge_correlation: of the slopes of lightness before and after; 1 for equal
            ones.
    """

    style_error_before: float
    style_error_after: float
    edge_correlation: float

    @property
    def ratio(self) -> float:
        """What is left of the style error."""
        return self.style_error_after / self.style_error_before


def judge_cloud(
    network: FeatureExtractor,
    views: Views,
    before: Floats,
    after: Floats,
    style_image: Image.Image,
    check: InterruptionCheck,
) -> CloudReport:
    """Measure a cloud on views that it was not painted from.

    Args:
        network: the feature extractor.
        views: held-out ones.
        before: (N, 3), the colours that came.
        after: (N, 3), as painted.
        style_image: RGB.
        check: called several times a second; may raise.
    """
    size = fit(*style_image.size, min(views.side_px, max(style_image.size)))
    painting = to_tensor(style_image, *size).to(network.device)
    wanted = _moments(network, painting, None, check)
    targets = {layer: StyleTarget(found) for layer, found in wanted.items()}
    errors: dict[str, list[float]] = {"before": [], "after": []}
    edges = []
    for number in range(len(views)):
        pictures = {}
        for name, colors in (("before", before), ("after", after)):
            picture, cover = views.picture(number, colors)
            pictures[name] = filled(picture, cover).clamp(0, 1)
            shares = cover.to(network.device)
            image = pictures[name].to(network.device)
            found = _moments(network, image, shares, check)
            distances = (gram_distance(found[n], targets[n]) for n in _LAYERS)
            errors[name].append(fmean(float(each) for each in distances))
        light = [oklab(pictures[name])[:, :1] for name in ("after", "before")]
        edges.append(edge_correlation(*light))
    return CloudReport(
        style_error_before=fmean(errors["before"]),
        style_error_after=fmean(errors["after"]),
        edge_correlation=fmean(edges),
    )


def _moments(
    network: FeatureExtractor,
    image: Tensor,
    cover: Tensor | None,
    check: InterruptionCheck,
) -> dict[str, Moments]:
    shares = {
        layer: (None if cover is None else shares_at(cover, network.stride(layer)),)
        for layer in _LAYERS
    }
    found = feature_pass(network, image, shares, check)
    return {layer: each.moments[0] for layer, each in found.items()}


def view_consistency(views: Views, colors: Floats) -> float:
    """Return how unlike two views show the same points, as a root mean square.

    Each point's colour as two neighbouring views show it, where both see it.
    """
    differences: list[Floats] = []
    for one in range(len(views) - 1):
        pair = [_seen_colors(views, number, colors) for number in (one, one + 1)]
        both = pair[0][1] & pair[1][1]
        differences.append(pair[0][0][both] - pair[1][0][both])
    return float(np.sqrt(np.mean(np.concatenate(differences) ** 2)))


def _seen_colors(
    views: Views, number: int, colors: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the mean colour of the pixels that show each point, and who is shown."""
    operator = views.operator(number)
    picture, _ = views.picture(number, colors)
    sums, weight = operator.gradient(picture[0].numpy()), operator.visibility
    mean: Floats = np.asarray(sums / np.maximum(weight, 1e-6)[:, None], np.float32)
    return mean, weight > _SHOWN_PX
