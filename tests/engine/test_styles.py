"""Several paintings: how they mix, and where each goes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.engine.conftest import distance, hills, small_network, strokes
from worker.engine import Pooling, Style, StyleEngine, StyleLoss, StylizeOptions
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.images import FRAME_PX, to_tensor
from worker.engine.losses.feature_pass import shares_at
from worker.engine.losses.objective import LossWeights, Objective
from worker.engine.losses.statistics import moments
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.painting.gradients import differentiate
from worker.engine.styles import Region, regions

GRAM = StylizeOptions(size_px=64, steps=6, style_loss=StyleLoss.GRAM)
RED = Image.new("RGB", (64, 64), (220, 30, 20))
BLUE = Image.new("RGB", (64, 64), (20, 40, 220))


def nothing() -> None:
    """An interruption check that never stops."""


def half(side: str, width_px: int = 96, height_px: int = 64) -> Image.Image:
    """A mask that is white on one side."""
    levels = np.zeros((height_px, width_px), dtype=np.uint8)
    middle = width_px // 2
    levels[:, slice(None, middle) if side == "left" else slice(middle, None)] = 255
    return Image.fromarray(levels)


def paint(
    engine: StyleEngine, *styles: Style, options: StylizeOptions = GRAM
) -> Image.Image:
    for step in engine.stylize(hills(), styles, options, report_interval_s=1e9):
        picture = step.picture()
    return picture


def test_a_hardly_weighted_style_hardly_shows(small_engine: StyleEngine) -> None:
    # Maxima of flat skies are ties, which the least change decides otherwise.
    options = replace(GRAM, steps=2, pooling=Pooling.AVERAGE)

    def painted(first: float, second: float) -> Image.Image:
        styles = [
            Style(image=image, weight=weight)
            for image, weight in ((strokes(), first), (RED, second))
            if weight
        ]
        return paint(small_engine, *styles, options=options)

    alone, other, evenly = painted(1, 0), painted(0, 1), painted(1, 1)
    assert distance(painted(100, 0.001), alone) < 0.2 * distance(evenly, alone)
    assert distance(painted(0.001, 100), other) < 0.2 * distance(evenly, other)


def test_only_the_ratio_of_weights_counts(small_engine: StyleEngine) -> None:
    pictures = [
        paint(
            small_engine,
            Style(image=strokes(), weight=2 * factor),
            Style(image=RED, weight=factor),
        )
        for factor in (0.5, 8.0)
    ]
    assert distance(*pictures) == 0


def test_one_style_as_it_is_equals_a_list_of_one(small_engine: StyleEngine) -> None:
    listed = paint(small_engine, Style(image=strokes(), weight=7.0))
    for step in small_engine.stylize(hills(), strokes(), GRAM):
        picture = step.picture()
    assert picture.tobytes() == listed.tobytes()


def test_a_mixture_has_the_moments_of_all_positions_together() -> None:
    builder = TargetBuilder(
        network=small_network(),
        hyperparameters=HYPERPARAMETERS,
        options=StylizeOptions(style_loss=StyleLoss.WASSERSTEIN),
        check_interruption=nothing,
    )
    images = [to_tensor(strokes(), 80, 80), to_tensor(hills(80, 80), 80, 80)]
    found = [builder.style_moments(each, None) for each in images]
    targets = builder.style_targets([(found[0], 0.25), (found[1], 0.75)])
    for layer in HYPERPARAMETERS.layers:
        maps = [
            dict(builder.network.feature_maps(each, [layer], nothing))[layer]
            for each in images
        ]
        # One part of four is the first painting's.
        together = torch.cat([maps[0], maps[1], maps[1], maps[1]], dim=3)
        wanted = moments(together)
        mixed = targets[layer].moments
        assert torch.allclose(mixed.mean, wanted.mean, rtol=1e-4, atol=1e-5)
        assert torch.allclose(mixed.second, wanted.second, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [0, 5])
def test_none_and_too_many_styles_are_refused(
    small_engine: StyleEngine, count: int
) -> None:
    with pytest.raises(ValueError, match="must be 1 to 4"):
        small_engine.stylize(hills(), [Style(image=RED)] * count, GRAM)


@pytest.mark.parametrize("weight", [0.0, -1.0, 101.0, float("nan")])
def test_weights_out_of_range_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match=r"0\.001 to 100"):
        Style(image=RED, weight=weight)


def shares_of(found: tuple[Region, ...]) -> list[Tensor]:
    return [each.shares for each in found if each.shares is not None]


def test_two_halves_are_two_regions_that_fill_the_picture() -> None:
    styles = [
        Style(image=RED, mask=half("left")),
        Style(image=BLUE, mask=half("right")),
    ]
    found = regions(styles, 96, 64)
    assert [each.members for each in found] == [((0, 1.0),), ((1, 1.0),)]
    left, right = shares_of(found)
    assert left.shape == (1, 1, 64 + 2 * FRAME_PX, 96 + 2 * FRAME_PX)
    assert torch.equal(left + right, torch.ones_like(left))
    assert float(left[..., : 48 + FRAME_PX].min()) == 1
    assert [each.weight for each in found] == pytest.approx([0.5, 0.5])


def test_where_masks_overlap_they_share() -> None:
    everywhere = Image.new("L", (96, 64), 255)
    styles = [Style(image=RED, mask=everywhere), Style(image=BLUE, mask=half("left"))]
    first, second = shares_of(regions(styles, 96, 64))
    assert float(first[0, 0, 30, 20]) == float(second[0, 0, 30, 20]) == 0.5
    assert float(first[0, 0, 30, 80]) == 1
    assert float(second[0, 0, 30, 80]) == 0


def test_grey_masks_give_a_part_and_leave_the_rest() -> None:
    grey = Image.new("L", (96, 64), 51)
    styles = [
        Style(image=RED, mask=grey),
        Style(image=BLUE, weight=3.0),
        Style(image=RED),
    ]
    found = regions(styles, 96, 64)
    assert [each.members for each in found] == [((0, 1.0),), ((1, 0.75), (2, 0.25))]
    masked, rest = shares_of(found)
    assert float(masked.mean()) == pytest.approx(0.2)
    assert float(rest.mean()) == pytest.approx(0.8)


def test_a_region_weighs_as_its_area_and_its_weight() -> None:
    styles = [
        Style(image=RED, mask=half("left"), weight=3.0),
        Style(image=BLUE, mask=half("right"), weight=1.0),
    ]
    found = regions(styles, 96, 64)
    assert [each.weight for each in found] == pytest.approx([0.75, 0.25])


def test_without_masks_there_is_one_region_without_shares() -> None:
    (found,) = regions([Style(image=RED, weight=1.0), Style(image=BLUE)], 96, 64)
    assert found.shares is None
    assert found.members == ((0, 0.5), (1, 0.5))


def test_black_masks_are_refused_before_anything_is_computed(
    small_engine: StyleEngine,
) -> None:
    black = Image.new("L", (96, 64), 0)
    with pytest.raises(ValueError, match="the masks are black"):
        small_engine.stylize(hills(), [Style(image=RED, mask=black)], GRAM)
    square = Image.new("L", (64, 64), 0)
    with pytest.raises(ValueError, match="mask is black: nothing of it counts"):
        small_engine.stylize(hills(), [Style(image=RED, image_mask=square)], GRAM)


def test_a_mask_of_another_aspect_is_refused(small_engine: StyleEngine) -> None:
    square = Image.new("L", (64, 64), 255)
    with pytest.raises(ValueError, match="aspect of the content image, 96 x 64"):
        small_engine.stylize(hills(), [Style(image=RED, mask=square)], GRAM)
    wide = Image.new("L", (96, 64), 255)
    with pytest.raises(ValueError, match="aspect of the style image, 64 x 64"):
        small_engine.stylize(hills(), [Style(image=RED, image_mask=wide)], GRAM)
    twice = Image.new("L", (192, 128), 255)
    small_engine.stylize(hills(), [Style(image=RED, mask=twice)], GRAM)


def turned(image: Image.Image) -> Image.Image:
    """The same picture as a camera held upright stores it."""
    stored = image.transpose(Image.Transpose.ROTATE_90)
    stored.getexif()[0x0112] = 6
    return stored


def test_masks_lie_over_pictures_as_they_are_seen(small_engine: StyleEngine) -> None:
    styles = [Style(image=RED, mask=half("left")), Style(image=BLUE)]
    pictures = []
    for content in (hills(), turned(hills())):
        for step in small_engine.stylize(content, styles, GRAM, report_interval_s=1e9):
            picture = step.picture()
        pictures.append(picture)
    assert pictures[0].tobytes() == pictures[1].tobytes()


def test_masks_of_any_mode_are_told_apart_by_what_they_show(
    small_engine: StyleEngine,
) -> None:
    # Equal indices, but one palette is the other's negative.
    indices = (np.arange(64 * 64).reshape(64, 64) % 64 < 20).astype(np.uint8)
    pictures = []
    for palette in ([0, 0, 0, 255, 255, 255], [255, 255, 255, 0, 0, 0]):
        mask = Image.fromarray(indices, "L")
        mask = mask.convert("P")
        mask.putdata(indices.flatten().tolist())
        mask.putpalette(palette)
        style = Style(image=strokes(64, 64), image_mask=mask)
        pictures.append(paint(small_engine, style))
    assert distance(*pictures) > 0


@pytest.mark.parametrize("style_loss", list(StyleLoss))
def test_a_style_is_not_felt_far_from_its_region(style_loss: StyleLoss) -> None:
    network = small_network()
    hyperparameters = replace(
        HYPERPARAMETERS, style_layers={"relu1_1": 1.0, "relu2_1": 1.0}
    )
    builder = TargetBuilder(
        network=network,
        hyperparameters=hyperparameters,
        options=StylizeOptions(style_loss=style_loss),
        check_interruption=nothing,
    )
    targets = builder.style_targets(
        [(builder.style_moments(to_tensor(strokes(), 80, 80), None), 1.0)]
    )
    shares = torch.zeros(1, 1, 48, 96)
    shares[..., :32] = 1
    goals = builder.goals(
        to_tensor(hills(96, 48), 96, 48), [Region(((0, 1.0),), shares, 1.0)], [targets]
    )
    wanted = Objective(goals, LossWeights(0.0, 1.0, 0.0), style_loss)
    _, gradient = differentiate(
        wanted, network, torch.rand(1, 3, 48, 96), nothing, recompute=False
    )
    strength = gradient.abs().sum(dim=(0, 1, 2))
    reach_px = network.reach_px(["relu2_1"])
    assert bool((strength[:32] > 0).all())
    assert float(strength[32 + reach_px + 1 :].max()) == 0


def test_each_half_gets_its_own_palette(small_engine: StyleEngine) -> None:
    picture = paint(
        small_engine,
        Style(image=RED, mask=half("left")),
        Style(image=BLUE, mask=half("right")),
        options=StylizeOptions(size_px=96, steps=25, content_strength=0.2),
    )
    levels = np.asarray(picture, dtype=float)
    left, right = levels[:, :40].mean(axis=(0, 1)), levels[:, 56:].mean(axis=(0, 1))
    assert left[0] > left[2] + 100
    assert right[2] > right[0] + 100


def test_a_mask_over_the_painting_restricts_what_counts() -> None:
    builder = TargetBuilder(
        network=small_network(),
        hyperparameters=HYPERPARAMETERS,
        options=StylizeOptions(style_loss=StyleLoss.GRAM),
        check_interruption=nothing,
    )
    both = torch.cat(
        [to_tensor(strokes(64, 64), 64, 64), to_tensor(RED, 64, 64)], dim=3
    )
    mask = torch.zeros(1, 1, 64, 128)
    mask[..., :64] = 1
    found = builder.style_moments(both, mask)["relu1_1"]
    alone = builder.style_moments(both[..., :64], None)["relu1_1"]
    all_of_it = builder.style_moments(both, None)["relu1_1"]
    assert torch.allclose(found.mean, alone.mean, rtol=0.05, atol=0.02)
    assert not torch.allclose(all_of_it.mean, alone.mean, rtol=0.05, atol=0.02)


@pytest.mark.parametrize("size", [(64, 64), (33, 47), (40, 101)])
@pytest.mark.parametrize("stride", [1, 2, 4, 16])
def test_shares_have_the_size_of_the_layers_maps(
    size: tuple[int, int], stride: int
) -> None:
    found = shares_at(torch.ones(1, 1, *size), stride)
    assert found.shape[2:] == tuple(-(-each // stride) for each in size)
    assert torch.equal(found, torch.ones_like(found))


def test_masks_shrink_where_positions_see_far_but_do_not_vanish() -> None:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1
    assert float(shares_at(mask, 2).sum()) == 16 * 16
    assert float(shares_at(mask, 4).sum()) == 6 * 6  # one position less on each side
    assert float(shares_at(mask, 16).sum()) == 2 * 2  # nothing would be left
