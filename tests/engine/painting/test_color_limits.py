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
    hue_and_saturation,
    saturation_by_hue,
)
from worker.engine.painting.colors import luminance, match_colors

SHORT = StylizeOptions(size_px=64, steps=6, style_loss=StyleLoss.GRAM)


def plain(*color: float, side_px: int = 40) -> Tensor:
    return torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, side_px, side_px).clone()


def grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def chroma(image: Image.Image) -> np.ndarray:
    """(H, W), greatest less least value of a pixel, in levels of 255."""
    return np.ptp(np.asarray(image).astype(int), axis=2)


def test_pure_colours_have_saturation_one_and_hues_a_third_apart() -> None:
    hue, saturation = hue_and_saturation(torch.eye(3).reshape(1, 3, 3, 1))
    assert saturation.flatten().tolist() == pytest.approx([1, 1, 1])
    assert hue.flatten().remainder(72).tolist() == pytest.approx([0, 24, 48], abs=1e-4)


def test_grey_in_a_colour_changes_neither_hue_nor_saturation() -> None:
    color = plain(0.5, 0.2, 0.1)
    for one, two in zip(
        hue_and_saturation(color), hue_and_saturation(color + 0.3), strict=True
    ):
        torch.testing.assert_close(one, two)


def test_a_painting_has_its_own_hues_and_no_other() -> None:
    limits = saturation_by_hue(plain(0.8, 0.2, 0.2))
    assert float(limits[0]) == pytest.approx(0.6, abs=0.003)
    assert limits[5:68].tolist() == [0] * 63
    assert saturation_by_hue(plain(0.4, 0.4, 0.4)).tolist() == [0] * 72


def test_a_fringe_is_no_colour_of_a_painting() -> None:
    painting = plain(0.5, 0.5, 0.5)
    painting[0, :, 0, 0] = torch.tensor([0.0, 0.0, 1.0])  # 1 of 1600 pixels
    assert saturation_by_hue(painting).tolist() == [0] * 72
    painting[0, :, 0, 1] = torch.tensor([0.0, 0.0, 1.0])
    assert float(saturation_by_hue(painting)[48]) == pytest.approx(1)


def test_only_what_counts_of_a_painting_lends_its_hues() -> None:
    painting = torch.cat((plain(1, 0, 0), plain(0, 1, 0)), dim=3)
    left = torch.zeros(1, 1, 40, 80)
    left[..., :40] = 1
    limits = saturation_by_hue(painting, left)
    assert (float(limits[0]), float(limits[24])) == pytest.approx((1, 0))


def test_too_much_saturation_goes_and_light_and_hue_stay(
    random: torch.Generator,
) -> None:
    before = torch.rand(1, 3, 30, 30, generator=random)
    image = before.clone()
    ColorLimits(torch.full((1, 1, 72), 0.3), None, slack=0)(image)
    hue, saturation = hue_and_saturation(image)
    wanted_hue, was = hue_and_saturation(before)
    torch.testing.assert_close(saturation, was.clamp_max(0.3), atol=1e-5, rtol=0)
    torch.testing.assert_close(luminance(image), luminance(before))
    assert float((hue - wanted_hue)[was > 0.05].abs().max()) < 0.01
    assert torch.equal(image[:, :, was[0, 0] < 0.3], before[:, :, was[0, 0] < 0.3])
    assert 0 <= float(image.min()) <= float(image.max()) <= 1


def test_every_colour_of_a_painting_is_within_its_own_limits() -> None:
    painting = to_tensor(strokes(), 80, 80)
    image = painting.clone()
    ColorLimits(saturation_by_hue(painting)[None, None], None, slack=0)(image)
    assert float((image - painting).abs().mean()) < 1e-3


def test_limits_follow_the_regions_and_leave_the_rest_free() -> None:
    shares = torch.zeros(2, 1, 3)
    shares[0, 0, 0] = shares[1, 0, 1] = 1
    limits = torch.stack((torch.zeros(72), torch.full((72,), 0.5)))[None]
    image = torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1).repeat(1, 1, 1, 3)
    ColorLimits(limits, shares, slack=0)(image)
    found = hue_and_saturation(image)[1].flatten().tolist()
    assert found == pytest.approx([0, 0.5, 0.8], abs=1e-5)


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
