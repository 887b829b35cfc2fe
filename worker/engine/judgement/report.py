"""The quality report: eleven numbers that a broken picture can not all get right.

Each is blind to something that another sees: read them together, and look at the
picture. Knows the network, no files and no terminal.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

import torch
from PIL import Image
from torch import Tensor

from app.contract.painting.ladder import fit
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.extractor import FeatureExtractor
from worker.engine.features.weights import VggWeights
from worker.engine.images import to_tensor, upright_rgb
from worker.engine.judgement.detail import (
    edge_correlation,
    grain,
    sharpness,
    stroke_error,
)
from worker.engine.judgement.palette import foreign_hue, oklab, palette_distance
from worker.engine.judgement.places import layout_distance, like_on_like
from worker.engine.losses.distances import (
    StyleTarget,
    content_distance,
    gram_distance,
    own_scale,
)
from worker.engine.losses.statistics import moments

#: None of these layers is optimized by default: the engine can not flatter itself.
SHALLOW_LAYERS = ("relu1_2", "relu2_2")
DEEP_LAYERS = ("relu3_2", "relu4_3", "relu5_2")
CONTENT_LAYER = "relu4_3"
#: All that are read. Their names sort by depth.
_LAYERS = frozenset((*SHALLOW_LAYERS, *DEEP_LAYERS, CONTENT_LAYER))
#: With less the deepest layers see nothing.
MIN_SIDE_PX = 32
#: Larger pastiches are judged at this long side, which takes 2.7 GB at 4:3.
LARGEST_PX = 2048


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """How near a pastiche is to its style and its content, and how clean it is.

    Attributes:
        style_error_shallow: relative squared error of the Gram matrices, mean of
            `SHALLOW_LAYERS`: colours and strokes. 0 is best; the content has 0.2 to 1.
        style_error_deep: likewise of `DEEP_LAYERS`: large forms.
        palette_distance: sliced Wasserstein-1 of the OKLab colours, times 100. 0 is
            best; it sees no places, so false colours that are nowhere in the style.
        content_error: mean squared difference at `CONTENT_LAYER`, relative to that of
            unrelated positions: 0 for the content, about 1 if nothing of it is left.
        edge_correlation: of the content's and the pastiche's slopes of lightness, -1
            to 1; 0 for unrelated pictures.
        sharpness: fine detail relative to the style's; near 1 is best, less is blurred.
        noise: standard deviation of the finest grain, in percent of lightness; a
            painting's canvas passes for grain too.
        stroke_error: of the pattern of the finest detail at the picture's own size,
            against the style's: 0 is best, 1 is none. The network's shallow layers,
            which the engine optimizes next to, hardly see what is missing there.
        foreign_hue: mean chroma (OKLab, times 100) at hues where neither picture has
            so much. 0 is best; it sees no places, and no hue that is rare in one of
            them and everywhere in the result.
        layout: how far the places of `CONTENT_LAYER` are from being alike as the
            content's are: 0 for the content. Blind to what they look like.
        like_on_like: share of places that look like a place of the style of their own
            kind, 0 to 1; kinds are clusters of `CONTENT_LAYER` that content and style
            share. Blind to how like they look, and without meaning if they share none.
    """

    style_error_shallow: float
    style_error_deep: float
    palette_distance: float
    content_error: float
    edge_correlation: float
    sharpness: float
    noise: float
    stroke_error: float
    foreign_hue: float
    layout: float
    like_on_like: float


def judge(
    content_image: Image.Image,
    style_image: Image.Image,
    pastiche: Image.Image,
    vgg_weights: VggWeights,
) -> QualityReport:
    """Measure a pastiche against the pictures that it was made from.

    Always in float32 and on the CPU, so that equal pictures get equal numbers whatever
    painted them.

    Args:
        content_image: of any size and mode, like the other two; it is brought to the
            pastiche's size, even if its aspect is another.
        style_image: brought to the pastiche's long side, never enlarged.
        pastiche: the picture to be judged, at most at `LARGEST_PX`.
        vgg_weights: of the network that compares.

    Raises:
        ValueError: a picture is less than `MIN_SIDE_PX` on a side.
    """
    return judge_with(Vgg(vgg_weights), content_image, style_image, pastiche)


@torch.no_grad()
def judge_with(
    network: FeatureExtractor,
    content_image: Image.Image,
    style_image: Image.Image,
    pastiche: Image.Image,
) -> QualityReport:
    """Likewise, by a network that is there, on its device and in its precision."""
    images = _at_one_scale(content_image, style_image, pastiche)
    there = (image.to(network.device) for image in images)
    style_errors, content_error, places = _seen_by(network, *there)
    content_colors, style_colors, colors = (oklab(image) for image in images)
    lightness = colors[:, :1]
    return QualityReport(
        style_error_shallow=_mean(style_errors, SHALLOW_LAYERS),
        style_error_deep=_mean(style_errors, DEEP_LAYERS),
        palette_distance=palette_distance(colors, style_colors),
        content_error=content_error,
        edge_correlation=edge_correlation(lightness, content_colors[:, :1]),
        sharpness=sharpness(lightness, style_colors[:, :1]),
        noise=grain(colors),
        stroke_error=stroke_error(lightness, style_colors[:, :1]),
        foreign_hue=foreign_hue(colors, content_colors, style_colors),
        layout=places[0],
        like_on_like=places[1],
    )


def _at_one_scale(
    content_image: Image.Image, style_image: Image.Image, pastiche: Image.Image
) -> tuple[Tensor, Tensor, Tensor]:
    """Return content, style and pastiche as the engine's finest rung compares them.

    Returns:
        Three (1, 3, H, W); the style's height and width are its own.
    """
    pictures = {"content": content_image, "style": style_image, "pastiche": pastiche}
    for name, picture in pictures.items():
        if min(picture.size) < MIN_SIDE_PX:
            raise ValueError(
                f"the {name} image is {picture.width} x {picture.height} px, must be "
                f"at least {MIN_SIDE_PX} px on each side"
            )
    content, style, result = (upright_rgb(each) for each in pictures.values())
    scale_px = min(max(result.size), LARGEST_PX)
    size = fit(*result.size, scale_px)
    style_size = fit(*style.size, min(scale_px, max(style.size)))
    return (
        to_tensor(content, *size),
        to_tensor(style, *style_size),
        to_tensor(result, *size),
    )


def _seen_by(
    network: FeatureExtractor,
    content_image: Tensor,
    style_image: Tensor,
    pastiche: Tensor,
) -> tuple[dict[str, float], float, tuple[float, float]]:
    """Return style errors by layer, the content error, layout and like on like."""
    targets, style_maps = {}, style_image
    for layer, maps in _tap(network, style_image, _LAYERS):
        targets[layer] = StyleTarget(moments(maps))
        if layer == CONTENT_LAYER:
            style_maps = maps
    _, content_maps = next(_tap(network, content_image, (CONTENT_LAYER,)))
    unrelated = own_scale(moments(content_maps), targets[CONTENT_LAYER].moments)
    style_errors, content_error, places = {}, 0.0, (0.0, 0.0)
    for layer, maps in _tap(network, pastiche, _LAYERS):
        style_errors[layer] = float(gram_distance(moments(maps), targets[layer]))
        if layer == CONTENT_LAYER:
            difference = content_distance(maps, content_maps) / maps.numel()
            content_error = float(difference / unrelated)
            places = (
                layout_distance(maps, content_maps),
                like_on_like(maps, content_maps, style_maps),
            )
    return style_errors, content_error, places


def _tap(
    network: FeatureExtractor, image: Tensor, layers: Iterable[str]
) -> Iterator[tuple[str, Tensor]]:
    """Yield the layers' feature maps; nobody interrupts a judge."""
    return network.feature_maps(image, layers, lambda: None)


def _mean(errors: Mapping[str, float], layers: Iterable[str]) -> float:
    return fmean(errors[layer] for layer in layers)
