"""Downloads from the blob store itself: who is sent there, how, and who never is."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.contract.keys import Scope
from app.contract.ports import StorageUnavailableError
from app.contract.workers import WorkerCard
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, SHA256, House
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
def house() -> House:
    house = House(ON, blobs=SigningStore())
    house.client.follow_redirects = False
    return house


def test_a_result_is_fetched_from_where_it_is_stored(house: House) -> None:
    job_id = house.succeeded()
    answer = house.client.get(f"/v1/jobs/{job_id}/result")
    assert (answer.status_code, answer.content) == (307, b"")
    key = f"results/{job_id}/1.png"
    assert answer.headers["location"] == f"{ELSEWHERE}{key}?signature=a%2Fb"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "etag" not in answer.headers, "it would be that of other bytes"
    assert house.blobs.reads == [], "the bytes do not pass through the service"
    assert house.blobs.signed == [
        {
            "key": key,
            "expires_s": 300,
            "media_type": "image/png",
            "file_name": f"impasto-{job_id}.png",
            "is_download": False,
        }
    ]
    house.client.get(f"/v1/jobs/{job_id}/result?download=1")
    assert house.blobs.signed[1]["is_download"] is True


@pytest.mark.parametrize(
    ("query", "accept"),
    [("?proxy=1", "*/*"), ("?format=jpeg", "*/*"), ("", "image/webp")],
)
def test_prints_and_what_is_asked_for_by_proxy_come_from_the_service(
    house: House, query: str, accept: str
) -> None:
    url = f"/v1/jobs/{house.succeeded()}/result{query}"
    answer = house.client.get(url, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/")
    assert house.blobs.signed == []


def test_head_is_answered_here_since_the_url_is_for_get_alone(house: House) -> None:
    head = house.client.head(f"/v1/jobs/{house.succeeded()}/result")
    assert head.status_code == 200
    assert head.headers["content-length"] == str(len(PICTURE))
    assert house.blobs.signed == []


def test_a_known_picture_is_not_fetched_anywhere(house: House) -> None:
    url = f"/v1/jobs/{house.succeeded()}/result"
    answer = house.client.get(url, headers={"If-None-Match": f'"{SHA256}"'})
    assert answer.status_code == 304
    assert house.blobs.signed == []


def test_nobody_is_sent_on_who_may_not_have_the_picture(house: House) -> None:
    owner = house.key(Scope.JOBS_READ, Scope.JOBS_WRITE)
    stranger = house.key(Scope.JOBS_READ)
    house.client.headers = owner
    url = f"/v1/jobs/{house.succeeded()}/result"
    house.client.headers = {}
    assert_problem(house.client.get(url), 401, "unauthenticated")
    assert_problem(house.client.get(url, headers=stranger), 404, "job_not_found")
    assert house.blobs.signed == []
    assert house.client.get(url, headers=owner).status_code == 307


@pytest.mark.parametrize("state", ["queued", "failed", "canceled"])
def test_no_url_is_signed_for_what_is_not_there(house: House, state: str) -> None:
    job_id = getattr(house, state)()
    assert house.client.get(f"/v1/jobs/{job_id}/result").status_code == 409
    assert house.blobs.signed == []


def test_one_who_waits_for_a_picture_gets_its_bytes(house: House) -> None:
    """The one-line demonstration follows no redirect."""
    source = finished(house)
    answer = send(house, BODY, Accept="image/png", Prefer="wait=1")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    reused = house.client.get(f"{answer.headers['location']}/result")
    assert reused.headers["location"].startswith(f"{ELSEWHERE}results/{source}/")


def test_redirects_are_off_unless_an_operator_turns_them_on() -> None:
    house = House(blobs=SigningStore())
    answer = house.client.get(f"/v1/jobs/{house.succeeded()}/result")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert house.blobs.signed == []


def test_a_store_without_urls_has_its_bytes_passed_on() -> None:
    house = House(ON)
    answer = house.client.get(f"/v1/jobs/{house.succeeded()}/result")
    assert (answer.status_code, answer.content) == (200, PICTURE)


def test_a_url_that_cannot_be_signed_is_an_outage(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_key: str, **_wishes: object) -> str:
        raise StorageUnavailableError("no credentials")

    monkeypatch.setattr(house.blobs, "signed_url", refuse)
    answer = house.client.get(f"/v1/jobs/{house.succeeded()}/result")
    assert_problem(answer, 503, "storage_unavailable")


def test_a_job_over_a_real_object_storage(storage: Any) -> None:
    house = House(ON, blobs=storage.store(storage.new_bucket()))
    house.client.follow_redirects = False
    job_id = house.succeeded()
    url = f"/v1/jobs/{job_id}/result"
    passed_on = house.client.get(f"{url}?proxy=1", headers={"Range": "bytes=1-9"})
    assert (passed_on.status_code, passed_on.content) == (206, PICTURE[1:10])
    location = house.client.get(f"{url}?download=1").headers["location"]
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
    content = house.client.get(f"/v1/jobs/{job_id}/inputs/content")
    assert content.status_code == 200
    house.roster.announce(WorkerCard(name="worker"))
    assert house.client.get("/readyz").status_code == 200
