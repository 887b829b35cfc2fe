"""Uploads over HTTP: whole, in pieces, one key's own, within bounds."""

import hashlib
from typing import Any

import pytest

from app.contract.keys import Scope
from app.contract.records.wire import upload_key
from app.settings import ApiSettings
from app.uploads import receiving
from app.uploads.dependencies import UploadDependencies
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.rounds import make_round
from tests.ledgers import ScratchLedger

BYTES = bytes(range(256)) * 100
PARTIAL = {"Content-Type": "application/partial-upload"}


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PART_BYTES", 1000)


def begin(api: ApiHarness, content: bytes = b"", **headers: str) -> str:
    """Open an upload that is not complete; return its path."""
    answer = api.client.post(
        "/v1/uploads", content=content, headers={"Upload-Complete": "?0", **headers}
    )
    assert answer.status_code == 201, answer.text
    return "/v1/uploads/" + str(answer.json()["id"])


def append(
    api: ApiHarness, path: str, offset: int, content: bytes, *, ends: bool = False
) -> Any:
    headers = {"Upload-Offset": str(offset), "Upload-Complete": "?1" if ends else "?0"}
    return api.client.patch(path, content=content, headers=PARTIAL | headers)


def stored(api: ApiHarness, upload: dict[str, Any]) -> bytes:
    return bytes(api.blobs.get(upload_key(upload["sha256"])))


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_whole_file_is_stored_under_its_hash(api: ApiHarness) -> None:
    answer = api.client.post(
        "/v1/uploads", content=BYTES, headers={"Content-Type": "Video/MP4; codecs=x"}
    )
    upload = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/v1/uploads/{upload['id']}")
    assert answer.headers["Upload-Complete"] == "?1"
    assert answer.headers["Upload-Limit"] == f"max-size={512 * 2**20}"
    assert upload.pop("expires_at").endswith("Z")
    assert upload.pop("id").startswith("upl_")
    assert upload == {
        "object": "upload",
        "offset": len(BYTES),
        "complete": True,
        "bytes": len(BYTES),
        "sha256": hashlib.sha256(BYTES).hexdigest(),
        "media_type": "video/mp4",
    }
    assert stored(api, upload) == BYTES


def test_a_picture_tells_its_size(api: ApiHarness) -> None:
    headers = {"Content-Type": "image/png"}
    upload = api.client.post("/v1/uploads", content=PICTURE, headers=headers).json()
    assert upload["image"] == {"width": 48, "height": 36}


