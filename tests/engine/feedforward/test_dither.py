"""Skies without noise get strokes, not stripes."""

import numpy as np
import torch
from PIL import Image

from tests.engine.feedforward.conftest import levels, painting
from worker.engine.feedforward.dither import dithered
from worker.engine.feedforward.engine import FastEngine
from worker.engine.feedforward.options import FastOptions

LEVEL = 1 / 255


def ramp(height_px: int, rise: float) -> torch.Tensor:
    """Grey that grows by so many levels a row."""
    rows = (100 + rise * torch.arange(height_px)) * LEVEL
    return rows.view(1, 1, -1, 1).expand(1, 3, height_px, 96)


def of_8_bits(image: torch.Tensor) -> torch.Tensor:
    return (image * 255).round() / 255


def test_the_steps_of_a_smooth_sky_are_gone() -> None:
    smooth = ramp(400, 0.15)
    rows = slice(64, -64)
    before, after = (
        (each - smooth).mean(dim=(1, 3))[0, rows].std()
        for each in (of_8_bits(smooth), dithered(of_8_bits(smooth)))
    )
    # What is left is the noise: of 96 values in a row.
    assert after < 0.2 * before


def test_nothing_moves_by_more_than_a_level_and_the_same_way_each_time() -> None:
    photograph = of_8_bits(torch.rand(1, 3, 50, 70, generator=torch.manual_seed(1)))
    before = photograph.clone()
    one, two = dithered(photograph), dithered(photograph)
    assert torch.equal(one, two)
    assert torch.equal(photograph, before)
    assert (one - photograph).abs().mean() > 0.3 * LEVEL
    assert (one - photograph).abs().max() <= 1.001 * LEVEL


def test_one_colour_has_no_noise() -> None:
    flat = torch.tensor([0.2, 0.4, 0.8]).view(1, 3, 1, 1).expand(1, 3, 40, 33)
    assert torch.equal(dithered(flat), flat)


def test_a_painted_sky_has_no_stripes(fast_engine: FastEngine) -> None:
    rows = np.linspace((70, 120, 205), (205, 222, 240), 192).round().astype(np.uint8)
    sky = Image.fromarray(np.repeat(rows[:, None], 256, axis=1))
    made = levels(
        fast_engine.stylize(sky, painting("sunset"), FastOptions(size_px=256))
    )[24:-24, 24:-24]
    along = made.std(axis=1).mean()
    stripes = np.diff(made.mean(axis=1), axis=0).std()
    # Without it each row is of one colour, and the next of another: 26 and 0; now 11
    # and 23.
    assert stripes < along
