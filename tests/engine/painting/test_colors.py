"""Whose colours the picture has, and that its strokes do not depend on it."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.engine.conftest import hills, paint_with, strokes
from worker.engine import Color, Preset, StyleEngine, StylizeOptions
from worker.engine.images import to_tensor
from worker.engine.painting.colors import (
    luminance,
    match_colors,
    match_luminance,
    mix_palette,
    with_luminance_of,
)


def test_matched_colours_have_the_styles_mean_and_covariance() -> None:
    random = np.random.default_rng(0)
    levels = random.normal(0.5, 0.08, (64, 64, 3)).clip(0, 1) * 255
    content = to_tensor(Image.fromarray(levels.astype(np.uint8)), 64, 64)
    style = 0.3 + 0.25 * to_tensor(strokes(), 80, 80)
    found = match_colors(content, style)[0].flatten(1)
    wanted = style[0].flatten(1)
    assert torch.allclose(found.mean(dim=1), wanted.mean(dim=1), atol=5e-3)
    # Up to the floor under empty directions.
    assert torch.allclose(torch.cov(found), torch.cov(wanted), atol=1e-3)


def test_a_grey_photograph_gets_colours_but_no_speckle() -> None:
    grey = to_tensor(hills().convert("L").convert("RGB"), 96, 64)
    found = match_colors(grey, to_tensor(strokes(), 80, 80))
    assert float((found - found.mean(dim=1, keepdim=True)).abs().max()) > 0.1
    one_level = (grey[0, 0] == grey[0, 0, 0, 0]).flatten()
    assert float(found[0].flatten(1)[:, one_level].std(dim=1).max()) < 1e-3


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_give_finite_colours(level: int) -> None:
    flat = to_tensor(Image.new("RGB", (40, 40), (level, level, level)), 40, 40)
    painted = to_tensor(strokes(), 80, 80)
    for image, colors_of in ((flat, painted), (painted, flat), (flat, flat)):
        assert match_colors(image, colors_of).isfinite().all()


def chroma(image: Tensor) -> Tensor:
    return image - luminance(image)


def test_luminance_of_pure_colours_is_that_of_bt_601() -> None:
    pure = torch.eye(3).reshape(1, 3, 3, 1)
    assert luminance(pure).flatten().tolist() == pytest.approx([0.299, 0.587, 0.114])
    assert luminance(torch.ones(1, 3, 1, 1)).item() == pytest.approx(1)


def test_matched_luminance_has_the_mean_and_deviation_of_the_other(
    random: torch.Generator,
) -> None:
    light = 0.5 + 0.1 * torch.rand(1, 1, 40, 40, generator=random)
    wanted = 0.3 + 0.2 * torch.rand(1, 1, 30, 30, generator=random)
    found = match_luminance(light, wanted)
    assert float(found.mean()) == pytest.approx(float(wanted.mean()), abs=1e-4)
    assert float(found.std()) == pytest.approx(float(wanted.std()), abs=1e-4)


def test_lent_chroma_leaves_every_stroke_as_light_as_it_was(
    random: torch.Generator,
) -> None:
    pastiche = torch.rand(1, 3, 20, 20, generator=random)
    lender = torch.rand(1, 3, 20, 20, generator=random)
    found = with_luminance_of(pastiche, lender)
    assert float(found.min()) >= -1e-6
    assert float(found.max()) <= 1 + 1e-6
    assert torch.allclose(luminance(found), luminance(pastiche), atol=1e-5)
    # In the same direction as the lender's, never stronger.
    lent, wanted = chroma(found), chroma(lender)
    assert bool(((lent * wanted) >= -1e-6).all())
    assert bool((lent.abs() <= wanted.abs() + 1e-6).all())


def test_own_luminance_gives_the_lender_back(random: torch.Generator) -> None:
    lender = torch.rand(1, 3, 20, 20, generator=random)
    assert torch.allclose(with_luminance_of(lender, lender), lender, atol=1e-5)


def test_style_colours_change_neither_picture() -> None:
    content, style = hills(), strokes()
    palette = mix_palette(content, [style], Color.STYLE)
    assert (palette.content_image, palette.style_images) == (content, (style,))
    assert palette.colors_from is None


def test_content_colours_are_painted_in_grey() -> None:
    palette = mix_palette(hills(), [strokes()], Color.CONTENT)
    (style_image,) = palette.style_images
    for image in (palette.content_image, style_image):
        levels = np.array(image).astype(int)
        assert np.ptp(levels, axis=2).max() == 0
    content = luminance(to_tensor(hills(), *hills().size))
    style = luminance(to_tensor(style_image, *style_image.size))
    assert float(style.mean()) == pytest.approx(float(content.mean()), abs=0.02)


def test_matched_style_has_the_photographs_mean_colour() -> None:
    content = to_tensor(hills(), *hills().size)
    (matched,) = mix_palette(hills(), [strokes()], Color.MATCHED).style_images
    found = to_tensor(matched, *matched.size)
    wanted = content.mean(dim=(0, 2, 3))
    assert torch.allclose(found.mean(dim=(0, 2, 3)), wanted, atol=0.03)


@pytest.mark.vgg_weights
def test_picture_keeps_the_photographs_colours_when_it_is_asked_to(
    real_engine: StyleEngine,
) -> None:
    content = to_tensor(hills(), *hills().size)
    distance = {}
    for color in Color:
        options = StylizeOptions(
            size_px=max(hills().size), preset=Preset.DRAFT, steps=8, color=color
        )
        picture, _ = paint_with(
            real_engine, options, content_image=hills(), style_image=strokes()
        )
        pastiche = to_tensor(picture, *picture.size)
        distance[color] = float((chroma(pastiche) - chroma(content)).abs().mean())
    assert distance[Color.CONTENT] < 0.01
    assert distance[Color.CONTENT] < distance[Color.MATCHED] < distance[Color.STYLE]
