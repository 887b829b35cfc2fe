"""Several paintings, masks and a start over HTTP: what is stored, what is refused."""

import json
from typing import Any

import pytest
from PIL import Image

from app.contract.painting.choices import Network
from app.contract.painting.limits import MAX_SIZE_PX
from app.contract.records.wire import upload_key
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness
from tests.app.pictures import animated, claiming, decode, encode, plain

#: Each of its own, so that none is taken for another; all of one shape.
CONTENT = plain(size=(96, 72), color=(9, 9, 9))
FIRST, SECOND = plain(size=(64, 64)), plain(size=(60, 40), color=(1, 2, 3))
#: White on the left half.
HALF = Image.new("L", (48, 36), 0)
HALF.paste(255, (0, 0, 24, 36))
MASK = encode(HALF)
#: White paint on the left half of a transparent white layer.
PAINTED = Image.new("RGBA", (40, 40), (255, 255, 255, 0))
PAINTED.paste((255, 255, 255, 255), (0, 0, 20, 40))


def post(api: ApiHarness, *parts: tuple[str, bytes | str], query: str = "") -> Any:
    """Send parts in order: bytes as a file, text as a text."""
    sent = [
        (name, ("p", value) if isinstance(value, bytes) else (None, value))
        for name, value in parts
    ]
    return api.client.post(f"/v1/jobs{query}", files=sent)


def stored(api: ApiHarness, image: dict[str, Any]) -> Image.Image:
    return decode(api.blobs.get(upload_key(image["sha256"])))


def refused(api: ApiHarness, *parts: tuple[str, bytes | str]) -> tuple[str, str, str]:
    """Return the code, the field and the detail of a refusal that stored nothing."""
    answer = post(api, *parts)
    assert answer.status_code in {415, 422}, answer.text
    assert api.is_untouched
    body = answer.json()
    return body["code"], body["errors"][0]["field"], body["detail"]


