"""The style library over HTTP."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from app.contract.keys import Scope
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness
from tests.app.pictures import plain

STYLES = "/v1/styles"


def put(api: ApiHarness, image: bytes | None = None, **words: str) -> Any:
    files = {} if image == b"none" else {"image": ("a.png", image or plain())}
    return api.client.post(STYLES, files=files, data=words)


def an_uploaded(api: ApiHarness, **words: str) -> dict[str, Any]:
    answer = put(api, **words)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_the_gallery_is_there_from_the_start(api: ApiHarness) -> None:
    answer = api.client.get(STYLES)
    assert answer.status_code == 200
    styles = answer.json()["data"]
    assert styles[0]["id"] == "starry_night"
    assert len(styles) == len({style["id"] for style in styles}) == 10
    assert all(style["builtin"] and style["license"] for style in styles)
    assert "public" in answer.headers["cache-control"]


def test_every_painting_and_its_thumbnail_can_be_fetched(api: ApiHarness) -> None:
    for style in api.client.get(STYLES).json()["data"]:
        small = api.client.get(style["thumbnail_url"])
        assert small.headers["content-type"] == "image/jpeg"
        with Image.open(io.BytesIO(small.content)) as picture:
            assert max(picture.size) == 320
    whole = api.client.get(f"{STYLES}/starry_night/image")
    style = api.client.get(f"{STYLES}/starry_night").json()
    with Image.open(io.BytesIO(whole.content)) as picture:
        assert (picture.format, picture.size) == (
            "PNG",
            (style["width"], style["height"]),
        )


def test_who_has_it_already_gets_no_bytes(api: ApiHarness) -> None:
    for path in (STYLES, f"{STYLES}/woodcut", f"{STYLES}/woodcut/image?size=160"):
        etag = api.client.get(path).headers["etag"]
        again = api.client.get(path, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert "public" in again.headers["cache-control"]


@pytest.mark.parametrize("size", ["0", "161", "99999", "x"])
def test_thumbnails_have_few_sizes(api: ApiHarness, size: str) -> None:
    answer = api.client.get(f"{STYLES}/woodcut/image?size={size}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_value")


def test_uploaded_painting_is_kept_and_named(api: ApiHarness) -> None:
    style = an_uploaded(api, title="Waves", artist="Ada", license="CC0-1.0")
    assert style["id"].startswith("sty_")
    assert (style["title"], style["artist"], style["builtin"]) == (
        "Waves",
        "Ada",
        False,
    )
    assert api.client.get(f"{STYLES}/{style['id']}").json() == style
    assert api.client.get(STYLES).json()["data"][-1] == style
    picture = api.client.get(style["image_url"])
    assert picture.headers["content-type"] == "image/png"


def test_upload_says_where_the_painting_is(api: ApiHarness) -> None:
    answer = put(api)
    assert answer.headers["location"].endswith(f"{STYLES}/{answer.json()['id']}")
    assert answer.json()["title"] == "Untitled"


def test_deleted_painting_is_gone(api: ApiHarness) -> None:
    style_id = an_uploaded(api)["id"]
    assert api.client.delete(f"{STYLES}/{style_id}").status_code == 204
    for path in ("", "/image"):
        answer = api.client.get(f"{STYLES}/{style_id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "style_not_found")
    again = api.client.delete(f"{STYLES}/{style_id}")
    assert again.status_code == 404
    assert api.is_untouched


def test_painting_of_the_service_stays(api: ApiHarness) -> None:
    answer = api.client.delete(f"{STYLES}/starry_night")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("style_id", ["none", "..%2F..", "sty_" + "0" * 32, "A", "%00"])
def test_unknown_painting_is_said_to_be_unknown(api: ApiHarness, style_id: str) -> None:
    answer = api.client.get(f"{STYLES}/{style_id}")
    assert answer.status_code == 404
    assert answer.json()["code"] in {"style_not_found", "not_found"}


@pytest.mark.parametrize(
    ("image", "words", "status", "code"),
    [
        (b"none", {}, 400, "malformed_body"),
        (b"GIF89a", {}, 415, "unsupported_image_type"),
        (b"", {"title": "x" * 201}, 422, "invalid_value"),
        (b"", {"title": "a\x00b"}, 422, "invalid_value"),
        (b"", {"titel": "typo"}, 422, "unknown_field"),
    ],
)
def test_bad_upload_is_refused_and_leaves_nothing(
    api: ApiHarness, image: bytes, words: dict[str, str], status: int, code: str
) -> None:
    answer = put(api, image, **words)
    expected = {(status, code), (415, "unsupported_media_type")}
    assert (answer.status_code, answer.json()["code"]) in expected
    assert api.is_untouched


def test_full_library_takes_nothing_more(build_api: Callable[..., ApiHarness]) -> None:
    api = build_api(settings=ApiSettings(library_limit=1))
    an_uploaded(api)
    answer = put(api)
    assert (answer.status_code, answer.json()["code"]) == (409, "library_full")
    assert (answer.json()["count"], answer.json()["limit"]) == (1, 1)


def test_pages_together_are_the_whole_library(api: ApiHarness) -> None:
    for number in range(3):
        an_uploaded(api, title=str(number))
    whole = [style["id"] for style in api.client.get(STYLES).json()["data"]]
    seen, url, pages = [], f"{STYLES}?limit=4", 0
    while url is not None:
        answer = api.client.get(url)
        seen += [style["id"] for style in answer.json()["data"]]
        url = answer.links.get("next", {}).get("url")
        pages += 1
    assert (seen, pages) == (whole, 4)
    bad = api.client.get(f"{STYLES}?cursor=nonsense")
    assert (bad.status_code, bad.json()["code"]) == (422, "invalid_value")


def test_page_goes_on_behind_a_painting_that_was_deleted(api: ApiHarness) -> None:
    ids = [an_uploaded(api)["id"] for _ in range(3)]
    page = api.client.get(f"{STYLES}?limit=11").json()
    assert page["data"][-1]["id"] == ids[0]
    api.client.delete(f"{STYLES}/{ids[0]}")
    rest = api.client.get(f"{STYLES}?cursor={page['next_cursor']}").json()
    assert [style["id"] for style in rest["data"]] == ids[1:]


def test_without_the_scope_nothing_is_put_or_taken(api: ApiHarness) -> None:
    style_id = an_uploaded(api)["id"]
    reader = api.key(Scope.JOBS_READ)
    picture = {"image": ("a.png", plain())}
    for answer in (
        api.client.post(STYLES, files=picture, headers=reader),
        api.client.delete(f"{STYLES}/{style_id}", headers=reader),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
