"""Downloads from the blob store itself: who is sent there, how, and who never is."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.contract.keys import Scope
from app.contract.ports import StorageUnavailableError
from app.contract.workers import WorkerInfo
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, SHA256, ApiHarness
from tests.app.jobs.test_reuse import BODY, finished
from tests.app.jobs.test_routes import assert_problem
from tests.app.submissions.sending import send
from tests.fakes import MemoryBlobStore

ELSEWHERE = "https://storage.test/bucket/"
ON = ApiSettings(download_redirects=True)


@dataclass
class SigningStore(MemoryBlobStore):
    """A store with URLs of its own."""

    signed: list[dict[str, Any]] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)

    def get(self, key: str) -> bytes:
        self.reads.append(key)
        return super().get(key)

    def signed_url(self, key: str, **wishes: Any) -> str:  # type: ignore[override]
        self.signed.append({"key": key, **wishes})
        return f"{ELSEWHERE}{key}?signature=a%2Fb"


@pytest.fixture
def api() -> ApiHarness:
    api = ApiHarness(ON, blobs=SigningStore())
    api.client.follow_redirects = False
    return api


def test_a_result_is_fetched_from_where_it_is_stored(api: ApiHarness) -> None:
    job_id = api.succeeded()
    answer = api.client.get(f"/v1/jobs/{job_id}/result")
    assert (answer.status_code, answer.content) == (307, b"")
    key = f"results/{job_id}/1.png"
    assert answer.headers["location"] == f"{ELSEWHERE}{key}?signature=a%2Fb"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "etag" not in answer.headers, "it would be that of other bytes"
    assert api.blobs.reads == [], "the bytes do not pass through the service"
    assert api.blobs.signed == [
        {
            "key": key,
            "expires_s": 300,
            "media_type": "image/png",
            "file_name": f"impasto-{job_id}.png",
            "is_download": False,
        }
    ]
    api.client.get(f"/v1/jobs/{job_id}/result?download=1")
    assert api.blobs.signed[1]["is_download"] is True


@pytest.mark.parametrize(
    ("query", "accept"),
    [("?proxy=1", "*/*"), ("?format=jpeg", "*/*"), ("", "image/webp")],
)
def test_renditions_and_what_is_asked_for_by_proxy_come_from_the_service(
    api: ApiHarness, query: str, accept: str
) -> None:
    url = f"/v1/jobs/{api.succeeded()}/result{query}"
    answer = api.client.get(url, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/")
    assert api.blobs.signed == []


def test_head_is_answered_here_since_the_url_is_for_get_alone(api: ApiHarness) -> None:
    head = api.client.head(f"/v1/jobs/{api.succeeded()}/result")
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(PICTURE))
    assert api.blobs.signed == []


def test_a_known_picture_is_not_fetched_anywhere(api: ApiHarness) -> None:
    url = f"/v1/jobs/{api.succeeded()}/result"
    answer = api.client.get(url, headers={"If-None-Match": f'"{SHA256}"'})
    assert answer.status_code == 304
    assert api.blobs.signed == []


def test_nobody_is_sent_on_who_may_not_have_the_picture(api: ApiHarness) -> None:
    owner = api.key(Scope.JOBS_READ, Scope.JOBS_WRITE)
    stranger = api.key(Scope.JOBS_READ)
    api.client.headers = owner
    url = f"/v1/jobs/{api.succeeded()}/result"
    api.client.headers = {}
    assert_problem(api.client.get(url), 401, "unauthenticated")
    assert_problem(api.client.get(url, headers=stranger), 404, "job_not_found")
    assert api.blobs.signed == []
    assert api.client.get(url, headers=owner).status_code == 307


@pytest.mark.parametrize("state", ["queued", "failed", "canceled"])
def test_no_url_is_signed_for_what_is_not_there(api: ApiHarness, state: str) -> None:
    job_id = getattr(api, state)()
    assert api.client.get(f"/v1/jobs/{job_id}/result").status_code == 409
    assert api.blobs.signed == []


def test_one_who_waits_for_a_picture_gets_its_bytes(api: ApiHarness) -> None:
    """The one-line demonstration follows no redirect."""
    source = finished(api)
    answer = send(api, BODY, Accept="image/png", Prefer="wait=1")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    reused = api.client.get(f"{answer.headers['location']}/result")
    assert reused.headers["location"].startswith(f"{ELSEWHERE}results/{source}/")


def test_redirects_are_off_unless_an_operator_turns_them_on() -> None:
    api = ApiHarness(blobs=SigningStore())
    answer = api.client.get(f"/v1/jobs/{api.succeeded()}/result")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert api.blobs.signed == []


def test_a_store_without_urls_has_its_bytes_passed_on() -> None:
    api = ApiHarness(ON)
    answer = api.client.get(f"/v1/jobs/{api.succeeded()}/result")
    assert (answer.status_code, answer.content) == (200, PICTURE)


def test_a_url_that_cannot_be_signed_is_an_outage(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_key: str, **_request_options: object) -> str:
        raise StorageUnavailableError("no credentials")

    monkeypatch.setattr(api.blobs, "signed_url", refuse)
    answer = api.client.get(f"/v1/jobs/{api.succeeded()}/result")
    assert_problem(answer, 503, "storage_unavailable")


def test_a_job_over_a_real_object_storage(storage: Any) -> None:
    api = ApiHarness(ON, blobs=storage.store(storage.new_bucket()))
    api.client.follow_redirects = False
    job_id = api.succeeded()
    url = f"/v1/jobs/{job_id}/result"
    passed_on = api.client.get(f"{url}?proxy=1", headers={"Range": "bytes=1-9"})
    assert (passed_on.status_code, passed_on.content) == (206, PICTURE[1:10])
    location = api.client.get(f"{url}?download=1").headers["location"]
    assert location.startswith(storage.endpoint_url)
    assert parse_qs(urlsplit(location).query)["X-Amz-Expires"] == ["300"]
    fetched = httpx.get(location)
    assert (fetched.status_code, fetched.content) == (200, PICTURE)
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.headers["content-disposition"] == (
        f'attachment; filename="impasto-{job_id}.png"'
    )
    part = httpx.get(location, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, PICTURE[:4])
    content = api.client.get(f"/v1/jobs/{job_id}/inputs/content")
    assert content.status_code == 200
    api.worker_registry.announce(WorkerInfo(name="worker"))
    assert api.client.get("/readyz").status_code == 200
