"""Pillow in, Pillow out."""

import torch
from PIL import Image

from tests.engine.conftest import hills, strokes
from worker.engine.images import (
    FRAME_PX,
    fingerprint,
    framed,
    to_picture,
    to_tensor,
    unframed,
    upright_rgb,
)


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
