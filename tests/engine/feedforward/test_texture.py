"""The texture shown to a network: a picture's spectrum without its forms."""

import torch

from tests.engine.feedforward.conftest import painting
from worker.engine.feedforward.texture import random_phase_texture
from worker.engine.images import to_tensor


def test_a_texture_has_the_pictures_colours_and_none_of_its_forms() -> None:
    picture = to_tensor(painting("night"), 128, 96)
    texture = random_phase_texture(picture, *picture.shape[2:])
    assert texture.shape == picture.shape
    # Its mean stays behind: only differences are laid over a photograph.
    assert texture.mean(dim=(2, 3)).abs().max() < 0.02
    deviations = picture.std(dim=(2, 3)), texture.std(dim=(2, 3))
    torch.testing.assert_close(*deviations, rtol=0.4, atol=0)
    both = torch.stack([picture[0].flatten(1).mean(0), texture[0].flatten(1).mean(0)])
    assert torch.corrcoef(both)[0, 1].abs() < 0.2


def test_channels_keep_together() -> None:
    blue = torch.tensor([0.1, 0.3, 0.9]).view(1, 3, 1, 1)
    picture = torch.rand(1, 1, 40, 60, generator=torch.Generator().manual_seed(3))
    texture = random_phase_texture(picture * blue, 40, 60)
    ratios = texture / blue
    torch.testing.assert_close(ratios[:, :1], ratios[:, 2:], rtol=0, atol=1e-4)


def test_one_colour_has_none() -> None:
    for size in ((64, 64), (2, 300), (300, 1)):
        picture = torch.full((1, 3, *size), 0.3)
        assert random_phase_texture(picture, *picture.shape[2:]).abs().max() < 1e-6


def test_a_large_picture_has_the_same_forms() -> None:
    picture = to_tensor(painting("sunset"), 128, 96)
    small, large = (random_phase_texture(picture, 96 * n, 128 * n) for n in (1, 3))
    again = torch.nn.functional.interpolate(large, size=(96, 128), mode="area")
    assert (again - small).square().mean().sqrt() < 0.2 * small.std()