@pytest.mark.parametrize("content_type", ["image/png", "nonsense", "a/b/c", ""])
def test_what_is_no_picture_is_taken_as_bytes(
    api: ApiHarness, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    upload = api.client.post("/v1/uploads", content=BYTES, headers=headers).json()
    assert "image" not in upload
    is_known = content_type == "image/png"
    told = content_type if is_known else "application/octet-stream"
    assert upload["media_type"] == told


def test_a_file_may_come_in_pieces_of_any_length(api: ApiHarness) -> None:
    path, offset = begin(api, BYTES[:10]), 10
    for end in (10, 11, 999, 1000, 1001, 5000, len(BYTES)):
        answer = append(api, path, offset, BYTES[offset:end])
        assert answer.status_code == 200
        assert answer.headers["Upload-Complete"] == "?0"
        assert answer.json()["offset"] == end
        offset = end
    answer = append(api, path, offset, b"", ends=True)
    assert answer.headers["Upload-Complete"] == "?1"
    assert stored(api, answer.json()) == BYTES
    assert answer.json() == api.client.get(path).json()


def test_many_small_pieces_lie_in_few_blobs(api: ApiHarness) -> None:
    path = begin(api)
    for offset in range(0, 3000, 100):
        append(api, path, offset, BYTES[offset : offset + 100])
    upload = api.ledger.upload_records.look(path.rpartition("/")[2], None)
    assert [part.size_bytes for part in upload.parts] == [1000, 1000, 1000]


def test_head_tells_where_to_go_on(api: ApiHarness) -> None:
    path = begin(api, BYTES[:1234])
    answer = api.client.head(path)
    assert answer.status_code == 204
    assert answer.headers["Upload-Offset"] == "1234"
    assert answer.headers["Upload-Complete"] == "?0"
    assert answer.headers["Upload-Limit"].startswith("max-size=")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_limit_can_be_asked_for(api: ApiHarness) -> None:
    answer = api.client.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["Upload-Limit"] == f"max-size={512 * 2**20}"


@pytest.mark.parametrize("offset", [0, 99, 101])
def test_bytes_for_another_offset_are_refused(api: ApiHarness, offset: int) -> None:
    path = begin(api, BYTES[:100])
    answer = append(api, path, offset, b"x")
    assert code_of(answer) == (409, "upload_offset_mismatch")
    assert answer.json()["offset"] == 100
    assert api.client.get(path).json()["offset"] == 100


def test_nothing_follows_on_what_is_complete(api: ApiHarness) -> None:
    path = begin(api, BYTES[:10])
    whole = append(api, path, 10, b"", ends=True).json()
    again = append(api, path, 10, b"", ends=True)
    assert (again.status_code, again.json()) == (200, whole), "its answer was lost"
    answer = append(api, path, 10, b"x", ends=True)
    assert code_of(answer) == (409, "upload_offset_mismatch")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Upload-Offset": "0"}, 415),
        (PARTIAL, 400),
        (PARTIAL | {"Upload-Offset": "-1"}, 400),
        (PARTIAL | {"Upload-Offset": "0", "Upload-Complete": "true"}, 400),
    ],
)
def test_what_cannot_be_meant_is_refused(
    api: ApiHarness, headers: dict[str, str], status: int
) -> None:
    path = begin(api)
    answer = api.client.patch(path, content=b"x", headers=headers)
    assert answer.status_code == status
    assert (status == 415) == ("Accept-Patch" in answer.headers)


def test_another_keys_upload_is_none(api: ApiHarness) -> None:
    ada = api.key(Scope.JOBS_WRITE)
    bob = api.key(Scope.JOBS_WRITE)
    path = begin(api, BYTES[:10], **ada)
    for method in ("GET", "HEAD", "PATCH", "DELETE"):
        headers = bob | PARTIAL | {"Upload-Offset": "10"}
        assert api.client.request(method, path, headers=headers).status_code == 404
    assert api.client.get(path, headers=ada).json()["offset"] == 10


def test_a_key_that_may_not_submit_may_not_upload(api: ApiHarness) -> None:
    reader = api.key(Scope.JOBS_READ)
    answer = api.client.post("/v1/uploads", content=b"x", headers=reader)
    assert code_of(answer) == (403, "forbidden")


def test_too_long_a_file_is_refused_before_and_while_it_arrives() -> None:
    api = ApiHarness(ApiSettings(max_upload_bytes=5000))
    answer = api.client.post("/v1/uploads", content=BYTES)
    assert code_of(answer) == (413, "upload_too_large")
    announced = {"Upload-Complete": "?0", "Upload-Length": "5001"}
    answer = api.client.post("/v1/uploads", content=b"", headers=announced)
    assert code_of(answer) == (413, "upload_too_large")
    path = begin(api, BYTES[:4000])
    answer = append(api, path, 4000, BYTES[:1001])
    assert code_of(answer) == (413, "upload_too_large")
    pieces = iter([BYTES[:800], BYTES[:800]])
    headers = PARTIAL | {"Upload-Offset": "4000"}
    answer = api.client.patch(path, content=pieces, headers=headers)
    assert code_of(answer) == (413, "upload_too_large")


