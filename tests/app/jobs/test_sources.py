"""Pictures that were not sent: of the library, and from a URL."""

from typing import Any

import pytest

from app.contract.records.wire import upload_key
from app.contract.styles import Style
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import decode, plain
from tests.app.submissions.sending import (
    STYLE_ID,
    FakeFetcher,
    a_job,
    data,
    receive_with,
    send,
)
from tests.fakes import MemoryStyleCatalogue

URL = "https://pictures.example/a.png"
BLUE = plain(color=(1, 2, 3), size=(60, 40))


def post(api: ApiHarness, *parts: tuple[str, bytes | str], query: str = "") -> Any:
    sent = [
        (name, ("p", value) if isinstance(value, bytes) else (None, value))
        for name, value in parts
    ]
    return api.client.post(f"/v1/jobs{query}", files=sent)


def test_a_painting_of_the_library_needs_no_file(api: ApiHarness) -> None:
    job = post(api, ("content", PICTURE), ("style_id", STYLE_ID)).json()
    (style,) = job["input"]["styles"]
    assert style["style_id"] == STYLE_ID
    stored = decode(api.blobs.get(upload_key(style["sha256"])))
    assert stored.size == (style["width"], style["height"])
    assert job["input"]["content"]["style_id"] is None


def test_files_and_names_keep_the_order_in_which_they_came(api: ApiHarness) -> None:
    answer = post(
        api,
        ("style", PICTURE),
        ("style_id", STYLE_ID),
        ("style_weight", "1"),
        ("content", PICTURE),
        ("style_weight", "2"),
        ("style", BLUE),
        ("style_weight", "3"),
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    styles = job["input"]["styles"]
    assert [each["style_id"] for each in styles] == [None, STYLE_ID, None]
    assert [styles[0]["width"], styles[2]["width"]] == [48, 60]
    assert job["params"]["style_weights"] == [1.0, 2.0, 3.0]


def test_files_and_names_together_may_be_four(api: ApiHarness) -> None:
    four = [("style", PICTURE), ("style_id", STYLE_ID)] * 2
    assert post(api, ("content", PICTURE), *four).status_code == 202
    five = [*four, ("style_id", "glass")]
    answer = post(api, ("content", PICTURE), *five)
    assert_problem(answer, 422, "too_many_styles")


@pytest.mark.parametrize("empty", [("style", ("", b"")), ("style_id", (None, ""))])
def test_what_a_browser_left_empty_was_not_chosen(api: ApiHarness, empty: Any) -> None:
    chosen = [("content", ("p", PICTURE)), ("style_id", (None, STYLE_ID))]
    answer = api.client.post("/v1/jobs", files=[*chosen, empty])
    assert answer.status_code == 202, answer.text
    assert len(answer.json()["input"]["styles"]) == 1


@pytest.mark.parametrize("query", ["", "?validate_only=true"])
def test_an_unknown_painting_is_told_by_place(api: ApiHarness, query: str) -> None:
    parts = [("content", PICTURE), ("style_id", STYLE_ID), ("style_id", "nightt")]
    body = assert_problem(post(api, *parts, query=query), 404, "style_not_found")
    assert body["errors"][0]["field"] == "/style_id/1"
    assert body["errors"][0]["actual"] == "nightt"
    assert api.is_untouched


def test_which_file_is_bad_is_counted_among_its_kind(api: ApiHarness) -> None:
    parts = [("style_id", STYLE_ID), ("style", PICTURE), ("style", b"x")]
    body = post(api, ("content", PICTURE), *parts).json()
    assert body["errors"][0]["field"] == "/style/1"
    assert "style 3 is" in body["detail"]


def test_a_photograph_may_be_of_the_library_too(api: ApiHarness) -> None:
    job = send(api, a_job(content={"style_id": STYLE_ID})).json()
    assert job["input"]["content"]["style_id"] == STYLE_ID


def test_the_catalogue_is_a_port(api: ApiHarness) -> None:
    style_catalogue = MemoryStyleCatalogue()
    style = Style(id="sty_1", title="x", sha256="ab" * 32, width=60, height=40)
    style_catalogue.put(style, BLUE)
    receive_with(api, style_catalogue=style_catalogue)
    job = send(api, a_job(styles=[{"style_id": "sty_1"}])).json()
    assert job["input"]["styles"][0]["sha256"] == "ab" * 32
    assert api.blobs.get(upload_key("ab" * 32)) == BLUE


def test_a_picture_is_fetched_and_goes_through_the_same_intake(api: ApiHarness) -> None:
    fetcher = FakeFetcher({URL: BLUE, "https://bad.example": b"hello"})
    receive_with(api, fetcher=fetcher)
    job = send(api, a_job(content={"url": URL}, styles=[{"url": URL}])).json()
    assert job["input"]["content"]["width"] == 60
    bad = a_job(styles=[data(), {"url": "https://bad.example"}])
    body = assert_problem(send(api, bad), 415, "unsupported_image_type")
    assert body["errors"][0]["field"] == "/styles/1/url"
    gone = a_job(styles=[{"url": "https://gone.example"}])
    body = assert_problem(send(api, gone), 422, "url_fetch_failed")
    assert body["errors"][0]["field"] == "/styles/0/url"


def test_nothing_is_fetched_before_what_was_sent_is_looked_at(api: ApiHarness) -> None:
    fetcher = FakeFetcher({URL: BLUE})
    receive_with(api, fetcher=fetcher)
    for bad in (
        a_job(content={"url": URL}, styles=[data(b"hello")]),
        a_job(content={"url": URL}, styles=[{"style_id": "nightt"}]),
        a_job(content={"url": URL}, params={"steps": 0}),
    ):
        assert send(api, bad).status_code in {404, 415, 422}
    assert fetcher.asked == []


def test_validation_fetches_too(api: ApiHarness) -> None:
    receive_with(api, fetcher=FakeFetcher())
    answer = send(api, a_job(content={"url": URL}), "/v1/jobs?validate_only=true")
    assert_problem(answer, 422, "url_fetch_failed")