def test_pictures_are_kept_in_the_order_in_which_they_came(api: ApiHarness) -> None:
    answer = post(
        api,
        ("style", FIRST),
        ("style_weight", "2"),
        ("content", CONTENT),
        ("style", SECOND),
        ("style_weight", "0.5"),
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["params"]["style_weights"] == [2.0, 0.5]
    assert [s["width"] for s in job["input"]["styles"]] == [64, 60]
    first, second = (stored(api, each) for each in job["input"]["styles"])
    assert first.getpixel((0, 0)) != (1, 2, 3)
    assert second.getpixel((0, 0)) == (1, 2, 3)
    assert job["input"]["masks"] == job["input"]["style_masks"] == []
    assert job["input"]["init"] is None


def test_masks_are_stored_grey_and_where_they_belong(api: ApiHarness) -> None:
    job = post(
        api,
        *[("content", CONTENT), ("style", FIRST), ("style", SECOND)],
        *[("mask", ""), ("mask", MASK)],
        ("style_mask", encode(PAINTED)),
    ).json()
    absent, mask = job["input"]["masks"]
    assert absent is None
    picture = stored(api, mask)
    assert (picture.mode, picture.size) == ("L", (48, 36))
    assert (picture.getpixel((5, 5)), picture.getpixel((40, 5))) == (255, 0)
    (style_mask,) = job["input"]["style_masks"]
    picture = stored(api, style_mask)
    assert (picture.getpixel((5, 5)), picture.getpixel((35, 5))) == (255, 0)


def test_an_empty_file_field_of_a_browser_is_no_mask_and_no_start(
    api: ApiHarness,
) -> None:
    parts = [("content", ("p", CONTENT)), ("style", ("p", FIRST))]
    empty = [(name, ("", b"")) for name in ("mask", "style_mask", "init")]
    job = api.client.post("/v1/jobs", files=[*parts, *empty]).json()
    assert job["input"]["masks"] == job["input"]["style_masks"] == [None]
    assert job["input"]["init"] is None


def test_an_image_to_start_from_is_stored_in_colour(api: ApiHarness) -> None:
    job = post(
        api,
        *[("content", CONTENT), ("style", FIRST), ("init", SECOND)],
        ("start", "image"),
    ).json()
    assert job["params"]["start"] == "image"
    assert stored(api, job["input"]["init"]).getpixel((0, 0)) == (1, 2, 3)


def test_as_many_pictures_as_are_allowed_fit_into_a_form(api: ApiHarness) -> None:
    answer = post(
        api,
        *[("content", CONTENT), ("init", CONTENT), ("start", "image")],
        *[("style", FIRST)] * 4,
        *[("mask", MASK)] * 4,
        *[("style_mask", plain(mode="L", size=(40, 40), color=9))] * 4,
        *[("style_weight", "1")] * 4,
    )
    assert answer.status_code == 202, answer.text


def test_what_a_job_says_can_be_posted_back(api: ApiHarness) -> None:
    pictures = [("content", CONTENT), ("style", FIRST), ("style", SECOND)]
    given = [
        *[("style_weight", "2"), ("style_weight", "0.5")],
        *[("rungs", "[[64, 3], [128, 5]]"), ("size", "128")],
        *[("style_layers", '{"relu1_1": 2}'), ("early_stop", "true")],
    ]
    params = post(api, *pictures, *given).json()["params"]
    texts = [
        (name, value if isinstance(value, str) else json.dumps(value))
        for name, value in params.items()
        if value is not None
    ]
    again = post(api, *pictures, *texts)
    assert again.status_code == 202, again.text
    assert again.json()["params"] == params


def test_validation_shows_the_weights_and_stores_nothing(api: ApiHarness) -> None:
    parts = [("content", CONTENT), ("style", FIRST), ("style", SECOND), ("mask", MASK)]
    view = post(api, *parts, query="?validate_only=true").json()
    assert view["params"]["style_weights"] == [1.0, 1.0]
    assert view["input"]["masks"][0]["width"] == 48
    assert api.is_untouched


BAD_PICTURES = {
    "no image": (b"hello", "unsupported_image_type"),
    "empty": (b"", "image_empty"),
    "cut off": (MASK[:-30], "image_unreadable"),
    "bomb": (claiming(50_000, 50_000), "image_too_many_pixels"),
    "animated": (animated("PNG"), "image_animated"),
    "small": (plain(size=(31, 31)), "image_too_small"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_every_picture_goes_through_the_same_intake(api: ApiHarness, name: str) -> None:
    bad, code = BAD_PICTURES[name]
    good = [("content", CONTENT), ("style", FIRST)]
    for field in ("mask", "style_mask"):
        assert refused(api, *good, (field, bad))[:2] == (code, f"/{field}")
    start = ("start", "image")
    assert refused(api, *good, start, ("init", bad))[:2] == (code, "/init")


def test_which_of_several_is_bad_is_told_in_words_and_by_pointer(
    api: ApiHarness,
) -> None:
    code, field, detail = refused(
        api, ("content", CONTENT), ("style", FIRST), ("style", b"x")
    )
    assert (code, field) == ("unsupported_image_type", "/style/1")
    assert "style 2 is" in detail


def test_a_mask_must_have_the_shape_of_its_picture(api: ApiHarness) -> None:
    good = [("content", CONTENT), ("style", FIRST), ("style", SECOND)]
    wide = plain(mode="L", size=(48, 33), color=200)
    code, field, detail = refused(api, *good, ("mask", MASK), ("mask", wide))
    assert (code, field) == ("mask_bad_aspect", "/mask/1")
    assert "mask 2 has 48 x 33" in detail
    assert "content, which has 96 x 72" in detail
    square = plain(mode="L", size=(48, 48), color=200)
    code, field, detail = refused(
        api, *good, ("style_mask", square), ("style_mask", square)
    )
    assert (code, field) == ("mask_bad_aspect", "/style_mask/1")
    assert "style 2, which has 60 x 40" in detail


@pytest.mark.parametrize("field", ["mask", "style_mask"])
def test_a_black_mask_is_refused(api: ApiHarness, field: str) -> None:
    good = [("content", FIRST), ("style", FIRST)]
    black = plain(mode="L", size=(40, 40), color=0)
    code, pointer, detail = refused(api, *good, (field, black))
    assert (code, pointer) == ("mask_empty", f"/{field}")
    assert f"{field} is black" in detail
    clear = encode(Image.new("RGBA", (40, 40), (255, 255, 255, 0)))
    assert refused(api, *good, (field, clear))[0] == "mask_empty"


@pytest.mark.parametrize(
    ("height", "fits"), [(197, True), (204, True), (196, False), (205, False)]
)
def test_two_percent_are_forgiven(api: ApiHarness, height: int, fits: bool) -> None:
    mask = plain(mode="L", size=(200, height), color=200)
    square = plain(size=(100, 100))
    answer = post(api, ("content", square), ("style", FIRST), ("mask", mask))
    assert answer.status_code == (202 if fits else 422)


def test_a_large_job_keeps_larger_copies() -> None:
    api = ApiHarness(ApiSettings(stored_side_px=64))
    for size, side in (("64", 64), ("80", 80), (str(MAX_SIZE_PX), 96)):
        job = post(api, ("content", CONTENT), ("style", FIRST), ("size", size)).json()
        assert job["input"]["content"]["width"] == side


def test_a_network_that_the_operator_allows_is_accepted() -> None:
    api = ApiHarness(ApiSettings(networks=(Network.VGG19, Network.VGG16)))
    parts = [("content", CONTENT), ("style", FIRST)]
    job = post(api, *parts, ("network", "vgg16")).json()
    assert job["params"]["network"] == "vgg16"
    answer = post(api, *parts, ("network", "vgg19_torchvision"))
    (error,) = answer.json()["errors"]
    assert error["limit"] == ["vgg19", "vgg16"]
    assert error["actual"] == "vgg19_torchvision"