def test_unused_uploads_of_a_key_may_hold_so_much() -> None:
    api = ApiHarness(ApiSettings(upload_bytes_per_key=5000))
    ada, bob = api.key(Scope.JOBS_WRITE), api.key(Scope.JOBS_WRITE)
    first = begin(api, BYTES[:3000], **ada)
    answer = api.client.post("/v1/uploads", content=BYTES[:2001], headers=ada)
    assert code_of(answer) == (413, "upload_quota_exceeded")
    begin(api, BYTES[:4000], **bob)
    pieces = iter([BYTES[:1500], BYTES[:600]])
    answer = api.client.post("/v1/uploads", content=pieces, headers=ada)
    assert code_of(answer) == (413, "upload_quota_exceeded")
    api.client.delete(first, headers=ada)
    begin(api, BYTES[:5000], **ada)


def test_what_a_job_names_does_not_count_and_begins_its_day_anew() -> None:
    ledger = ScratchLedger(stands_still=True)
    api = ApiHarness(ApiSettings(upload_bytes_per_key=5000), ledger=ledger)
    uploads = api.service(UploadDependencies).uploads
    upload_id = api.client.post("/v1/uploads", content=BYTES[:3000]).json()["id"]
    assert ledger.clock is not None
    ledger.clock.pass_time(86_000)
    upload = uploads.find(upload_id, None)
    with uploads.open(upload) as file:
        assert file.read() == BYTES[:3000]
    uploads.keep(upload)
    begin(api, BYTES[:4000])
    ledger.clock.pass_time(86_000)
    make_round_of(api)
    with uploads.open(uploads.find(upload_id, None)) as file:
        assert file.read() == BYTES[:3000]


def test_what_is_not_complete_cannot_be_named(api: ApiHarness) -> None:
    uploads = api.service(UploadDependencies).uploads
    path = begin(api, BYTES)
    with pytest.raises(Exception, match="upload_incomplete"):
        uploads.find(path.rpartition("/")[2], None)
    with pytest.raises(Exception, match="upload_not_found"):
        uploads.find("upl_0", None)


def make_round_of(api: ApiHarness) -> None:
    """Sweep, a grace later."""
    api.ledger.clock.pass_time(61)
    from tests.app.archive.lossy_api import janitor_of  # noqa: PLC0415

    make_round(janitor_of(api))


def test_after_a_day_an_unused_upload_is_gone() -> None:
    ledger = ScratchLedger(stands_still=True)
    api = ApiHarness(ApiSettings(upload_bytes_per_key=30_000), ledger=ledger)
    unfinished = begin(api, BYTES[:2500])
    whole = begin(api, BYTES)
    assert ledger.clock is not None
    ledger.clock.pass_time(3600)
    upload = append(api, whole, len(BYTES), b"", ends=True).json()
    ledger.clock.pass_time(86_400 - 3600)
    make_round_of(api)
    assert code_of(api.client.get(unfinished)) == (410, "upload_expired")
    assert code_of(append(api, unfinished, 2500, b"x")) == (410, "upload_expired")
    assert set(api.blobs.blobs) == {upload_key(upload["sha256"])}, "its day is later"
    ledger.clock.pass_time(3600)
    make_round_of(api)
    assert code_of(api.client.get(whole)) == (410, "upload_expired")
    assert not api.blobs.blobs
    begin(api, BYTES), "nothing counts any more"


def test_parts_go_once_the_whole_is_stored_and_what_is_deleted_goes() -> None:
    api = ApiHarness(ledger=ScratchLedger(stands_still=True))
    path = begin(api, BYTES)
    upload = append(api, path, len(BYTES), b"", ends=True).json()
    doomed = begin(api, BYTES[:1500])
    assert api.client.delete(doomed).status_code == 204
    assert api.client.get(doomed).status_code == 404
    make_round_of(api)
    assert set(api.blobs.blobs) == {upload_key(upload["sha256"])}
    api.client.delete(path)
    make_round_of(api)
    assert not api.blobs.blobs


def test_what_two_uploads_hold_stays_when_one_goes() -> None:
    api = ApiHarness(ledger=ScratchLedger(stands_still=True))
    first, second = (
        api.client.post("/v1/uploads", content=BYTES).json() for _ in range(2)
    )
    api.client.delete(f"/v1/uploads/{first['id']}")
    make_round_of(api)
    assert stored(api, second) == BYTES
