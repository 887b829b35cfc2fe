"""The finished picture: formats, names, validators, parts, and why there is none."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms

from app.contract.srgb import SRGB_PROFILE
from tests.app.conftest import PICTURE, SHA256, ApiHarness
from tests.app.pictures import corner_marked, encode
from tests.ledgers import ScratchLedger

MARKED = corner_marked((64, 48))
PNG = encode(MARKED)
TYPES = ["image/png", "image/jpeg", "image/webp", "image/avif"]


def url_of(api: ApiHarness, picture: bytes = PNG) -> str:
    return f"/v1/jobs/{api.succeeded(picture)}/result"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def assert_problem(answer: Any, status: int, code: str) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    return answer.json()


def test_the_picture_is_sent_with_what_a_cache_needs(api: ApiHarness) -> None:
    answer = api.client.get(f"/v1/jobs/{(job_id := api.succeeded())}/result")
    assert answer.status_code == 200
    assert answer.content == PICTURE
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PICTURE))
    assert answer.headers["etag"] == f'"{SHA256}"'
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == (
        f'inline; filename="impasto-{job_id}.png"'
    )
    assert answer.headers["accept-ranges"] == "bytes"


def test_a_download_is_an_attachment_with_the_formats_name(api: ApiHarness) -> None:
    url = url_of(api)
    for query, suffix in (
        ("", "png"),
        ("&format=jpeg", "jpg"),
        ("&format=webp", "webp"),
    ):
        answer = api.client.get(f"{url}?download=1{query}")
        disposition = answer.headers["content-disposition"]
        assert disposition.startswith('attachment; filename="impasto-job_')
        assert disposition.endswith(f'.{suffix}"')


def test_a_known_picture_is_not_sent_again(api: ApiHarness) -> None:
    url = url_of(api)
    answer = api.client.get(url, headers={"If-None-Match": f'"{SHA256}"'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == f'"{SHA256}"'
    assert answer.headers["vary"] == "Accept"
    other = api.client.get(url, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize("media_type", TYPES)
def test_head_has_the_headers_of_get_and_no_body(
    api: ApiHarness, media_type: str
) -> None:
    url, headers = url_of(api), {"Accept": media_type}
    get, head = (
        api.client.get(url, headers=headers),
        api.client.head(url, headers=headers),
    )
    assert head.status_code == 200
    assert head.content == b""
    assert int(head.headers["content-length"]) == len(get.content)
    for name in ("content-type", "content-length", "etag", "content-disposition"):
        assert head.headers[name] == get.headers[name]


def test_head_ignores_a_range(api: ApiHarness) -> None:
    head = api.client.head(url_of(api), headers={"Range": "bytes=0-9"})
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(PNG))


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", "image/png"),
        ("image/*", "image/png"),
        ("image/webp", "image/webp"),
        ("image/jpeg, image/png;q=0.5", "image/jpeg"),
        ("image/webp;q=0.2, image/jpeg;q=0.9", "image/jpeg"),
        ("image/*, image/png;q=0", "image/jpeg"),
        ("image/avif, image/webp, image/*;q=0.8", "image/webp"),
        ("image/avif", "image/avif"),
        ("image/avif, image/webp;q=0.9", "image/avif"),
        ("IMAGE/JPEG", "image/jpeg"),
        ("text/html, image/webp;q=0.001", "image/webp"),
    ],
)
def test_accept_picks_the_format(api: ApiHarness, accept: str, chosen: str) -> None:
    answer = api.client.get(url_of(api), headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == chosen
    assert opened(answer.content).format == chosen.partition("/")[2].upper()


@pytest.mark.parametrize("accept", ["application/json", "image/gif", "image/*;q=0"])
def test_what_is_not_made_is_refused_with_what_is(api: ApiHarness, accept: str) -> None:
    answer = api.client.get(url_of(api), headers={"Accept": accept})
    body = assert_problem(answer, 406, "not_acceptable")
    assert body["available"] == TYPES


def test_the_query_picks_the_format_before_accept(api: ApiHarness) -> None:
    url = url_of(api)
    answer = api.client.get(f"{url}?format=webp", headers={"Accept": "image/png"})
    assert answer.headers["content-type"] == "image/webp"
    assert_problem(api.client.get(f"{url}?format=gif"), 422, "invalid_value")


@pytest.mark.parametrize("format_", ["jpeg", "webp", "avif"])
def test_renditions_look_like_the_picture_and_carry_its_color_space(
    api: ApiHarness, format_: str
) -> None:
    answer = api.client.get(f"{url_of(api)}?format={format_}&quality=95")
    picture = opened(answer.content)
    assert picture.size == MARKED.size
    assert picture.info["icc_profile"] == SRGB_PROFILE
    difference = ImageChops.difference(picture.convert("RGB"), MARKED)
    # Next to the edge between red and white both formats are a little wrong.
    far_from_edges = difference.crop((0, 0, 24, 16))
    assert max(high for _, high in far_from_edges.getextrema()) <= 8


@pytest.mark.parametrize("format_", ["jpeg", "webp", "avif"])
def test_quality_costs_bytes_and_has_its_own_validator(
    api: ApiHarness, format_: str
) -> None:
    noise = encode(Image.effect_noise((64, 48), 80).convert("RGB"))
    url = url_of(api, noise)
    answers = [
        api.client.get(f"{url}?format={format_}{quality}")
        for quality in ("&quality=10", "", "&quality=100")
    ]
    sizes = [len(each.content) for each in answers]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2]
    assert len({each.headers["etag"] for each in answers}) == 3
    again = api.client.get(
        f"{url}?format={format_}", headers={"If-None-Match": answers[1].headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("quality", ["0", "101", "-1"])
def test_a_quality_out_of_range_is_refused(api: ApiHarness, quality: str) -> None:
    answer = api.client.get(f"{url_of(api)}?format=jpeg&quality={quality}")
    body = assert_problem(answer, 422, "out_of_range")
    assert body["errors"][0]["field"] == "/quality"
    assert body["errors"][0]["limit"] in (1, 100)


def test_a_quality_that_is_no_number_is_refused(api: ApiHarness) -> None:
    answer = api.client.get(f"{url_of(api)}?format=jpeg&quality=best")
    assert_problem(answer, 422, "invalid_value")


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=10-19", slice(10, 20)),
        ("bytes=10-", slice(10, None)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=10-999999", slice(10, None)),
        ("bytes=-999999", slice(0, None)),
    ],
)
def test_a_part_is_sent(api: ApiHarness, header: str, part: slice) -> None:
    answer = api.client.get(url_of(api), headers={"Range": header})
    assert answer.status_code == 206
    assert answer.content == PNG[part]
    first, last, _ = part.indices(len(PNG))
    assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(PNG)}"
    assert answer.headers["content-length"] == str(last - first)
    assert answer.headers["etag"] == f'"{SHA256}"'


@pytest.mark.parametrize(
    "header",
    ["bytes=0-1,5-6", "bytes=5-2", "lines=0-1", "bytes=", "bytes=-", "bytes=a-"],
)
def test_a_range_that_says_nothing_gives_the_whole(
    api: ApiHarness, header: str
) -> None:
    answer = api.client.get(url_of(api), headers={"Range": header})
    assert (answer.status_code, answer.content) == (200, PNG)


@pytest.mark.parametrize("header", ["bytes=999999-", "bytes=-0"])
def test_a_range_outside_is_refused_with_the_length(
    api: ApiHarness, header: str
) -> None:
    answer = api.client.get(url_of(api), headers={"Range": header})
    assert_problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(PNG)}"


@pytest.mark.parametrize(
    ("if_range", "status"),
    [
        (f'"{SHA256}"', 206),
        (f'W/"{SHA256}"', 200),
        ('"other"', 200),
        ("Tue, 24 Nov 2026 14:00:00 GMT", 200),
    ],
)
def test_a_part_is_sent_only_of_the_same_file(
    api: ApiHarness, if_range: str, status: int
) -> None:
    headers = {"Range": "bytes=0-9", "If-Range": if_range}
    assert api.client.get(url_of(api), headers=headers).status_code == status


def test_an_outdated_range_cannot_lie_outside(api: ApiHarness) -> None:
    headers = {"Range": "bytes=999999-", "If-Range": '"other"'}
    assert api.client.get(url_of(api), headers=headers).status_code == 200


def test_parts_of_a_rendition_fit_together(api: ApiHarness) -> None:
    url = f"{url_of(api)}?format=jpeg"
    whole = api.client.get(url)
    parts = [
        api.client.get(url, headers={"Range": span, "If-Range": whole.headers["etag"]})
        for span in ("bytes=0-99", "bytes=100-")
    ]
    assert b"".join(each.content for each in parts) == whole.content


def test_a_picture_past_its_time_is_gone() -> None:
    api = ApiHarness(ledger=ScratchLedger(stands_still=True))
    job_id, clock = api.succeeded(), api.ledger.clock
    clock.pass_time(timedelta(days=1).total_seconds() + 1)
    expired_at = datetime.fromtimestamp(clock() - 1, UTC)
    for path in ("result", "result?format=jpeg", "inputs/content"):
        body = assert_problem(
            api.client.get(f"/v1/jobs/{job_id}/{path}"), 410, "result_expired"
        )
        assert datetime.fromisoformat(body["expired_at"]) == expired_at
        assert body["expired_at"].endswith("Z")
    job = api.client.get(f"/v1/jobs/{job_id}").json()
    assert job["result"]["expired"] is True


def test_the_profile_is_srgb_and_always_the_same() -> None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(SRGB_PROFILE))
    assert "sRGB" in ImageCms.getProfileName(profile)
    srgb = ImageCms.createProfile("sRGB")
    colors = Image.effect_noise((64, 48), 90).convert("RGB")
    assert (
        ImageCms.profileToProfile(colors, profile, srgb).tobytes() == colors.tobytes()
    )
    assert SRGB_PROFILE[24:28] == b"\x07\xd0\x00\x01", "its date is fixed: January 2000"
