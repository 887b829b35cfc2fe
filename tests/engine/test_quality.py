"""A guard, not a judge: a broken picture can not pass, a good one may still be dull."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from worker.engine import Preset, StyleEngine, StylizeOptions
from worker.engine.backbones.vgg import Vgg19
from worker.engine.images import to_tensor
from worker.engine.losses import StyleTarget, gram_distance, moments
from worker.engine.weights import VggWeights

from .conftest import hills, paint_with

pytestmark = pytest.mark.vgg_weights

#: Layers that are not optimized.
UNSEEN_LAYERS = ("relu1_2", "relu2_2", "relu3_2")
SIZE_PX = 160
#: Coarser than the strokes: what remains is the content's layout.
BLUR_PX = 9


def pixels(image: Image.Image) -> Tensor:
    return to_tensor(image, *image.size)


def palette_distance(one: Tensor, two: Tensor) -> float:
    """Sliced Wasserstein-1 between the colours, in percent of the pixel range."""
    random = torch.Generator().manual_seed(0)
    directions = torch.nn.functional.normalize(
        torch.randn(16, 3, generator=random), dim=1
    )
    levels = torch.linspace(0, 1, 200)
    sorted_colours = [
        torch.quantile(directions @ each[0].flatten(1), levels, dim=1)
        for each in (one, two)
    ]
    return float((sorted_colours[0] - sorted_colours[1]).abs().mean() * 100)


def light(image: Tensor) -> Tensor:
    """Luminance without strokes, (H, W)."""
    grey = image.mean(dim=1, keepdim=True)
    return torch.nn.functional.avg_pool2d(grey, BLUR_PX, stride=1)[0, 0]


def edges(image: Tensor) -> Tensor:
    """Strength of the luminance's slope at every pixel, (H, W)."""
    return torch.hypot(*torch.gradient(light(image)))


def correlation(one: Tensor, two: Tensor) -> float:
    return float(torch.corrcoef(torch.stack((one.flatten(), two.flatten())))[0, 1])


def night(side_px: int) -> Image.Image:
    """A style: fine yellow waves on dark blue, light and dark in large forms."""
    across = np.linspace(0, 1, side_px)[None, :]
    down = np.linspace(0, 1, side_px)[:, None]
    fine = np.sin(170 * down + 8 * np.sin(9 * across))
    wave = 0.5 + 0.2 * fine + 0.3 * np.sin(6 * across + 3 * down)
    colours = (0.05 + 0.9 * wave, 0.1 + 0.75 * wave, 0.5 - 0.35 * wave)
    return Image.fromarray((np.stack(colours, axis=-1) * 255).round().astype(np.uint8))


@torch.no_grad()
def style_errors(network: Vgg19, image: Tensor, style: Tensor) -> dict[str, float]:
    """Relative distance of the Gram matrices, by layer."""
    wanted = dict(network.feature_maps(style, UNSEEN_LAYERS, lambda: None))
    return {
        layer: float(gram_distance(maps, StyleTarget.of(moments(wanted[layer]))))
        for layer, maps in network.feature_maps(image, UNSEEN_LAYERS, lambda: None)
    }


@pytest.fixture(scope="module")
def pair() -> tuple[Image.Image, Image.Image]:
    return hills(SIZE_PX, 112), night(SIZE_PX)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_picture_is_near_the_style_and_still_shows_the_content(
    precision: str,
    real_weights: VggWeights,
    weights_dir: object,
    pair: tuple[Image.Image, Image.Image],
) -> None:
    engine = StyleEngine.load("cpu", precision, cache_dir=str(weights_dir))
    options = StylizeOptions(size_px=SIZE_PX, preset=Preset.DRAFT, steps=30)
    picture, _ = paint_with(engine, options, content_image=pair[0], style_image=pair[1])
    content, style, pastiche = pixels(pair[0]), pixels(pair[1]), pixels(picture)
    assert palette_distance(pastiche, style) < 4.0
    assert palette_distance(content, style) > 15.0
    network = Vgg19(real_weights.tensors, deepest="relu3_2")
    before = style_errors(network, content, style)
    after = style_errors(network, pastiche, style)
    assert after["relu1_2"] < 0.05 < before["relu1_2"]
    assert after["relu2_2"] < 0.15 < before["relu2_2"]
    assert after["relu3_2"] < 0.6 * before["relu3_2"]
    assert correlation(light(pastiche), light(content)) > 0.88
    assert correlation(edges(pastiche), edges(content)) > 0.2
    # The measures can tell: not every picture in these colours would pass.
    assert correlation(light(pastiche.flip(3)), light(content)) < 0.86
    assert correlation(edges(pastiche.flip(3)), edges(content)) < 0.19
