"""Uploads against a real server: broken connections, two writers, object storage."""

import hashlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.client import ImpastoClient
from app.contract.records.wire import PARTS_FOLDER, upload_key
from app.settings import ApiSettings
from app.stores.blobs import DirectoryBlobStore
from app.uploads import receiving
from tests.app.archive.lossy_api import lose_everything, maintenance_of
from tests.app.conftest import ApiHarness
from tests.conformance.service import served
from tests.ledgers import made_whole

BYTES = bytes(range(256)) * 400
#: Much longer than the server needs, much shorter than a test may hang.
PATIENCE_S = 10.0


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "PART_BYTES", 10_000)


@pytest.fixture(params=["directory", "s3"])
def api(request: pytest.FixtureRequest, tmp_path: Path) -> ApiHarness:
    settings = ApiSettings(body_idle_s=2.0)
    if request.param == "directory":
        return ApiHarness(settings, DirectoryBlobStore(tmp_path, min_free_bytes=0))
    storage: Any = request.getfixturevalue("storage")
    return ApiHarness(settings, storage.store(storage.new_bucket()))


@pytest.fixture
def origin(api: ApiHarness) -> Iterator[str]:
    with served(api) as origin:
        yield origin


def begun(line: socket.socket, method: str, path: str, *headers: str) -> None:
    """Send a request's head."""
    head = [f"{method} {path} HTTP/1.1", "Host: a", *headers, "", ""]
    line.sendall("\r\n".join(head).encode())


def connected(origin: str) -> Any:
    port = int(origin.rpartition(":")[2])
    return closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S))


def patching(line: socket.socket, path: str, offset: int, length: int) -> None:
    begun(
        line,
        "PATCH",
        path,
        "Content-Type: application/partial-upload",
        f"Upload-Offset: {offset}",
        "Upload-Complete: ?1",
        f"Content-Length: {length}",
    )


def opened(origin: str) -> str:
    answer = httpx.post(f"{origin}/v1/uploads", headers={"Upload-Complete": "?0"})
    return "/v1/uploads/" + str(answer.json()["id"])


def offset_of(origin: str, path: str) -> int:
    return int(httpx.head(origin + path).headers["Upload-Offset"])


def when_at_least(origin: str, path: str, bytes_: int) -> int:
    """Return how much has arrived once it is enough; a GET disturbs nobody."""
    end_s = time.monotonic() + PATIENCE_S
    while (offset := httpx.get(origin + path).json()["offset"]) < bytes_:
        assert time.monotonic() < end_s, offset
        time.sleep(0.02)
    return int(offset)


def test_a_broken_patch_keeps_what_arrived_and_is_gone_on_from(
    api: ApiHarness, origin: str
) -> None:
    path = opened(origin)
    with connected(origin) as line:
        patching(line, path, 0, len(BYTES))
        line.sendall(BYTES[:35_000])
        when_at_least(origin, path, 30_000)
    offset = when_at_least(origin, path, 35_000)
    assert offset == offset_of(origin, path) == 35_000
    answer = httpx.patch(
        origin + path,
        content=BYTES[offset:],
        headers={
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1",
        },
    )
    upload = answer.json()
    assert upload["sha256"] == hashlib.sha256(BYTES).hexdigest()
    assert api.blobs.get(upload_key(upload["sha256"])) == BYTES


def test_a_plain_post_whose_client_left_leaves_nothing(
    api: ApiHarness, origin: str
) -> None:
    with connected(origin) as line:
        begun(line, "POST", "/v1/uploads", f"Content-Length: {len(BYTES)}")
        line.sendall(BYTES[:35_000])
        end_s = time.monotonic() + PATIENCE_S
        while not api.ledger.client.keys("impasto:upload:*"):
            assert time.monotonic() < end_s
            time.sleep(0.02)
    while api.ledger.client.keys("impasto:upload:*"):
        assert time.monotonic() < end_s
        time.sleep(0.02)


def test_a_post_that_is_to_be_gone_on_with_tells_where_it_is_when_it_is_too_slow(
    origin: str,
) -> None:
    with connected(origin) as line:
        begun(
            line, "POST", "/v1/uploads", "Upload-Complete: ?0", "Content-Length: 99999"
        )
        line.sendall(BYTES[:12_345])
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 408
        path = "/v1" + str(answer.headers["Location"]).partition("/v1")[2]
    assert offset_of(origin, path) == 12_345


