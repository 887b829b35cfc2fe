"""The client against the application itself, over memory."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from app.client import (
    AsyncImpastoClient,
    JobCanceledError,
    JobNotFoundError,
    RefusedError,
    ResultNotReadyError,
)
from app.contract.records.wire import result_key, upload_key
from app.settings import ApiSettings
from tests.app.client.fakes import JOB_ID, FakeClock, once
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.pictures import plain

SHORT = plain("WEBP")
Scene = Callable[[AsyncImpastoClient], Awaitable[Any]]


def play(api: ApiHarness, scene: Scene) -> Any:
    """Run a scene with a client at the API's door."""

    async def main() -> Any:
        transport = httpx.ASGITransport(api.app)
        async with AsyncImpastoClient(
            "http://house.test", transport=transport, clock=FakeClock(), retries=once()
        ) as client:
            return await scene(client)

    return anyio.run(main)


def test_a_job_goes_from_submission_to_picture(api: ApiHarness) -> None:
    async def scene(client: AsyncImpastoClient) -> tuple[list[str], bytes]:
        params = {"size": 64, "seed": 7, "style_weights": [2.0, 1.0]}
        job = await client.submit(
            PICTURE, [PICTURE, PICTURE], params=params, metadata={"user": "ü"}
        )
        assert (job.params.seed, job.metadata) == (7, {"user": "ü"})
        with pytest.raises(ResultNotReadyError) as early:
            await client.result(job.id)
        assert early.value.retryable
        api.ledger.claim(job.id, "w")
        api.blobs.put(result_key(job.id, 1, "image/png"), PICTURE)
        api.ledger.succeed(job.id, 1, an_outcome(job.id, len(PICTURE)))
        states = [each.status async for each in client.watch(job.id)]
        return states, await client.result(job.id)

    states, picture = play(api, scene)
    assert states == ["succeeded"]
    assert picture.startswith(b"\x89PNG")


def test_a_file_is_uploaded_piece_by_piece(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.client.operations.uploads.PIECE_BYTES", 50)

    async def scene(client: AsyncImpastoClient) -> Any:
        return await client.upload(PICTURE, media_type="image/png")

    upload = play(api, scene)
    assert (upload.complete, upload.bytes) == (True, len(PICTURE))
    assert api.blobs.get(upload_key(upload.sha256)) == PICTURE
    assert upload.model_extra["image"] == {"width": 48, "height": 36}


def test_a_job_takes_what_was_sent_before_it(api: ApiHarness) -> None:
    async def scene(client: AsyncImpastoClient) -> None:
        wanted = (await client.submit(PICTURE, [PICTURE] * 2)).input
        upload = await client.upload(PICTURE)
        job = await client.submit(upload, [PICTURE, upload])
        assert job.input == wanted
        job = await client.submit(styles=[upload, PICTURE], inputs={"content": upload})
        assert job.input == wanted
        batch = await client.submit_batch([upload, PICTURE], [upload])
        assert len(batch.jobs) == 2

    play(api, scene)


def test_a_long_file_goes_before_its_job(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    longest = "app.client.operations.pictures._LONGEST_IN_FORM"
    monkeypatch.setattr(longest, len(PICTURE) - 1)

    async def scene(client: AsyncImpastoClient) -> None:
        job = await client.submit(PICTURE, ["short.webp"])
        assert (job.input.content.width, job.status) == (48, "queued")

    monkeypatch.chdir(tmp_path)
    Path("short.webp").write_bytes(SHORT)
    play(api, scene)
    stored = {upload_key(sha256(each).hexdigest()) for each in (PICTURE, SHORT)}
    assert stored & {*api.blobs.blobs} == {upload_key(sha256(PICTURE).hexdigest())}


def test_an_upload_that_is_refused_is_not_tried_again() -> None:
    api = ApiHarness(ApiSettings(upload_bytes_per_key=10))

    async def scene(client: AsyncImpastoClient) -> None:
        with pytest.raises(RefusedError) as refused:
            await client.upload(PICTURE)
        assert refused.value.code == "upload_quota_exceeded"

    play(api, scene)


def test_a_canceled_job_says_so(api: ApiHarness) -> None:
    async def scene(client: AsyncImpastoClient) -> None:
        job = await client.submit(PICTURE, [PICTURE], params={"size": 64})
        assert (await client.cancel(job.id)).status == "canceled"
        with pytest.raises(JobCanceledError):
            await client.result(job.id)

    play(api, scene)


def test_a_rehearsal_fills_in_every_value_and_leaves_nothing(api: ApiHarness) -> None:
    async def scene(client: AsyncImpastoClient) -> None:
        told = await client.validate(PICTURE, [PICTURE], params={"preset": "draft"})
        assert (told.params.steps, told.params.style_weights) == (100, (1.0,))

    play(api, scene)
    assert api.is_untouched


def test_refusals_come_as_exceptions_with_fields(api: ApiHarness) -> None:
    async def scene(client: AsyncImpastoClient) -> None:
        with pytest.raises(JobNotFoundError):
            await client.job(JOB_ID)
        with pytest.raises(RefusedError) as refused:
            await client.submit(PICTURE, [PICTURE], params={"steps": 99_999})
        assert refused.value.code == "out_of_range"
        assert [each.field for each in refused.value.errors] == ["/params/steps"]

    play(api, scene)


def test_a_service_without_workers_is_not_ready(api: ApiHarness) -> None:
    async def scene(client: AsyncImpastoClient) -> None:
        told = await client.ready()
        assert not told.ready
        assert told.checks["workers"] == "none is alive"

    play(api, scene)
