"""Previews: when, what, and that they cost nobody a job or a pixel."""

import io
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PIL import Image

from app.contract.jobs import JobStatus
from app.contract.painting.choices import Network
from app.contract.ports import (
    Claim,
    LedgerUnavailableError,
    StorageUnavailableError,
)
from app.contract.records.wire import preview_key
from tests.engine.conftest import new_small_engine
from tests.fakes import MemoryBlobStore
from tests.fakes.runner import FakeRunner, FakeTick
from tests.ledgers import ScratchLedger
from tests.worker.harness import SETTINGS, WorkerHarness
from worker.attempt.previews import Previews
from worker.runners.image.runner import ImageRunner
from worker.runners.runner import Jpeg

HOUR_S = 3600.0


@dataclass(frozen=True)
class Seen(FakeTick):
    """A step whose picture takes its time to make."""

    takes_s: float = 0.0

    def preview(self) -> Callable[[], Jpeg]:
        time.sleep(self.takes_s)
        return super().preview()


class Gallery:
    """Previews of a claimed job; `take` waits until they are there."""

    def __init__(self, interval_s: float, blobs: MemoryBlobStore | None = None) -> None:
        self.harness = WorkerHarness(FakeRunner(), blobs=blobs)
        self.job_id = self.harness.submit()
        claim = self.harness.ledger.claim(self.job_id, "w")
        assert claim is not None
        self.claim: Claim = claim
        self.previews = Previews(
            self.harness.ledger, self.harness.blobs, self.claim, interval_s=interval_s
        )

    def steps(self) -> list[int]:
        return [each.step for each in self.harness.ledger.previews(self.job_id)]

    def wait_for(self, *steps: int) -> None:
        end_s = time.monotonic() + 5
        while self.steps() != [*steps]:
            assert time.monotonic() < end_s, self.steps()
            time.sleep(0.002)


def seen(step: int, stage: int = 1, **rest: float) -> Seen:
    return Seen(step, 100, stage=stage, **rest)


def test_first_step_and_each_new_scale_have_one_whatever_the_interval() -> None:
    gallery = Gallery(HOUR_S)
    with gallery.previews as previews:
        previews.offer(seen(1))
        gallery.wait_for(1)
        for step in (2, 3):
            previews.offer(seen(step))
        previews.offer(seen(4, stage=2))
        gallery.wait_for(1, 4)
        previews.offer(seen(5, stage=2))
    assert gallery.steps() == [1, 4]


def test_within_a_scale_the_interval_lies_between_two() -> None:
    gallery = Gallery(0.05)
    with gallery.previews as previews:
        previews.offer(seen(1))
        gallery.wait_for(1)
        previews.offer(seen(2))
        time.sleep(0.06)
        previews.offer(seen(3))
        gallery.wait_for(1, 3)


def test_preview_is_a_file_that_the_ledger_points_to() -> None:
    gallery = Gallery(HOUR_S)
    with gallery.previews as previews:
        previews.offer(seen(7, width=100, height=75))
        gallery.wait_for(7)
    preview = gallery.harness.ledger.get(gallery.job_id).preview
    assert preview is not None
    assert preview.blob_key == preview_key(gallery.job_id, 1, 7)
    picture = Image.open(io.BytesIO(gallery.harness.blobs.get(preview.blob_key)))
    assert picture.format == "JPEG"
    assert picture.size == (preview.width, preview.height) == (100, 75)


def test_kind_that_shows_nothing_has_none() -> None:
    class Blind(FakeTick):
        def preview(self) -> None:
            return None

    gallery = Gallery(1e-6)
    with gallery.previews as previews:
        previews.offer(Blind(1, 100))
    assert gallery.steps() == []


def test_last_step_has_none_and_an_interval_of_0_makes_none() -> None:
    gallery = Gallery(HOUR_S)
    with gallery.previews as previews:
        previews.offer(seen(100))
    assert gallery.steps() == []
    gallery = Gallery(0)
    with gallery.previews as previews:
        previews.offer(seen(1))
    assert gallery.steps() == []


def test_pictures_that_take_long_are_taken_less_often() -> None:
    gallery = Gallery(0.001)
    with gallery.previews as previews:
        previews.offer(seen(1, takes_s=0.02))
        gallery.wait_for(1)
        time.sleep(0.05)
        previews.offer(seen(2))
    assert gallery.steps() == [1], "50 times 0.02 s have not passed"


