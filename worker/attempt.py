"""One attempt at a job: from its pictures to a stored one, ready to be committed.

Knows neither how a job is claimed nor how it ends.
"""

import hashlib
import io
import time
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image

from app.contract.failures import FailureCode
from app.contract.jobs import Job, Outcome, ResultImage
from app.contract.ports import BlobStore, Claim
from app.contract.samples import Sample
from app.contract.srgb import SRGB_PROFILE
from app.contract.wire import result_key
from worker.account import Account, sample_of
from worker.fetch import fetch_originals
from worker.heartbeat import Heartbeat
from worker.press import (
    Originals,
    PaintingFailedError,
    PaintingInterruptedError,
    Press,
)
from worker.previews import Previews
from worker.tracing import span


class _Painted(NamedTuple):
    """A picture and its times.

    Attributes:
        setup_s: until the first step.
        optimization_s: from the first step to the picture.
    """

    picture: Image.Image
    steps: int
    stopped_early: bool
    setup_s: float
    optimization_s: float


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """Everything that one attempt works with."""

    claim: Claim
    job: Job
    blobs: BlobStore
    press: Press
    heartbeat: Heartbeat
    previews: Previews

    def make(self) -> tuple[Outcome, Sample | None]:
        """Return what is to be committed; the picture lies under the attempt's key.

        Raises:
            PaintingInterruptedError: The heartbeat was told to stop.
            PaintingFailedError: There will be no picture.
            StoreError: A picture cannot be read or written.
        """
        began_s = time.monotonic()
        with span("fetch"):
            originals = fetch_originals(self.blobs, self.job)
        with span("paint"):
            painted = self._paint(originals, began_s)
        self.heartbeat.beat()  # the last step's progress, the last chance to cancel
        if self.heartbeat.stop.is_set():
            raise PaintingInterruptedError
        with span("store"):
            result = self._store(painted)
        outcome = Outcome(
            result=result,
            reproducibility=self.press.reproducibility(self.job.params),
            setup_seconds=painted.setup_s,
            predict_seconds=time.monotonic() - began_s - painted.setup_s,
            peak_memory_bytes=self.press.peak_memory_bytes(),
        )
        return outcome, sample_of(
            self.job, outcome, painted.steps, painted.optimization_s
        )

    def _paint(self, originals: Originals, began_s: float) -> _Painted:
        """Return the finished picture."""
        account, beat = Account(), self.heartbeat
        first_s: float | None = None
        painted: _Painted | None = None
        steps = self.press.paint(
            originals, self.job.params, stop=beat.stop, finish=beat.finish
        )
        with self.previews, closing(steps):
            for step in steps:
                first_s = first_s or time.monotonic()
                beat.report(account.progress_of(step))
                self.previews.offer(step)
                if step.is_last:
                    painted = _Painted(
                        picture=step.picture(),
                        steps=step.step,
                        stopped_early=step.stopped_early,
                        setup_s=first_s - began_s,
                        optimization_s=time.monotonic() - first_s,
                    )
        if painted is None:
            raise PaintingFailedError(
                FailureCode.INTERNAL_ERROR, "The press ended before its last step."
            )
        return painted

    def _store(self, painted: _Painted) -> ResultImage:
        file = io.BytesIO()
        painted.picture.save(file, "PNG", icc_profile=SRGB_PROFILE)
        content = file.getvalue()
        key = result_key(*self.claim)
        self.blobs.put(key, content)
        return ResultImage(
            blob_key=key,
            media_type="image/png",
            width=painted.picture.width,
            height=painted.picture.height,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            stopped_early=painted.stopped_early,
        )
