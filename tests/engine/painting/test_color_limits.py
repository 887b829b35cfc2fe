"""A pastiche has the hues of its paintings, and where none is those of the photo."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.engine.conftest import hills, paint_with, strokes
from worker.engine import (
    Color,
    OptimizerName,
    Preset,
    Start,
    Style,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.images import to_tensor
from worker.engine.painting.color_limits import (
    ColorLimits,
    saturation_by_hue,
)
from worker.engine.painting.color_limits import chroma as chroma_of
from worker.engine.painting.colors import luminance, match_colors

SHORT = StylizeOptions(size_px=64, steps=6, style_loss=StyleLoss.GRAM)


def plain(*color: float, side_px: int = 40) -> Tensor:
    return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, side_px, side_px).clone()


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def chroma(image: Image.Image) -> np.ndarray:
    """(H, W), greatest less least value of a pixel, in levels of 255."""
    return np.ptp(np.asarray(image).astype(int), axis=2)


def saturation(image: Tensor) -> Tensor:
    return chroma_of(image).norm(dim=1)


def limited(image: Tensor, painting: Tensor) -> Tensor:
    found = image.clone()
    ColorLimits(saturation_by_hue(painting)[None, None], None, slack=0)(found)
    return found


def test_pure_colours_have_chroma_one_and_hues_a_third_apart() -> None:
    found = chroma_of(torch.eye(3).reshape(1, 3, 3, 1))[0, :, :, 0]
    assert found.norm(dim=0).tolist() == pytest.approx([1, 1, 1])
    assert found.mT[0] @ found.mT[1] == pytest.approx(-0.5)
    assert found.sum(dim=1).tolist() == pytest.approx([0, 0], abs=1e-6)


def test_grey_in_a_colour_does_not_change_its_chroma() -> None:
    color = plain(0.5, 0.2, 0.1)
    torch.testing.assert_close(chroma_of(color), chroma_of(color + 0.3))


def test_a_painting_has_its_own_hues_and_no_other() -> None:
    limits = saturation_by_hue(plain(0.8, 0.2, 0.2))
    assert float(limits[0]) == pytest.approx(0.6, abs=0.003)
    assert limits[21:340].tolist() == [0] * 319
    assert saturation_by_hue(plain(0.4, 0.4, 0.4)).tolist() == [0] * 360


def test_a_fringe_is_no_colour_of_a_painting() -> None:
    painting = plain(0.5, 0.5, 0.5)
    painting[0, :, 0, 0] = torch.tensor([0.0, 0.0, 1.0])  # 1 of 1600 pixels
    assert saturation_by_hue(painting).tolist() == [0] * 360
    painting[0, :, 0, 1] = torch.tensor([0.0, 0.0, 1.0])
    assert float(saturation_by_hue(painting)[240]) == pytest.approx(1)


def test_only_what_counts_of_a_painting_lends_its_hues() -> None:
    painting = torch.cat((plain(1, 0, 0), plain(0, 1, 0)), dim=3)
    left = torch.zeros(1, 1, 40, 80)
    left[..., :40] = 1
    limits = saturation_by_hue(painting, left)
    assert (float(limits[0]), float(limits[120])) == pytest.approx((1, 0))


def test_too_much_saturation_goes_and_light_and_hue_stay(
    random: torch.Generator,
) -> None:
    image = torch.rand(1, 3, 30, 30, generator=random)
    found = image.clone()
    ColorLimits(torch.full((1, 1, 360), 0.3), None, slack=0)(found)
    was = saturation(image)
    assert torch.allclose(saturation(found), was.clamp_max(0.3), atol=0.02)
    torch.testing.assert_close(luminance(found), luminance(image), atol=1e-5, rtol=0)
    turn = torch.nn.functional.cosine_similarity(chroma_of(found), chroma_of(image))
    assert float(turn[was > 0.05].min()) > 0.999
    free = was[0] < 0.27
    torch.testing.assert_close(found[0, :, free], image[0, :, free], atol=1e-5, rtol=0)
    assert -1e-6 <= float(found.min()) <= float(found.max()) <= 1 + 1e-6


def test_a_foreign_hue_goes_to_the_nearest_there_is() -> None:
    red = plain(0.8, 0.2, 0.2)
    yellow, blue = plain(0.6, 0.6, 0.1), plain(0.2, 0.2, 0.8)
    found = chroma_of(limited(yellow, red))[0, :, 0, 0]
    assert float(found[0]) == pytest.approx(0.25, abs=0.04)  # its part along red
    assert abs(float(found[1])) < 0.1
    assert float(saturation(limited(blue, red)).max()) < 0.02
    for image in (yellow, blue):
        torch.testing.assert_close(luminance(limited(image, red)), luminance(image))


def test_what_two_colours_mix_to_is_theirs_and_what_they_do_not_is_not() -> None:
    both = torch.cat((plain(0.8, 0.2, 0.2), plain(0.2, 0.2, 0.8)), dim=3)
    violet, green = plain(0.5, 0.2, 0.5), plain(0.2, 0.8, 0.2)
    assert torch.allclose(limited(violet, both), violet, atol=0.01)
    assert float(saturation(limited(green, both)).max()) < 0.02


def test_a_small_difference_stays_small(random: torch.Generator) -> None:
    painting = to_tensor(strokes(), 80, 80)
    image = torch.rand(1, 3, 60, 60, generator=random)
    moved = image + 1e-3 * torch.randn(image.shape, generator=random)
    gap = limited(moved, painting) - limited(image, painting)
    assert float(gap.norm()) < 1.1 * float((moved - image).norm())


def test_colours_that_would_not_fit_become_paler_and_no_lighter() -> None:
    pale, red = plain(1.0, 0.95, 0.9), plain(1.0, 0.0, 0.0)
    found = limited(pale, red)
    assert float(found.max()) <= 1
    torch.testing.assert_close(luminance(found), luminance(pale))


def test_every_colour_of_a_painting_is_within_its_own_limits() -> None:
    painting = to_tensor(strokes(), 80, 80)
    found = painting.clone()
    for _ in range(100):  # as many steps
        found = limited(found, painting)
    assert float((found - painting).abs().mean()) < 0.01


def test_limits_follow_the_regions_and_leave_the_rest_free() -> None:
    shares = torch.zeros(2, 1, 3)
    shares[0, 0, 0] = shares[1, 0, 1] = 1
    limits = torch.stack((torch.zeros(360), torch.full((360,), 0.5)))[None]
    image = torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1).repeat(1, 1, 1, 3)
    ColorLimits(limits, shares, slack=0)(image)
    assert saturation(image).flatten().tolist() == pytest.approx(
        [0, 0.5, 0.8], abs=0.02
    )


def test_without_style_strength_nothing_is_limited(small_engine: StyleEngine) -> None:
    picture, _ = paint_with(
        small_engine, replace(SHORT, style_strength=0), style_image=grey(strokes())
    )
    assert picture.tobytes() == hills().resize((64, 43), 1).tobytes()


@pytest.mark.parametrize("optimizer", list(OptimizerName))
@pytest.mark.parametrize("start", [Start.CONTENT, Start.NOISE])
@pytest.mark.parametrize("style_loss", list(StyleLoss))
def test_a_grey_painting_gives_a_grey_picture(
    small_engine: StyleEngine,
    style_loss: StyleLoss,
    start: Start,
    optimizer: OptimizerName,
) -> None:
    options = replace(SHORT, style_loss=style_loss, start=start, optimizer=optimizer)
    picture, _ = paint_with(small_engine, options, style_image=grey(strokes()))
    assert chroma(picture).max() <= 1


def test_a_grey_photographs_colours_are_grey(small_engine: StyleEngine) -> None:
    picture, _ = paint_with(
        small_engine, replace(SHORT, color=Color.MATCHED), content_image=grey(hills())
    )
    assert chroma(picture).max() <= 4
    painted = to_tensor(strokes(), 80, 80)
    found = match_colors(painted, to_tensor(grey(hills()), 96, 64))
    assert float((found - luminance(found)).abs().max()) < 1e-3


def test_each_picture_of_a_batch_has_its_own_hues(small_engine: StyleEngine) -> None:
    for step in small_engine.stylize_batch(
        [hills(), hills()], [grey(strokes()), strokes()], SHORT
    ):
        first, second = step.pictures()
    assert chroma(first).max() <= 1
    assert chroma(second).mean() > 40


def top(width_px: int = 96, height_px: int = 64) -> Image.Image:
    levels = np.zeros((height_px, width_px), dtype=np.uint8)
    levels[: height_px // 2] = 255
    return Image.fromarray(levels)


def bare_difference(
    engine: StyleEngine, style: Image.Image, **choices: object
) -> Tensor:
    """Levels of 255, (3, H, W), by which the part far below a mask differs."""
    options = StylizeOptions(size_px=96, preset=Preset.DRAFT, **choices)  # type: ignore[arg-type]  # as they come
    for step in engine.stylize(
        hills(), [Style(image=style, mask=top())], options, report_interval_s=1e9
    ):
        picture = step.picture()
    difference = to_tensor(picture, 96, 64) - to_tensor(hills(), 96, 64)
    return difference[0, :, 32 + 16 :] * 255


@pytest.mark.vgg_weights
def test_where_no_painting_goes_the_photographs_colours_stay(
    real_engine: StyleEngine,
) -> None:
    found = bare_difference(real_engine, strokes(), steps=15)
    assert float(found.abs().mean()) <= 4
    assert float(found.mean(dim=(1, 2)).abs().max()) <= 3


@pytest.mark.vgg_weights
@pytest.mark.parametrize("is_grey", [True, False])
def test_line_art_in_black_and_white_gives_no_violet(
    real_engine: StyleEngine, *, is_grey: bool
) -> None:
    lines = Image.fromarray(np.indices((96, 96)).sum(axis=0).astype(np.uint8) // 4 % 2)
    options = StylizeOptions(size_px=64, preset=Preset.DRAFT, steps=20)
    picture, _ = paint_with(
        real_engine,
        options,
        content_image=grey(hills()) if is_grey else hills(),
        style_image=lines.point(lambda level: level * 255).convert("RGB"),
    )
    assert chroma(picture).max() <= 1
