"""The asynchronous client is the same client, awaited."""

import inspect
from pathlib import Path

import anyio
import httpx
import pytest

from app import client as c
from tests.app.client.fakes import (
    JOB_ID,
    Events,
    FakeClock,
    Script,
    answer_with,
    async_client_of,
    event_stream,
    job_answer,
    job_json,
    problem,
)
from tests.app.client.test_watching import END, STATUS, STEP


def test_both_clients_have_the_same_operations_with_the_same_arguments() -> None:
    def operations(kind: type) -> dict[str, list[str]]:
        return {
            name: [*inspect.signature(member).parameters]
            for name, member in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_") and name not in {"close", "aclose"}
        }

    assert operations(c.ImpastoClient) == operations(c.AsyncImpastoClient)
    assert len(operations(c.ImpastoClient)) > 25


def test_a_picture_is_made_from_submission_to_file(tmp_path: Path) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"photo")
    script = Script(
        httpx.ReadError("cut"),
        job_answer(),
        job_answer(),
        event_stream(STATUS, STEP, httpx.ReadError("cut")),
        job_answer("processing", 3),
        event_stream(END),
        httpx.Response(200, content=b"picture"),
    )
    clock = FakeClock()

    async def main() -> tuple[list[int], Path]:
        async with async_client_of(script, clock) as client:
            job = await client.submit(photo, [b"style"])
            revisions = [each.revision async for each in client.watch(job.id)]
            return revisions, await client.save(job.id, tmp_path / "out.png")

    revisions, out = anyio.run(main)
    assert revisions == [1, 3, 4, 9]
    assert out.read_bytes() == b"picture"
    keys = {each.headers.get("Idempotency-Key") for each in script.requests[:2]}
    assert len(keys) == 1
    assert script.requests[5].headers["Last-Event-ID"] == "3-0"
    assert len(clock.slept_s) == 2


def test_a_list_is_read_by_async_for() -> None:
    page = {"data": [job_json()] * 3, "next_cursor": None}
    script = Script(httpx.Response(200, json=page))

    async def main() -> list[str]:
        async with async_client_of(script, FakeClock()) as client:
            return [each.id async for each in client.jobs(limit=2)]

    assert anyio.run(main) == [JOB_ID] * 2


def test_a_refusal_is_raised_where_it_is_awaited() -> None:
    script = Script(problem(404, "job_not_found"))

    async def main() -> None:
        async with async_client_of(script, FakeClock()) as client:
            await client.job(JOB_ID)

    with pytest.raises(c.JobNotFoundError):
        anyio.run(main)


def test_leaving_early_closes_the_stream() -> None:
    body = Events(STEP, END)
    script = Script(job_answer(), answer_with(body))

    async def main() -> None:
        async with async_client_of(script, FakeClock()) as client:
            jobs = client.watch(JOB_ID)
            assert (await anext(jobs)).revision == 1
            assert (await anext(jobs)).revision == 4
            await jobs.aclose()

    anyio.run(main)
    assert body.is_closed
