"""A thousand open streams of events on one process: memory, and whether all hear."""

import asyncio
import statistics
from datetime import UTC, datetime

from app.contract.artifacts import RESULT, Artifact
from app.contract.jobs import Outcome, Reproducibility
from app.contract.records.wire import result_key
from app.contract.updates import Update
from benchmarks.front.listeners import Heard, listen, until
from benchmarks.front.photographs import jpeg
from benchmarks.front.processes import Usage, usage_of
from benchmarks.front.running_api import OFFER, RunningApi
from benchmarks.pictures import content_picture, style_picture
from benchmarks.table import show

_STREAMS = 1000
_JOBS = 20
_REPORTS = 10
#: A worker reports twice a second at most.
_PAUSE_S = 0.5


def measure(running_api: RunningApi) -> None:
    """Print one table."""
    small = jpeg(content_picture(), 64), jpeg(style_picture(), 64)
    job_ids = [running_api.submit(*small) for _ in range(_JOBS)]
    for number in range(_JOBS):
        running_api.ledger.claim("", f"streams {number}", OFFER)
    before = usage_of(running_api.process.pid)
    heard, opened, told = asyncio.run(_story(running_api, job_ids))
    cpu_us = 1e6 * (told.cpu_s - opened.cpu_s)
    expected = _STREAMS * _REPORTS
    lags_ms = [1000 * each for each in heard.lags_s]
    show(
        f"{_STREAMS} open streams on one process, over {_JOBS} jobs",
        ["", ""],
        [
            ["resident before", f"{before.resident_mib:.0f} MiB"],
            ["resident with all open", f"{told.resident_mib:.0f} MiB"],
            ["heard how the job stands", f"{heard.begun} streams"],
            ["heard progress", f"{heard.progress} of {expected} events"],
            ["heard the end", f"{heard.done} streams"],
            ["report to arrival, p50", f"{statistics.median(lags_ms):.0f} ms"],
            ["the same, p99", f"{statistics.quantiles(lags_ms, n=100)[98]:.0f} ms"],
            ["CPU an event", f"{cpu_us / expected:.0f} us"],
        ],
        [f"Each job reports every {_PAUSE_S:g} s, {_REPORTS} times, then succeeds."],
    )


async def _story(
    running_api: RunningApi, job_ids: list[str]
) -> tuple[Heard, Usage, Usage]:
    """Return what was heard, and the front's usage before and after the reports."""
    heard = await listen(running_api.port, job_ids, _STREAMS)
    await until(lambda: heard.begun == _STREAMS, 60)
    opened = usage_of(running_api.process.pid)
    for _ in range(_REPORTS):
        await asyncio.to_thread(_report, running_api, job_ids)
        await asyncio.sleep(_PAUSE_S)
    expected = _STREAMS * _REPORTS
    await until(lambda: heard.progress == expected, 30)
    told = usage_of(running_api.process.pid)
    await asyncio.to_thread(_succeed, running_api, job_ids)
    await until(lambda: heard.done == _STREAMS, 30)
    await heard.close()
    return heard, opened, told


def _report(running_api: RunningApi, job_ids: list[str]) -> None:
    for job_id in job_ids:
        running_api.ledger.beat(job_id, 1, _progress())


def _succeed(running_api: RunningApi, job_ids: list[str]) -> None:
    for job_id in job_ids:
        running_api.ledger.succeed(job_id, 1, _outcome(job_id))


def _progress() -> Update:
    return Update(
        fraction=0.5,
        step=100,
        total_steps=200,
        stage=1,
        total_stages=1,
        metrics={"total": 1.0, "content": 0.5, "style": 0.4, "tv": 0.1},
        details={"width": 64, "height": 48},
        steps_per_second=10.0,
        elapsed_seconds=10.0,
        eta_seconds=10.0,
        updated_at=datetime.now(UTC),
    )


def _outcome(job_id: str) -> Outcome:
    return Outcome(
        artifacts={
            RESULT: Artifact(
                blob_key=result_key(job_id, 1, "image/png"),
                media_type="image/png",
                bytes=1,
                sha256="0" * 64,
                facts={"width": 64, "height": 48},
            )
        },
        reproducibility=Reproducibility(
            algorithm="none",
            weights_sha256="0" * 64,
            device="cpu",
            precision="float32",
            threads=1,
            torch="none",
            deterministic=True,
        ),
        setup_seconds=0.0,
        predict_seconds=1.0,
        peak_memory_bytes=None,
    )
