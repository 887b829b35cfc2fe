"""Pillow in, Pillow out; and colours that become the painting's."""

import numpy as np
import pytest
import torch
from PIL import Image

from worker.engine.images import (
    FRAME_PX,
    fingerprint,
    framed,
    match_colours,
    to_picture,
    to_tensor,
    unframed,
    upright_rgb,
)

from .conftest import hills, strokes


def test_a_picture_survives_the_way_there_and_back() -> None:
    picture = hills(33, 47)
    tensor = to_tensor(picture, 33, 47)
    assert tensor.shape == (1, 3, 47, 33)
    assert tensor.dtype == torch.float32
    assert 0 <= float(tensor.min()) < float(tensor.max()) <= 1
    assert to_picture(tensor).tobytes() == picture.tobytes()


def test_a_frame_comes_off_as_it_was_put_on(random: torch.Generator) -> None:
    image = torch.rand(1, 3, 5, 1, generator=random)
    assert framed(image).shape == (1, 3, 5 + 2 * FRAME_PX, 1 + 2 * FRAME_PX)
    assert torch.equal(unframed(framed(image)), image)


def test_values_out_of_range_are_clamped() -> None:
    picture = to_picture(torch.tensor([-0.5, 0.5, 1.5]).view(1, 3, 1, 1))
    assert picture.getpixel((0, 0)) == (0, 128, 255)


def test_every_mode_becomes_rgb() -> None:
    for mode in ("1", "L", "LA", "P", "RGBA", "CMYK", "YCbCr"):
        assert upright_rgb(hills().convert("RGB").convert(mode)).mode == "RGB"


def test_what_is_transparent_lies_on_white() -> None:
    glass = Image.new("RGBA", (2, 2), (255, 0, 0, 0))
    assert upright_rgb(glass).getpixel((0, 0)) == (255, 255, 255)


def test_a_camera_held_sideways_is_turned() -> None:
    picture = Image.new("RGB", (4, 2))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.info["exif"] = exif.tobytes()
    assert upright_rgb(picture).size == (2, 4)


def test_fingerprints_tell_pictures_apart() -> None:
    assert fingerprint(hills()) == fingerprint(hills())
    assert fingerprint(hills()) != fingerprint(strokes())
    black = Image.new("RGB", (2, 3))
    assert fingerprint(black) != fingerprint(Image.new("RGB", (3, 2)))


def test_matched_colours_have_the_styles_mean_and_covariance() -> None:
    random = np.random.default_rng(0)
    levels = random.normal(0.5, 0.08, (64, 64, 3)).clip(0, 1) * 255
    content = to_tensor(Image.fromarray(levels.astype(np.uint8)), 64, 64)
    style = 0.3 + 0.25 * to_tensor(strokes(), 80, 80)
    found = match_colours(content, style)[0].flatten(1)
    wanted = style[0].flatten(1)
    assert torch.allclose(found.mean(dim=1), wanted.mean(dim=1), atol=5e-3)
    # Up to the floor under empty directions.
    assert torch.allclose(torch.cov(found), torch.cov(wanted), atol=1e-3)


def test_a_grey_photograph_gets_colours_but_no_speckle() -> None:
    grey = to_tensor(hills().convert("L").convert("RGB"), 96, 64)
    found = match_colours(grey, to_tensor(strokes(), 80, 80))
    assert float((found - found.mean(dim=1, keepdim=True)).abs().max()) > 0.1
    one_level = (grey[0, 0] == grey[0, 0, 0, 0]).flatten()
    assert float(found[0].flatten(1)[:, one_level].std(dim=1).max()) < 1e-3


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_give_finite_colours(level: int) -> None:
    flat = to_tensor(Image.new("RGB", (40, 40), (level, level, level)), 40, 40)
    painted = to_tensor(strokes(), 80, 80)
    for image, colours_of in ((flat, painted), (painted, flat), (flat, flat)):
        assert match_colours(image, colours_of).isfinite().all()
