"""Pictures larger than a service takes are made smaller before they are sent."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageCms

from app.client import FileError, ImpastoClient
from app.terminal.fitting import Fitting, redrawn

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ALL = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/heic"]


class Service:
    """Tells its limits, and how often it was asked."""

    def __init__(self, *, status: int = 200, formats: object = ALL, **limits: object):
        self.asked = 0
        self.told: list[str] = []
        self.status = status
        self.answer = {"limits": limits, "formats": {"input": formats}}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return httpx.Response(self.status, json=self.answer)

    def fitting(self) -> Fitting:
        client = ImpastoClient("http://a.test", transport=httpx.MockTransport(self))
        return Fitting(client, self.told.append)


def saved(path: Path, mode: str = "RGB", size: Any = (1600, 1200), **more: Any) -> Path:
    """A picture with a dark left half, so that one sees how it is turned."""
    picture = Image.new(mode, size, "white" if mode == "RGB" else 255)
    picture.paste(Image.new(mode, (size[0] // 2, size[1])))
    picture.save(path, **more)
    return path


def opened(content: Path | bytes) -> Image.Image:
    assert isinstance(content, bytes)
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def test_a_picture_that_fits_is_sent_as_it_is(tmp_path: Path) -> None:
    service = Service(max_image_pixels=2_000_000, max_image_bytes=2**24)
    path = saved(tmp_path / "a.png")
    assert service.fitting().fitted(path) == path
    assert service.told == []


def test_a_small_one_asks_for_nothing(tmp_path: Path) -> None:
    service = Service(max_image_pixels=1)
    path = saved(tmp_path / "a.png", size=(256, 256))
    assert service.fitting().fitted(path) == path
    assert service.asked == 0


def test_too_many_pixels_become_as_many_as_the_service_takes(tmp_path: Path) -> None:
    service = Service(max_image_pixels=480_000)
    fitting = service.fitting()
    path = saved(tmp_path / "a.jpg", quality=90)
    picture = opened(fitting.fitted(path))
    assert (picture.format, picture.size) == ("JPEG", (800, 600))
    fitting.fitted(saved(tmp_path / "b.jpg"))
    assert service.asked == 1
    assert service.told[0] == f"{path} is of 1.9 megapixels: sent as 800x600 pixels"


def test_a_kind_of_picture_may_have_a_limit_of_its_own(tmp_path: Path) -> None:
    service = Service(
        max_image_pixels=480_000, max_image_pixels_by_type={"image/jpeg": 2_000_000}
    )
    path = saved(tmp_path / "a.jpg")
    assert service.fitting().fitted(path) == path
    assert isinstance(service.fitting().fitted(saved(tmp_path / "a.png")), bytes)


def test_too_many_bytes_become_fewer(tmp_path: Path) -> None:
    noise = Image.effect_noise((1600, 1200), 80).convert("RGB")
    noise.save(tmp_path / "a.png")
    service = Service(max_image_bytes=200_000)
    content = service.fitting().fitted(tmp_path / "a.png")
    assert isinstance(content, bytes)
    assert len(content) <= 200_000
    assert opened(content).width > 200
    assert "MiB: sent as" in service.told[0]


def test_it_stays_upright_and_keeps_its_colors(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be seen, it is turned to the right: dark is above
    exif[0x010F] = "a camera"
    path = saved(tmp_path / "a.jpg", exif=exif, icc_profile=PROFILE)
    picture = opened(Service(max_image_pixels=480_000).fitting().fitted(path))
    assert picture.size == (600, 800)
    assert picture.getpixel((300, 100))[0] < 9
    assert picture.getpixel((300, 700))[0] > 246
    assert picture.info["icc_profile"] == PROFILE
    assert not picture.getexif()


@pytest.mark.parametrize(
    ("mode", "sent"),
    [
        ("L", ("JPEG", "L")),
        ("LA", ("PNG", "LA")),
        ("RGBA", ("PNG", "RGBA")),
        ("I;16", ("JPEG", "L")),
        ("1", ("JPEG", "L")),
    ],
)
def test_every_kind_of_pixels_keeps_its_levels(
    tmp_path: Path, mode: str, sent: tuple[str, str]
) -> None:
    most = {"I;16": 65_535, "LA": (255, 128), "RGBA": (255, 255, 255, 128)}
    picture = Image.new(mode, (1600, 1200), most.get(mode, 255))
    picture.save(tmp_path / "a.png")
    content, size = redrawn(tmp_path / "a.png", 480_000)
    found = opened(content)
    assert (found.format, found.mode) == sent
    assert found.size == size == (800, 600)
    first = found.getpixel((9, 9))
    assert first == {"LA": (255, 128), "RGBA": (255, 255, 255, 128)}.get(mode, 255)


def test_ink_stays_ink(tmp_path: Path) -> None:
    Image.new("CMYK", (1600, 1200), (0, 200, 0, 0)).save(tmp_path / "a.jpg")
    found = opened(redrawn(tmp_path / "a.jpg", 480_000)[0])
    assert found.mode == "CMYK"
    assert abs(found.getpixel((9, 9))[1] - 200) < 4


def test_a_kind_that_the_service_does_not_take_is_converted(tmp_path: Path) -> None:
    service = Service(formats=["image/jpeg", "image/png"])
    path = saved(tmp_path / "a.avif", size=(400, 300))
    picture = opened(service.fitting().fitted(path))
    assert (picture.format, picture.size) == ("JPEG", (400, 300))
    assert "of a kind the service does not take" in service.told[0]
    service = Service()
    assert service.fitting().fitted(path) == path


def test_no_more_pixels_are_kept_than_the_page_keeps(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.jpg", "L", (8000, 6000))
    picture = opened(Service(max_image_pixels=40_000_000).fitting().fitted(path))
    assert picture.width * picture.height <= 16_000_000
    assert picture.width == 4618  # of the page: floor(8000 * sqrt(16 / 48))


def test_a_photograph_beyond_every_limit_of_pillow_is_sent_small(
    tmp_path: Path,
) -> None:
    before = Image.MAX_IMAGE_PIXELS
    Image.new("L", (16_320, 12_240)).save(tmp_path / "a.jpg")
    picture = opened(Service(max_image_pixels=40_000_000).fitting().fitted(
        tmp_path / "a.jpg"
    ))  # fmt: skip
    assert picture.width == 4618
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_service_that_tells_no_limits_gets_it_as_it_is(
    tmp_path: Path, status: int
) -> None:
    path = saved(tmp_path / "a.png")
    assert Service(status=status).fitting().fitted(path) == path


@pytest.mark.parametrize("content", [b"\xff\xd8\xff\xe0", b"unknown\0", b"GIF89a"])
def test_what_cannot_be_decoded_is_left_to_the_service(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(content)
    service = Service(max_image_pixels=1)
    assert service.fitting().fitted(path) == path


def test_a_damaged_one_that_is_too_large_is_told(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileError, match="cannot make"):
        Service(max_image_pixels=9_000).fitting().fitted(tmp_path / "a.png")
