"""Files that came before their jobs, named in every way in which a file is sent."""

from typing import Any

import pytest

from app.contract.keys import Scope
from app.contract.kind import Kinds
from app.contract.kinds.image.kind import IMAGE
from app.contract.records.wire import upload_key
from app.contract.uploads import Upload
from app.uploads.dependencies import UploadDependencies
from app.uploads.uploads import Uploads
from tests.app.conftest import ApiHarness
from tests.app.submissions.sending import receive_with
from tests.app.uploads.test_routes import make_round_of
from tests.kinds.echo.kind import ECHO
from tests.kinds.echo.test_submitting import (
    NOTE,
    SOUND,
    code_of,
    document,
    send,
    send_form,
)
from tests.ledgers import ScratchLedger

#: A form without a file is a form, too.
AS_FORM: Any = {"kind": (None, "echo")}


@pytest.fixture
def api() -> ApiHarness:
    ledger = ScratchLedger(stands_still=True)
    return ApiHarness(ledger=ledger, kinds=Kinds((IMAGE, ECHO)))


def upload(api: ApiHarness, content: bytes = SOUND, **headers: str) -> str:
    """Send a file before its job; return the upload's id."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = api.client.post("/v1/uploads", content=content, headers=names)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def send_upload(api: ApiHarness, way: str, upload_id: str, **headers: str) -> Any:
    if way == "form":
        parts = AS_FORM | {"content_upload": (None, upload_id)}
        return api.client.post("/v1/jobs", files=parts, headers=headers)
    return send(api, document(content={"upload": upload_id}), **headers)


@pytest.mark.parametrize("way", ["form", "json"])
def test_an_upload_is_taken_as_it_is(api: ApiHarness, way: str) -> None:
    upload_id = upload(api)
    before = dict(api.blobs.blobs)
    job = send_upload(api, way, upload_id).json()
    assert job["input"] == send_form(api, [("content", SOUND)]).json()["input"]
    stored = {key for key in api.blobs.blobs if key.startswith("uploads/")}
    assert stored <= {*before}, "nothing was copied"
    again = api.client.get(f"/v1/jobs/{job['id']}/inputs/content")
    assert again.content == SOUND


def test_an_upload_may_be_larger_than_a_picture(api: ApiHarness) -> None:
    settings = api.settings.model_copy(update={"max_image_bytes": 2**16})
    small = ApiHarness(settings=settings, kinds=Kinds((IMAGE, ECHO)))
    job = send_upload(small, "json", upload(small, bytes(2**16 + 1))).json()
    assert job["input"]["content"]["bytes"] == 2**16 + 1


def test_uploads_and_files_count_in_the_order_in_which_they_come(
    api: ApiHarness,
) -> None:
    files: Any = [
        *(("kind", (None, "echo")), ("content", ("a", SOUND))),
        *(("note", ("b", b"1")), ("note_upload", (None, upload(api, b"22")))),
        ("note", ("c", b"333")),
    ]
    job = api.client.post("/v1/jobs", files=files).json()
    assert [each["bytes"] for each in job["input"]["notes"]] == [1, 2, 3]


def test_a_batch_takes_uploads(api: ApiHarness) -> None:
    ids = [upload(api), upload(api, NOTE)]
    body = {"kind": "echo", "contents": [{"upload": each} for each in ids]}
    fields = {"content_upload": ids}
    form = api.client.post("/v1/batches", files=AS_FORM, data=fields)
    for answer in (send(api, body, "/v1/batches"), form):
        jobs = [api.ledger.get(each["id"]) for each in answer.json()["jobs"]]
        sizes = [job.inputs["content"].facts["bytes"] for job in jobs]
        assert sizes == [len(SOUND), len(NOTE)]


def test_a_key_stands_for_the_upload_that_it_came_with(api: ApiHarness) -> None:
    upload_id = upload(api)
    first = send_upload(api, "json", upload_id, **{"Idempotency-Key": "once"})
    again = send_upload(api, "form", upload_id, **{"Idempotency-Key": "once"})
    assert again.json()["id"] == first.json()["id"]
    other = send_upload(api, "json", upload(api), **{"Idempotency-Key": "once"})
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("way", ["form", "json"])
def test_an_upload_that_nobody_can_name_is_refused(api: ApiHarness, way: str) -> None:
    begun = upload(api, Upload_Complete="?0")
    gone = upload(api)
    api.client.delete(f"/v1/uploads/{gone}")
    pointer = "/content_upload" if way == "form" else "/content/upload"
    for upload_id, status, code in (
        (begun, 422, "upload_incomplete"),
        (gone, 404, "upload_not_found"),
        ("../x", 404, "upload_not_found"),
        (upload(api, b""), 422, "invalid_value"),
    ):
        assert code_of(send_upload(api, way, upload_id)) == (status, code, pointer)
    api.ledger.clock.pass_time(90_000)
    assert code_of(send_upload(api, way, begun)) == (410, "upload_expired", pointer)
    assert api.ledger.queue_depth() == 0


def test_another_keys_upload_is_not_there(api: ApiHarness) -> None:
    scopes = (Scope.JOBS_WRITE, Scope.JOBS_READ)
    mine, theirs = api.key(*scopes), api.key(*scopes)
    upload_id = upload(api, **mine)
    body = document(content={"upload": upload_id})
    assert send(api, body, **theirs).json()["code"] == "upload_not_found"
    assert send(api, body, **mine).status_code == 202


def test_one_that_a_job_names_outlives_its_upload(api: ApiHarness) -> None:
    upload_id = upload(api)
    job = send_upload(api, "json", upload_id).json()
    api.client.delete(f"/v1/uploads/{upload_id}")
    make_round_of(api)
    again = api.client.get(f"/v1/jobs/{job['id']}/inputs/content")
    assert again.content == SOUND


def test_one_that_goes_while_it_is_named_makes_no_job(api: ApiHarness) -> None:
    class Vanishing(Uploads):
        def keep(self, upload: Upload) -> None:
            self.delete(upload)
            self.blobs.delete(upload_key(str(upload.sha256)))

    real = api.service(UploadDependencies).uploads
    receive_with(api, uploaded=Vanishing(**vars(real)))
    answer = send_upload(api, "json", upload(api))
    assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found")
    assert api.ledger.queue_depth() == 0
