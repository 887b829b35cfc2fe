"""One job from its bell to its end: claim, fetch, press, commit.

No Celery and no torch here: the queue calls `JobHandler.handle`, and the press is an
argument. This is the one place that catches broadly, so that every attempt ends in the
ledger.
"""

import hashlib
import io
import logging
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from PIL import Image

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Job, Outcome, ResultImage
from app.contract.ports import (
    BlobNotFoundError,
    BlobStore,
    Claim,
    Ledger,
    LedgerUnavailableError,
    StorageUnavailableError,
)
from app.contract.progress import Losses, Progress
from app.contract.srgb import SRGB_PROFILE
from app.contract.wire import result_key
from worker.fetch import fetch_originals
from worker.heartbeat import Heartbeat, StopReason
from worker.press import (
    PaintingFailedError,
    PaintingInterruptedError,
    Press,
    Step,
)
from worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True)
class JobHandler:
    """Handles the jobs of one worker process, one at a time."""

    worker: str
    ledger: Ledger
    blobs: BlobStore
    press: Press
    settings: WorkerSettings
    #: Ends this process when the press hangs; an argument, so that tests survive it.
    give_up: Callable[[], None]

    def handle(self, job_id: str) -> None:
        """Hear the bell of a job: run one attempt at whichever is due, if any is.

        Every way out leaves the ledger knowing it, except death and a lost ledger;
        for these there is the lease.
        """
        claim = self._patiently(lambda: self.ledger.claim(job_id, self.worker))
        if claim is None:
            logger.info("job_id=%s nothing to do", job_id)
            return
        logger.info("job_id=%s attempt=%d claimed", *claim)
        heartbeat = self._heartbeat(claim)
        try:
            with heartbeat:
                outcome = self._paint(claim, heartbeat)
                self._commit(claim, outcome)
        except PaintingInterruptedError:
            self._end_interrupted(claim, heartbeat.stop_reason)
        except LedgerUnavailableError as error:
            # Nobody can be told; the lease will run out, and another attempt begins.
            logger.warning("job_id=%s attempt=%d ledger lost: %s", *claim, error)
        except Exception as error:  # noqa: BLE001 - see the module's first lines
            self._fail(claim, _failure_of(claim.job_id, error))
        except BaseException:
            # The process is told to leave: another worker shall have the job at once.
            self._hand_back(claim)
            raise

    def _heartbeat(self, claim: Claim) -> Heartbeat:
        return Heartbeat(
            self.ledger,
            claim,
            interval_s=self.settings.beat_interval_s,
            stall_s=self.settings.stall_s,
            time_limit_s=self.settings.time_limit_s,
            give_up_s=self.settings.stall_s + self.settings.lease_s,
            give_up=self.give_up,
        )

    def _paint(self, claim: Claim, heartbeat: Heartbeat) -> Outcome:
        """Return the outcome with the picture stored under this attempt's key."""
        began_s = time.monotonic()
        job = self._patiently(lambda: self.ledger.get(claim.job_id))
        setup_s, picture = self._press_until_last_step(job, heartbeat, began_s)
        heartbeat.beat()  # the last step's progress, and the last chance to cancel
        if heartbeat.stop.is_set():
            raise PaintingInterruptedError
        result = self._store(claim, picture)
        return Outcome(
            result=result,
            reproducibility=self.press.reproducibility(job.params),
            setup_seconds=setup_s,
            predict_seconds=time.monotonic() - began_s - setup_s,
            peak_memory_bytes=self.press.peak_memory_bytes(),
        )

    def _press_until_last_step(
        self, job: Job, heartbeat: Heartbeat, began_s: float
    ) -> tuple[float, Image.Image]:
        """Return the seconds before the first step and the finished picture."""
        setup_s: float | None = None
        picture: Image.Image | None = None
        originals = fetch_originals(self.blobs, job)
        steps = self.press.paint(originals, job.params, stop=heartbeat.stop)
        with closing(steps):
            for step in steps:
                if setup_s is None:
                    setup_s = time.monotonic() - began_s
                heartbeat.report(_progress_of(step))
                if step.is_last:
                    picture = step.picture()
        if setup_s is None or picture is None:
            raise PaintingFailedError(
                FailureCode.INTERNAL_ERROR, "The press ended before its last step."
            )
        return setup_s, picture

    def _store(self, claim: Claim, picture: Image.Image) -> ResultImage:
        file = io.BytesIO()
        picture.save(file, "PNG", icc_profile=SRGB_PROFILE)
        content = file.getvalue()
        key = result_key(*claim)
        self.blobs.put(key, content)
        return ResultImage(
            blob_key=key,
            media_type="image/png",
            width=picture.width,
            height=picture.height,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    def _commit(self, claim: Claim, outcome: Outcome) -> None:
        """Make the picture the result, or remove it: another attempt has the job."""
        committed = self._patiently(lambda: self.ledger.succeed(*claim, outcome))
        if not committed:
            self.blobs.delete(outcome.result.blob_key)
        logger.info(
            "job_id=%s attempt=%d %s after %.1f s",
            *claim,
            "succeeded" if committed else "fenced off",
            outcome.setup_seconds + outcome.predict_seconds,
        )

    def _end_interrupted(self, claim: Claim, reason: StopReason | None) -> None:
        logger.info("job_id=%s attempt=%d stopped: %s", *claim, reason)
        if reason is StopReason.CANCELED:
            self._patiently(lambda: self.ledger.cancel_done(*claim))
        elif reason is StopReason.TIME_LIMIT:
            detail = f"An attempt may take {self.settings.time_limit_s:.0f} seconds."
            failure = Failure.of(FailureCode.TIME_LIMIT_EXCEEDED, detail)
            self._fail(claim, failure)

    def _hand_back(self, claim: Claim) -> None:
        try:
            self.ledger.hand_back(*claim)
        except LedgerUnavailableError as error:
            logger.warning("job_id=%s attempt=%d not handed back: %s", *claim, error)
        else:
            logger.info("job_id=%s attempt=%d handed back", *claim)

    def _fail(self, claim: Claim, failure: Failure) -> None:
        logger.warning("job_id=%s attempt=%d failed: %s", *claim, failure.code)
        try:
            self._patiently(lambda: self.ledger.fail(*claim, failure))
        except LedgerUnavailableError as error:
            logger.warning("job_id=%s attempt=%d ledger lost: %s", *claim, error)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask the ledger again until it answers: ride out a restarted Redis."""
        end_s = time.monotonic() + self.settings.ledger_patience_s
        while True:
            try:
                return ask()
            except LedgerUnavailableError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.2)


def _failure_of(job_id: str, error: Exception) -> Failure:
    """Return what the client may read; the log has the rest."""
    if isinstance(error, PaintingFailedError):
        return Failure.of(error.code, str(error))
    if isinstance(error, BlobNotFoundError):
        detail = "An uploaded picture was deleted before the job began."
        return Failure.of(FailureCode.INPUT_MISSING, detail)
    logger.error("job_id=%s unexpected", job_id, exc_info=error)
    if isinstance(error, StorageUnavailableError):
        detail = "The picture could not be stored."
        return Failure.of(FailureCode.INTERNAL_ERROR, detail)
    detail = "The error is in the worker's log under the job's id."
    return Failure.of(FailureCode.INTERNAL_ERROR, detail)


def _progress_of(step: Step) -> Progress:
    """Translate a step of the press into the slip's words."""
    remaining = (1 - step.fraction) / step.fraction if step.fraction > 0 else 0.0
    return Progress(
        fraction=step.fraction,
        step=step.step,
        total_steps=step.total_steps,
        scale=step.scale,
        total_scales=step.total_scales,
        width=step.width_px,
        height=step.height_px,
        loss=Losses(
            total=step.losses.total,
            content=step.losses.content,
            style=step.losses.style,
            tv=step.losses.total_variation,
        ),
        steps_per_second=step.step / step.elapsed_s if step.elapsed_s > 0 else 0.0,
        elapsed_seconds=step.elapsed_s,
        eta_seconds=step.elapsed_s * remaining,
        updated_at=datetime.now(UTC),
    )
