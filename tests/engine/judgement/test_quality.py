"""A guard: a broken picture can not pass, a good one may still be dull."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps

from tests.engine.conftest import paint_with
from worker.engine import Preset, QualityReport, StyleEngine, StylizeOptions, judge
from worker.engine.features.backbones.winograd.build import find_compiler
from worker.engine.features.weights import VggWeights
from worker.engine.images import to_picture, to_tensor
from worker.engine.machine.device import cpu_has_bfloat16
from worker.engine.painting.colors import match_colors

pytestmark = pytest.mark.vgg_weights

EXAMPLES = Path(__file__).parents[3] / "examples"
#: Precision and convolutions, by name: what `auto` means on one machine or another.
WAYS = [
    ("float32", "torch"),
    ("float32", "winograd"),
    ("bfloat16", "torch"),
    ("bfloat16", "winograd"),
]
#: Long side and steps. bfloat16 is emulated on many CPUs, 10 to 25 times slower.
EFFORTS = {"float32": (160, 30), "bfloat16": (96, 20)}
#: From and to, of a picture that may pass; a small and hasty one has to.
GOOD = {
    "style_error_shallow": (0.0, 0.03),
    "style_error_deep": (0.0, 0.4),
    "palette_distance": (0.0, 1.0),
    "content_error": (0.0, 0.45),
    "edge_correlation": (0.35, 1.0),
    "sharpness": (0.6, 1.1),
    # At 96 px a stroke is a pixel wide: the painting itself has more than 1.5.
    "noise": (0.0, 2.0),
    "stroke_error": (0.0, 0.25),
    "foreign_hue": (0.0, 0.1),
}


def faults(report: QualityReport) -> set[str]:
    return {
        measure
        for measure, (least, most) in GOOD.items()
        if not least <= getattr(report, measure) <= most
    }


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    precision, convolutions = request.param
    if convolutions == "winograd" and not find_compiler() and not os.environ.get("CI"):
        pytest.skip("no C++ compiler here")
    if request.param == ("bfloat16", "torch") and not cpu_has_bfloat16():
        pytest.skip("bfloat16 is emulated here: `auto` does not take it")
    return precision, convolutions


@pytest.fixture(scope="module")
def content_image(way: tuple[str, str]) -> Image.Image:
    picture = Image.open(EXAMPLES / "contents" / "harbour.jpg").convert("RGB")
    size_px, _ = EFFORTS[way[0]]
    return picture.resize((size_px, size_px * 3 // 4), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def style_image() -> Image.Image:
    return Image.open(EXAMPLES / "styles" / "night.jpg").convert("RGB")


@pytest.fixture(scope="module")
def pastiche(
    way: tuple[str, str],
    real_weights: VggWeights,
    weights_dir: Path,
    content_image: Image.Image,
    style_image: Image.Image,
) -> Image.Image:
    precision, convolutions = way
    engine = StyleEngine.load(
        device="cpu",
        precision=precision,
        convolutions=convolutions,
        cache_dir=weights_dir,
    )
    size_px, steps = EFFORTS[precision]
    options = StylizeOptions(size_px=size_px, preset=Preset.DRAFT, steps=steps)
    picture, _ = paint_with(
        engine, options, content_image=content_image, style_image=style_image
    )
    return picture


def test_the_picture_is_near_the_style_and_still_shows_the_content(
    pastiche: Image.Image,
    content_image: Image.Image,
    style_image: Image.Image,
    real_weights: VggWeights,
) -> None:
    report = judge(content_image, style_image, pastiche, real_weights)
    assert faults(report) == set(), report


def recolored(content: Image.Image, style: Image.Image) -> Image.Image:
    size = content.size
    return to_picture(match_colors(to_tensor(content, *size), to_tensor(style, *size)))


def static(pastiche: Image.Image) -> Image.Image:
    random = torch.Generator().manual_seed(0)
    return to_picture(torch.rand(1, 3, *pastiche.size[::-1], generator=random))


def speckled(pastiche: Image.Image) -> Image.Image:
    """Every thirtieth pixel has a colour of its own."""
    random = np.random.default_rng(0)
    levels = np.array(pastiche)
    speckle = random.random(levels.shape[:2]) < 1 / 30
    levels[speckle] = random.integers(0, 256, (int(speckle.sum()), 3))
    return Image.fromarray(levels)


def swapped(pastiche: Image.Image) -> Image.Image:
    return Image.merge("RGB", pastiche.split()[::-1])


Broken = Callable[[Image.Image, Image.Image, Image.Image], Image.Image]
#: How to break a picture, from content, style and pastiche; what has to tell.
BROKEN: dict[str, tuple[Broken, set[str]]] = {
    "the content itself": (
        lambda content, style, pastiche: content,
        {"style_error_shallow", "style_error_deep", "palette_distance"},
    ),
    "the style itself": (
        lambda content, style, pastiche: style.resize(content.size),
        {"content_error", "edge_correlation"},
    ),
    "the content in the style's colours": (
        lambda content, style, pastiche: recolored(content, style),
        {"style_error_shallow", "style_error_deep"},
    ),
    "static": (
        lambda content, style, pastiche: static(pastiche),
        set(GOOD),
    ),
    "blurred": (
        lambda content, style, pastiche: pastiche.filter(ImageFilter.GaussianBlur(1)),
        {"style_error_shallow", "sharpness", "stroke_error"},
    ),
    "speckled": (
        lambda content, style, pastiche: speckled(pastiche),
        {"sharpness", "noise", "stroke_error", "foreign_hue"},
    ),
    "red and blue swapped": (
        lambda content, style, pastiche: swapped(pastiche),
        {"style_error_shallow", "palette_distance"},
    ),
    "mirrored": (
        lambda content, style, pastiche: ImageOps.mirror(pastiche),
        {"content_error", "edge_correlation"},
    ),
    "mirrored content": (
        lambda content, style, pastiche: ImageOps.mirror(content),
        {"content_error", "edge_correlation", "style_error_deep"},
    ),
}


@pytest.mark.parametrize("way", [("float32", "torch")], ids="-".join, indirect=True)
@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_picture_fails_where_it_is_broken(
    how: str,
    pastiche: Image.Image,
    content_image: Image.Image,
    style_image: Image.Image,
    real_weights: VggWeights,
) -> None:
    make, telling = BROKEN[how]
    broken = make(content_image, style_image, pastiche)
    report = judge(content_image, style_image, broken, real_weights)
    assert telling <= faults(report), report
