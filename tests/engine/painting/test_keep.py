"""What is kept stays near the photograph; everything else is painted as before."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from app.contract.painting.choices import ContentLoss, Keep
from tests.engine.conftest import hills, small_network, strokes
from worker.engine import StyleEngine, StylizeOptions
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.losses.objective import LossWeights, Objective
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.painting.gradients import differentiate, differentiate_in_tiles
from worker.engine.styles import Region, without_kept

KEEP = StylizeOptions(size_px=96, steps=20, keep=Keep.MASK, keep_strength=1, seed=1)


def left_half() -> Image.Image:
    mask = Image.new("L", (96, 64))
    mask.paste(255, (0, 0, 48, 64))
    return mask


def painted(
    engine: StyleEngine, options: StylizeOptions, mask: Image.Image | None
) -> np.ndarray:
    steps = engine.stylize(hills(), strokes(), options, keep_mask=mask)
    return np.asarray(next(s.picture() for s in steps if s.is_last), dtype=float)


@pytest.mark.parametrize("content_loss", list(ContentLoss))
def test_what_is_kept_is_nearer_to_the_photograph(
    small_engine: StyleEngine, content_loss: ContentLoss
) -> None:
    options = replace(KEEP, content_loss=content_loss)
    usual = painted(small_engine, replace(options, keep=Keep.NONE), None)
    kept = painted(small_engine, options, left_half())

    def error(picture: np.ndarray, columns: slice) -> float:
        return float(np.abs(picture - np.asarray(hills()))[:, columns].mean())

    inside, outside = slice(0, 40), slice(56, 96)
    assert error(kept, inside) < 0.6 * error(usual, inside)
    assert error(kept, outside) > 0.8 * error(usual, outside)


def test_a_black_mask_changes_nothing(small_engine: StyleEngine) -> None:
    usual = painted(small_engine, replace(KEEP, keep=Keep.NONE, steps=2), None)
    black = painted(small_engine, replace(KEEP, steps=2), Image.new("L", (96, 64)))
    assert np.abs(usual - black).max() <= 1


def test_a_white_mask_still_has_a_style(small_engine: StyleEngine) -> None:
    white = painted(small_engine, replace(KEEP, steps=3), Image.new("L", (9, 6), 255))
    assert np.isfinite(white).all()


@pytest.mark.parametrize("keep", [Keep.MASK, Keep.NONE])
def test_a_mask_and_the_option_go_together(
    small_engine: StyleEngine, keep: Keep
) -> None:
    mask = None if keep is Keep.MASK else left_half()
    with pytest.raises(ValueError, match="of what to keep"):
        painted(small_engine, replace(KEEP, keep=keep), mask)


def test_other_pixels_are_pulled_as_before() -> None:
    kept = torch.zeros(1, 1, 4, 8)
    kept[..., :4] = 0.5
    (region,) = without_kept([Region(((0, 1.0),), None, 1.0)], kept)
    assert region.shares is not None
    pull = region.weight / float(region.shares.sum()) * region.shares
    torch.testing.assert_close(pull[..., 4:], torch.full((1, 1, 4, 4), 1 / 32))
    torch.testing.assert_close(pull[..., :4], torch.full((1, 1, 4, 4), 0.5 / 32))


def test_tiles_keep_the_same(random: torch.Generator) -> None:
    network = small_network()
    image = torch.rand(1, 3, 97, 203, generator=random)
    kept = torch.rand(1, 1, 97, 203, generator=random)
    builder = TargetBuilder(
        network=network,
        hyperparameters=HYPERPARAMETERS.adapted(KEEP),
        options=KEEP,
        check_interruption=lambda: None,
    )
    targets = builder.style_targets([(builder.style_moments(image, None), 1.0)])
    goals = builder.goals(
        image.flip(3), [Region(((0, 1.0),), None, 1.0)], [targets], kept
    )
    wanted = Objective(goals, LossWeights(1, 0, 0), KEEP.style_loss)
    whole, slope = differentiate(wanted, network, image, lambda: None, recompute=False)
    tiled, found = differentiate_in_tiles(wanted, network, image, lambda: None, 48)
    torch.testing.assert_close(tiled.content, whole.content)
    assert float((found - slope).norm()) < 1e-5 * float(slope.norm())
