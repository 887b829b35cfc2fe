"""A worker for tests: a ledger of its own, and a runner that does not compute."""

import hashlib
import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

from app.contract.inputs import Input, Inputs
from app.contract.jobs import Job, JobStatus
from app.contract.kinds import KINDS
from app.contract.ports import JobFilter, LedgerUnavailableError
from app.contract.records.wire import upload_key
from tests.fakes import MemoryBlobStore
from tests.fakes.runner import FakeRunner
from tests.ledgers import EVERYTHING, ScratchLedger
from tests.stores.new_jobs import a_picture, slip_of
from worker.attempt.handler import JobHandler
from worker.runners.runner import AnyRunner
from worker.settings import WorkerSettings

_BEFORE = {JobStatus.QUEUED, JobStatus.STARTING}
SETTINGS = WorkerSettings(
    beat_interval_s=0.01,
    progress_interval_s=0.01,
    preview_interval_s=0,
    checkpoint_interval_s=0,
    time_limit_s=5,
    stall_s=5,
    ledger_patience_s=0.5,
    storage_patience_s=0.5,
)


class WorkerHarness:
    """A handler with everything it needs, and one waiting job."""

    def __init__(
        self,
        runner: FakeRunner | AnyRunner,
        settings: WorkerSettings = SETTINGS,
        ledger: ScratchLedger | None = None,
        blobs: MemoryBlobStore | None = None,
    ) -> None:
        self.ledger = ledger or ScratchLedger()
        self.blobs = blobs or MemoryBlobStore()
        self.runner = runner
        self.given_up = threading.Event()
        self.held: list[str | None] = []
        self.told: list[JobStatus] = []
        self.handler = JobHandler(
            worker="w",
            ledger=self.ledger,
            blobs=self.blobs,
            kinds=KINDS,
            runners={"image": runner},
            settings=settings,
            give_up=self.given_up.set,
            offer=lambda: EVERYTHING,
            holds=self.held.append,
            tell=self.tell,
        )

    def tell(self) -> None:
        """Note in which state the only job is when the webhooks' bell is rung."""
        self.told += [job.status for job in self.jobs()]

    def jobs(self) -> list[Job]:
        return self.ledger.list_jobs(JobFilter(owner=None)).jobs

    def submit(self, steps: int = 3, **submitted_job: Any) -> str:
        """Queue a job; `submitted_job` are more fields of it."""
        content, style = self.upload("red"), self.upload("blue")
        pictures = {"content": content, "style/0": style}
        new = slip_of(pictures, {"steps": steps, "seed": 7}, **submitted_job)
        self.ledger.create(new)
        return new.id

    @contextmanager
    def at_work(self, job_id: str) -> Iterator[None]:
        """Handle the job beside the block, which begins once it is painted."""
        thread = threading.Thread(target=self.handler.handle, args=(job_id,))
        thread.start()
        while self.ledger.get(job_id).status in _BEFORE:
            time.sleep(0.002)
        yield
        thread.join(10)
        assert not thread.is_alive()

    def order_of(self, given: Inputs | Input, *styles: Input, **parameters: Any) -> str:
        """Queue a job for pictures that were uploaded: its inputs, or a content."""
        if isinstance(given, Input):
            numbered = {f"style/{n}": style for n, style in enumerate(styles)}
            given = {"content": given, **numbered}
        submitted_job = slip_of(given, {"seed": 7, **parameters})
        self.ledger.create(submitted_job)
        return submitted_job.id

    def upload(self, color: str | int, mode: str = "RGB") -> Input:
        file = io.BytesIO()
        Image.new(mode, (64, 48), color).save(file, "PNG")
        sha256 = hashlib.sha256(file.getvalue()).hexdigest()
        self.blobs.put(upload_key(sha256), file.getvalue())
        return a_picture(sha256=sha256)

    def results(self) -> list[str]:
        return [key for key in self.blobs.blobs if key.startswith("results/")]


class Mortal:
    """A store as one worker sees it: gone with the worker."""

    def __init__(self, store: object, died: list[float]) -> None:
        self._store = store
        self._died = died

    def __getattr__(self, name: str) -> Any:
        if self._died:
            raise LedgerUnavailableError("the worker is dead")
        return getattr(self._store, name)


class KilledError(BaseException):
    """What happens to a worker without a word."""
