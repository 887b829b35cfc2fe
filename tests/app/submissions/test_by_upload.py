"""Pictures that came before their jobs are judged and cleaned as any other."""

from typing import Any

import pytest

from app.contract.records.wire import upload_key
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.pictures import plain
from tests.app.submissions.sending import a_job, data, send


def upload(api: ApiHarness, content: bytes = PICTURE) -> dict[str, str]:
    """Send a file before its job; return it as JSON names it."""
    answer = api.client.post("/v1/uploads", content=content)
    assert answer.status_code == 201, answer.text
    return {"upload": answer.json()["id"]}


def send_form(api: ApiHarness, content: dict[str, str], style: dict[str, str]) -> Any:
    names = {"content": content, "style": style}
    parts = {f"{name}_upload": (None, each["upload"]) for name, each in names.items()}
    return api.client.post("/v1/jobs", files=parts)


def test_the_clean_copies_are_those_of_pictures_that_were_sent(api: ApiHarness) -> None:
    wanted = send(api, a_job()).json()["input"]
    named = upload(api), upload(api)
    sent = {"content": named[0], "styles": [named[1], data()]}
    assert send_form(api, *named).json()["input"] == wanted
    job = send(api, a_job(**sent)).json()
    assert job["input"]["content"] == wanted["content"]
    copy = upload_key(api.ledger.get(job["id"]).inputs["content"].sha256)
    assert api.blobs.get(copy) != PICTURE, "it is drawn anew"


def test_a_batch_takes_uploads_and_paintings_in_order(api: ApiHarness) -> None:
    body = {
        "contents": [upload(api)],
        "styles": [upload(api, plain(size=(64, 48))), data()],
    }
    batch = send(api, body, "/v1/batches").json()
    jobs = [api.ledger.get(each["id"]) for each in batch["jobs"]]
    widths = [job.inputs["style/0"].facts["width"] for job in jobs]
    assert widths == [64, 48]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"no picture", 415, "unsupported_image_type"), (b"", 422, "image_empty")],
)
def test_what_is_no_picture_is_refused_where_it_is_named(
    api: ApiHarness, content: bytes, status: int, code: str
) -> None:
    answer = send(api, a_job(styles=[data(), upload(api, content)]))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["errors"][0]["field"] == "/styles/1/upload"


def test_a_picture_has_the_limit_of_pictures() -> None:
    api = ApiHarness(ApiSettings(max_image_bytes=2**16))
    problem = send(api, a_job(content=upload(api, bytes(2**16 + 1)))).json()
    assert problem["code"] == "upload_too_large"
    assert (problem["limit"], problem["actual"]) == (2**16, 2**16 + 1)
    assert problem["errors"][0]["field"] == "/content/upload"


def test_a_file_and_an_upload_in_one_place_are_one_too_many(api: ApiHarness) -> None:
    parts = {
        "content": ("a.png", PICTURE),
        "content_upload": (None, upload(api)["upload"]),
        "style": ("b.png", PICTURE),
    }
    answer = api.client.post("/v1/jobs", files=parts)
    assert answer.status_code == 422
    assert "2 photographs came; 1 are allowed" in answer.json()["detail"]


def test_checking_alone_leaves_an_upload_as_it_was() -> None:
    api = ApiHarness(ApiSettings(upload_bytes_per_key=len(PICTURE)))
    body = a_job(content=upload(api))
    assert send(api, body, "/v1/jobs?validate_only=true").status_code == 200
    answer = api.client.post("/v1/uploads", content=b"x")
    assert answer.json()["code"] == "upload_quota_exceeded", "it still counts"
    assert send(api, body).status_code == 202
    assert api.client.post("/v1/uploads", content=b"x").status_code == 201
