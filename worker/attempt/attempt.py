"""One attempt at a job: from its pictures to a stored one, ready to be committed.

Knows neither how a job is claimed nor how it ends.
"""

import hashlib
import io
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PIL import Image

from app.contract.artifacts import RESULT, Artifact
from app.contract.failures import FailureCode
from app.contract.jobs import Job, Outcome
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.ports import Claim
from app.contract.samples import Sample
from app.contract.srgb import SRGB_PROFILE
from app.contract.wire import result_key
from worker.attempt.checkpoints import Checkpoints
from worker.attempt.heartbeat import Heartbeat
from worker.attempt.inputs import fetch_inputs
from worker.attempt.previews import Previews
from worker.attempt.progress_report import ProgressReport, sample_of
from worker.attempt.resumption import Resumption
from worker.attempt.storage import PatientStorage
from worker.runners.runner import (
    ImageInputs,
    PaintingFailedError,
    PaintingInterruptedError,
    Runner,
    Step,
)
from worker.tracing import span

_MEDIA_TYPE = "image/png"


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
    #: The job's, with every value filled in.
    params: ResolvedParameters
    storage: PatientStorage
    runner: Runner
    heartbeat: Heartbeat
    previews: Previews
    resumption: Resumption
    checkpoints: Checkpoints

    def make(self) -> tuple[Outcome, Sample | None]:
        """Return what is to be committed; the picture lies under the attempt's key.

        Raises:
            PaintingInterruptedError: The heartbeat was told to stop.
            PaintingFailedError: There will be no picture.
            StoreError: A picture could not be read or written for long.
        """
        began_s = time.monotonic()
        with span("fetch"):
            inputs = fetch_inputs(self.storage, self.job.inputs, self.params)
        with span("paint"):
            painted = self._paint(inputs, began_s)
        self.heartbeat.beat()  # the last step's progress, the last chance to cancel
        if self.heartbeat.stop.is_set():
            raise PaintingInterruptedError
        with span("store"):
            result = self._store(painted)
        outcome = Outcome(
            artifacts={RESULT: result},
            stopped_early=painted.stopped_early,
            reproducibility=self.resumption.judged(
                self.runner.reproducibility(self.params)
            ),
            setup_seconds=painted.setup_s,
            predict_seconds=time.monotonic() - began_s - painted.setup_s,
            peak_memory_bytes=self.runner.peak_memory_bytes(),
        )
        if self.resumption.step is not None:
            return outcome, None  # it took less than its steps say
        return outcome, sample_of(
            self.job, self.params, outcome, painted.steps, painted.optimization_s
        )

    def _paint(self, inputs: ImageInputs, began_s: float) -> _Painted:
        """Return the finished picture."""
        progress_report, resumption = ProgressReport(), self.resumption
        first_s: float | None = None
        painted: _Painted | None = None
        steps = resumption.steps(partial(self._steps, inputs))
        with self.previews, self.checkpoints, closing(steps):
            for step in steps:
                first_s = first_s or time.monotonic()
                self.heartbeat.report(
                    progress_report.progress_of(step, resumption.step)
                )
                self.previews.offer(step)
                self.checkpoints.offer(step)
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
                FailureCode.INTERNAL_ERROR, "The runner ended before its last step."
            )
        return painted

    def _steps(
        self, inputs: ImageInputs, state: bytes | None
    ) -> Generator[Step, None, None]:
        return self.runner.paint(
            inputs,
            self.params,
            stop=self.heartbeat.stop,
            finish=self.heartbeat.finish,
            resume_from=state,
        )

    def _store(self, painted: _Painted) -> Artifact:
        file = io.BytesIO()
        painted.picture.save(file, "PNG", icc_profile=SRGB_PROFILE)
        content = file.getvalue()
        key = result_key(*self.claim, _MEDIA_TYPE)
        self.storage.put(key, content)
        return Artifact(
            blob_key=key,
            media_type=_MEDIA_TYPE,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            facts={"width": painted.picture.width, "height": painted.picture.height},
        )
