"""Previews while a job runs, and the pictures that it is made from."""

import io
from typing import Any

import pytest
from PIL import Image

from app.contract.jobs import Preview
from app.contract.records.wire import preview_key
from tests.app.conftest import ApiHarness
from tests.app.pictures import plain


def shown(api: ApiHarness, *steps: int) -> str:
    """Return the id of a job that runs and has shown these steps."""
    job_id = api.running()
    for step in steps:
        key = preview_key(job_id, 1, step)
        api.blobs.put(key, plain("JPEG", color=(step, 0, 0)))
        preview = Preview(step=step, blob_key=key, width=48, height=36)
        assert api.ledger.note_preview(job_id, 1, preview)
    return job_id


def red_of(answer: Any) -> int:
    pixel = Image.open(io.BytesIO(answer.content)).convert("RGB").getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return int(pixel[0])


def test_the_newest_preview_is_shown(api: ApiHarness) -> None:
    answer = api.client.get(f"/v1/jobs/{shown(api, 50, 200)}/preview")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-step"] == "200"
    assert abs(red_of(answer) - 200) < 5


def test_the_previews_that_are_kept_are_listed(api: ApiHarness) -> None:
    job_id = shown(api, 50, 200)
    listed = api.client.get(f"/v1/jobs/{job_id}/previews").json()["data"]
    assert [each["step"] for each in listed] == [50, 200]
    steps = [api.client.get(each["url"]).headers["x-step"] for each in listed]
    assert steps == ["50", "200"]
    assert api.client.get(f"/v1/jobs/{api.queued()}/previews").json() == {"data": []}
    assert api.client.get("/v1/jobs/job_none/previews").status_code == 404


def test_an_older_preview_is_shown_while_it_is_kept(api: ApiHarness) -> None:
    job_id = shown(api, 50, 200)
    answer = api.client.get(f"/v1/jobs/{job_id}/preview?step=50")
    assert answer.headers["x-step"] == "50"
    assert abs(red_of(answer) - 50) < 5
    gone = api.client.get(f"/v1/jobs/{job_id}/preview?step=51")
    assert gone.status_code == 404
    assert gone.json()["code"] == "preview_not_found"
    assert gone.json()["steps"] == [50, 200]


def test_a_known_preview_is_not_sent_again(api: ApiHarness) -> None:
    url = f"/v1/jobs/{shown(api, 50)}/preview"
    etag = api.client.get(url).headers["etag"]
    answer = api.client.get(url, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["x-step"] == "50"


def test_before_the_first_preview_there_is_none(api: ApiHarness) -> None:
    answer = api.client.get(f"/v1/jobs/{api.queued()}/preview")
    assert answer.status_code == 404
    assert answer.json()["code"] == "preview_not_found"
    assert answer.headers["retry-after"] == "1"


def test_a_preview_that_was_swept_away_is_not_there(api: ApiHarness) -> None:
    job_id = shown(api, 50)
    api.blobs.delete(preview_key(job_id, 1, 50))
    answer = api.client.get(f"/v1/jobs/{job_id}/preview")
    assert answer.status_code == 404
    assert answer.json()["code"] == "preview_not_found"


def test_a_preview_is_a_jpeg_or_nothing(api: ApiHarness) -> None:
    url = f"/v1/jobs/{shown(api, 50)}/preview"
    answer = api.client.get(url, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["available"] == ["image/jpeg"]


def with_all_inputs(api: ApiHarness) -> str:
    files = [
        ("content", ("c", plain(color=(10, 0, 0)))),
        ("style", ("s", plain(color=(20, 0, 0)))),
        ("style", ("s", plain(color=(30, 0, 0)))),
        ("mask", ("", b"")),
        ("mask", ("m", plain(mode="L", color=255))),
        ("style_mask", ("m", plain(mode="L", color=200))),
        ("init", ("i", plain(color=(40, 0, 0)))),
    ]
    answer = api.client.post("/v1/jobs", files=files, data={"start": "image"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_inputs_are_shown_as_the_job_uses_them(api: ApiHarness) -> None:
    job_id = with_all_inputs(api)
    for name, red in (
        ("content", 10),
        ("style/0", 20),
        ("style/1", 30),
        ("mask/1", 255),
        ("style_mask/0", 200),
        ("init", 40),
    ):
        answer = api.client.get(f"/v1/jobs/{job_id}/inputs/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"] == "image/png"
        assert red_of(answer) == red, name
        etag = {"If-None-Match": answer.headers["etag"]}
        again = api.client.get(f"/v1/jobs/{job_id}/inputs/{name}", headers=etag)
        assert again.status_code == 304


@pytest.mark.parametrize(
    "name", ["style", "style/2", "style/-1", "mask/0", "style_mask/1", "x", "content/0"]
)
def test_what_was_not_sent_is_not_there(api: ApiHarness, name: str) -> None:
    answer = api.client.get(f"/v1/jobs/{with_all_inputs(api)}/inputs/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "input_not_found"
    assert answer.json()["detail"] == (
        "The job's inputs are content, style/0, style/1, mask/1, style_mask/0, init."
    )


@pytest.mark.parametrize("tail", ["preview", "inputs/content", "losses", "result"])
def test_an_unknown_job_has_nothing_to_show(api: ApiHarness, tail: str) -> None:
    answer = api.client.get(f"/v1/jobs/job_{'0' * 32}/{tail}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "job_not_found"


def test_a_finished_picture_is_its_own_preview_once_the_others_are_gone(
    api: ApiHarness,
) -> None:
    job_id = api.succeeded(plain(color=(200, 0, 0)))
    answer = api.client.get(f"/v1/jobs/{job_id}/preview")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert abs(red_of(answer) - 200) < 5
    known = {"If-None-Match": answer.headers["etag"]}
    assert (
        api.client.get(f"/v1/jobs/{job_id}/preview", headers=known).status_code == 304
    )
    older = api.client.get(f"/v1/jobs/{job_id}/preview?step=1")
    assert older.status_code == 404
