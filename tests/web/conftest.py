"""A real browser at the door of a real server whose stores are memory.

The tests play the worker: they drive the ledger as one would, and look at the page.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Job, Preview
from app.contract.keys import Scope
from app.contract.kinds import KINDS
from app.contract.ports import JobFilter
from app.contract.records.wire import preview_key, result_key
from app.contract.updates import Row
from app.contract.workers import WorkerInfo
from app.server import uvicorn_options
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness, a_progress, an_outcome
from tests.app.pictures import plain
from tests.fakes.worker_registry import MemoryWorkerRegistry
from tests.stores.new_jobs import metrics
from tests.web.visits import PICTURE, Visit

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
#: Set where the browser must be there, so that no test is left out unnoticed.
_REQUIRE = "IMPASTO_REQUIRE_BROWSER"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start one headless Chromium for a module: it keeps the thread's event loop.

    Tests of other rooms in the same process could run none of their own meanwhile.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional
    except ImportError:
        _leave_out("playwright is not installed")
    if path is None:
        _leave_out(f"none of {', '.join(_NAMES)} is on the PATH")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=[*_FLAGS])
        yield chromium
        chromium.close()


def _leave_out(reason: str) -> None:
    if os.environ.get(_REQUIRE):
        pytest.fail(f"{_REQUIRE} is set, but {reason}")
    pytest.skip(reason)


@dataclass
class Studio:
    """A served house, and what a worker would do in it."""

    api: ApiHarness
    url: str
    #: Whose jobs are looked at: nobody's as long as there are no keys.
    owner: str | None = None

    def lock(self) -> str:
        """Turn keys on; return one that may send and read jobs."""
        key, token = self.api.keys.add(Scope.JOBS_READ, Scope.JOBS_WRITE)
        self.owner = key.id
        return str(token)

    def job(self) -> Job:
        """Return the job that was sent last; wait for it a little."""
        end_s = time.monotonic() + 5
        while not (jobs := self.jobs()) and time.monotonic() < end_s:
            time.sleep(0.02)
        return jobs[0]

    def params(self, job: Job | None = None) -> Any:
        """Return the parameters of a job, or of the last one."""
        job = job or self.job()
        return KINDS.of(job.kind).parse(job.params, job.inputs)

    def jobs(self) -> list[Job]:
        return list(self.api.ledger.list_jobs(JobFilter(owner=self.owner)).jobs)

    def begin(self) -> str:
        """Claim the last job as a worker does; return its id."""
        job_id = self.job().id
        assert self.api.ledger.claim(job_id, "worker").job_id == job_id
        return job_id

    def paint(self, job_id: str, step: int, scale: int = 1) -> None:
        """Tell of a step of 250."""
        losses = metrics(900 / step, 100 / step, 700 / step, 0.1)
        progress = progress_at(step=step, stage=scale, metrics=losses)
        point = Row(step, scale, tuple(losses.values()))
        self.api.ledger.beat(job_id, 1, progress, [point])

    def show(self, job_id: str, step: int, color: tuple[int, int, int]) -> None:
        """Store a preview, all of one colour, as a worker does."""
        key = preview_key(job_id, 1, step)
        self.api.blobs.put(key, plain("JPEG", (256, 192), color))
        preview = Preview(step=step, blob_key=key, width=256, height=192)
        assert self.api.ledger.note_preview(job_id, 1, preview)

    def fail(self, job_id: str) -> None:
        """Give up."""
        failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
        assert self.api.ledger.fail(job_id, 1, failure)

    def hang(self, job_id: str, *, stopped_early: bool = False) -> None:
        """Hand the finished picture in."""
        self.api.blobs.put(result_key(job_id, 1, "image/png"), PICTURE)
        outcome = an_outcome(job_id, len(PICTURE))
        outcome = outcome.model_copy(update={"stopped_early": stopped_early})
        assert self.api.ledger.succeed(job_id, 1, outcome)


def progress_at(**changes: Any) -> Any:
    """Return a progress at some step of 250."""
    progress = a_progress(eta_s=9.0)
    fraction = changes["step"] / progress.total_steps
    known = {"fraction": fraction, "elapsed_seconds": 12.0}
    return progress.model_copy(update={**known, **changes})


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application in a thread; yield its address."""
    options = uvicorn_options(ApiSettings(port=0))
    server = uvicorn.Server(uvicorn.Config(app, **options))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join()


@pytest.fixture
def studio(browser: Any) -> Iterator[Studio]:
    api = a_house()
    with served(api.app) as url:
        yield Studio(api, url)


def a_house(settings: ApiSettings | None = None, **options: Any) -> ApiHarness:
    """Return an API with a worker that never grows old, however slow the browser is."""
    registry = MemoryWorkerRegistry(clock=lambda: 0.0)
    registry.announce(WorkerInfo(name="worker"))
    return ApiHarness(settings or ApiSettings(), worker_registry=registry, **options)


@pytest.fixture
def visit(browser: Any, studio: Studio) -> Iterator[Visit]:
    """Open the page in a fresh profile; at the end nothing may have gone wrong."""
    with Visit.of(browser, studio) as visit:
        yield visit
        visit.require_peace()