def test_of_two_who_write_at_once_the_older_one_is_refused(
    api: ApiHarness, origin: str
) -> None:
    path = opened(origin)
    with connected(origin) as older, connected(origin) as newer:
        patching(older, path, 0, 20_000)
        older.sendall(b"x" * 5_000)
        time.sleep(0.2)  # it has begun, and has stored nothing yet
        patching(newer, path, 0, 20_000)
        newer.sendall(BYTES[:20_000])
        answers = [http.client.HTTPResponse(line) for line in (newer, older)]
        answers[0].begin()
        older.sendall(b"x" * 15_000)
        answers[1].begin()
        assert [answer.status for answer in answers] == [200, 409]
    sha256 = httpx.get(origin + path).json()["sha256"]
    assert sha256 == hashlib.sha256(BYTES[:20_000]).hexdigest()


def test_what_head_has_told_stays_true_while_an_older_request_still_writes(
    origin: str,
) -> None:
    path = opened(origin)
    with connected(origin) as line:
        patching(line, path, 0, 50_000)
        line.sendall(BYTES[:15_000])
        when_at_least(origin, path, 10_000)
        told = offset_of(origin, path)
        line.sendall(BYTES[15_000:50_000])
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert answer.status == 409
    assert offset_of(origin, path) == told


def test_a_lost_redis_loses_uploads_and_their_parts_are_collected(
    tmp_path: Path,
) -> None:
    api = ApiHarness(blobs=DirectoryBlobStore(tmp_path, min_free_bytes=0))
    with served(api) as origin:
        path = opened(origin)
        with connected(origin) as line:
            patching(line, path, 0, 50_000)
            line.sendall(BYTES[:15_000])
            when_at_least(origin, path, 10_000)
            assert maintenance_of(api, garbage_grace_s=1e-6)[1].collect() == 0
            lose_everything(api)
            made_whole(api.ledger)
            line.sendall(BYTES[15_000:50_000])
            answer = http.client.HTTPResponse(line)
            answer.begin()
            assert answer.status == 404
        assert httpx.get(origin + path).status_code == 404
    assert list(api.blobs.keys(PARTS_FOLDER))
    assert maintenance_of(api, garbage_grace_s=1e-6)[1].collect() > 0
    assert not list(api.blobs.keys(PARTS_FOLDER))


class Breaking(httpx.HTTPTransport):
    """Breaks off in the midst of every second request that brings bytes."""

    patches = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            self.patches += 1
            if self.patches % 2:
                self._send_half(request)
                raise httpx.WriteError("broken off", request=request)
        return super().handle_request(request)

    def _send_half(self, request: httpx.Request) -> None:
        content = request.read()
        with connected(f"http://x:{request.url.port}") as line:
            headers = (f"{name}: {value}" for name, value in request.headers.items())
            begun(line, "PATCH", request.url.path, *headers)
            line.sendall(content[: len(content) // 2])
            time.sleep(0.3)


def test_the_client_goes_on_where_a_connection_broke(
    origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.client.operations.uploads.PIECE_BYTES", 40_000)
    monkeypatch.setattr("app.client.operations.uploads._PAUSE_S", 0.05)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(BYTES)
    transport = Breaking()
    with ImpastoClient(origin, transport=transport) as client:
        upload = client.upload(clip)
    assert transport.patches > 3
    assert upload.sha256 == hashlib.sha256(BYTES).hexdigest()
    assert (upload.media_type, upload.complete) == ("video/mp4", True)


def test_many_who_upload_at_once_get_their_own_bytes(
    api: ApiHarness, origin: str
) -> None:
    digests: dict[int, str] = {}

    def send(number: int) -> None:
        content = BYTES[number:]
        answer = httpx.post(f"{origin}/v1/uploads", content=content, timeout=30)
        digests[number] = answer.json()["sha256"]

    threads = [threading.Thread(target=send, args=(each,)) for each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {n: hashlib.sha256(BYTES[n:]).hexdigest() for n in range(6)}
    assert digests == expected