class SlowDisk(MemoryBlobStore):
    """Holds the first preview until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.begun = threading.Event()

    def put(self, key: str, content: bytes) -> None:
        if key.startswith("previews/"):
            self.begun.set()
            self.go.wait(5)
        super().put(key, content)


def test_slow_disk_skips_previews_and_holds_nobody_up() -> None:
    disk = SlowDisk()
    gallery = Gallery(HOUR_S, disk)
    with gallery.previews as previews:
        previews.offer(seen(1))
        assert disk.begun.wait(5)
        began_s = time.monotonic()
        for stage in (2, 3, 4):
            previews.offer(seen(stage, stage=stage))
        assert time.monotonic() - began_s < 0.5
        disk.go.set()
        gallery.wait_for(1, 4)


def test_full_disk_is_told_once_and_never_fails_the_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Full(MemoryBlobStore):
        def put(self, key: str, content: bytes) -> None:
            if key.startswith("previews/"):
                raise StorageUnavailableError("disk full")
            super().put(key, content)

    often = SETTINGS.model_copy(update={"preview_interval_s": 0.001})
    harness = WorkerHarness(FakeRunner(step_s=0.02, scales=5), often, blobs=Full())
    job_id = harness.submit(steps=10)
    with caplog.at_level(logging.WARNING):
        harness.handler.handle(job_id)
    job = harness.ledger.get(job_id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.preview is None
    assert [record.message for record in caplog.records] == [
        f"job_id={job_id} attempt=1 no preview: disk full"
    ]


def test_picture_that_cannot_be_taken_never_fails_the_job() -> None:
    class Torn(FakeTick):
        def preview(self) -> Callable[[], Jpeg]:
            raise MemoryError

    gallery = Gallery(HOUR_S)
    with gallery.previews as previews:
        previews.offer(Torn(1, 100))
        previews.offer(seen(2))
        gallery.wait_for(2)


def test_preview_of_a_lost_attempt_leaves_no_file() -> None:
    class Lost(ScratchLedger):
        def note_preview(self, job_id, attempt, preview) -> bool:
            noted.set()
            return False

    noted = threading.Event()
    ledger, blobs = Lost(), MemoryBlobStore()
    with Previews(ledger, blobs, Claim("job_1", 1), interval_s=HOUR_S) as previews:
        previews.offer(seen(1))
        assert noted.wait(5)
    assert blobs.blobs == {}


@pytest.mark.parametrize("is_noted", [False, True])
def test_preview_whose_note_has_no_answer_stays_only_if_it_was_noted(
    is_noted: bool,
) -> None:
    class Cut(ScratchLedger):
        def note_preview(self, job_id, attempt, preview) -> bool:
            if is_noted:
                super().note_preview(job_id, attempt, preview)
            asked.set()
            raise LedgerUnavailableError("the answer did not arrive")

    asked = threading.Event()
    harness = WorkerHarness(FakeRunner(), ledger=Cut())
    claim = harness.ledger.claim(harness.submit(), "w")
    assert claim is not None
    with Previews(harness.ledger, harness.blobs, claim, interval_s=HOUR_S) as previews:
        previews.offer(seen(1))
        assert asked.wait(5)
    kept = [key for key in harness.blobs.blobs if key.startswith("previews/")]
    assert kept == ([preview_key(*claim, 1)] if is_noted else [])


def test_job_shows_previews_while_it_is_painted() -> None:
    often = SETTINGS.model_copy(update={"preview_interval_s": 0.02})
    harness = WorkerHarness(FakeRunner(step_s=0.02, scales=3), often)
    job_id = harness.submit(steps=30)
    harness.handler.handle(job_id)
    steps = [each.step for each in harness.ledger.previews(job_id)]
    assert steps[0] == 1
    assert len(steps) >= 3
    assert {1, 11, 21} <= set(steps), "each scale begins with one"
    assert all(
        harness.blobs.exists(p.blob_key) for p in harness.ledger.previews(job_id)
    )


def test_pixels_do_not_depend_on_previews() -> None:
    runner = ImageRunner(new_small_engine(), [Network.VGG19])
    pictures, previews = [], []
    for interval_s in (0, 1e-6):
        settings = SETTINGS.model_copy(update={"preview_interval_s": interval_s})
        harness = WorkerHarness(runner, settings)
        job_id = harness.submit()
        harness.handler.handle(job_id)
        job = harness.ledger.get(job_id)
        assert job.outcome is not None
        pictures.append(job.outcome.result.sha256)
        previews.append(len(harness.ledger.previews(job_id)))
    assert pictures[0] == pictures[1]
    assert previews[0] == 0
    assert previews[1] > 0
