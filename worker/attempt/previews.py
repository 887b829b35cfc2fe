"""Small pictures of the pastiche on its way, made beside the painting.

The runner is only kept for the copy of its picture; a thread of its own makes it small,
stores it and notes it. A preview that fails costs nobody the job.
"""

import io
import logging
import threading
import time
from types import TracebackType
from typing import NamedTuple, Self

from PIL import Image

from app.archive.discarding import discard_unneeded
from app.contract.jobs import Preview
from app.contract.ports import BlobStore, Claim, Ledger, LedgerUnavailableError
from app.contract.srgb import SRGB_PROFILE
from app.contract.wire import preview_key
from worker.attempt.job_log import JobLog
from worker.runners.runner import Step

logger = logging.getLogger(__name__)

LONG_SIDE_PX = 512
_QUALITY = 85
#: Taking pictures may cost the painting one part in so many of its time.
_LEAST_PART = 50
#: An attempt that ends waits so long for the preview in hand, not for a silent storage.
_PATIENCE_S = 3.0


class _PendingPreview(NamedTuple):
    step: int
    picture: Image.Image


class Previews:
    """Takes previews of one attempt, until the `with` block is left."""

    def __init__(
        self, ledger: Ledger, blobs: BlobStore, claim: Claim, *, interval_s: float
    ) -> None:
        """Take one at each new scale, and else one every `interval_s`; 0 takes none."""
        self._ledger = ledger
        self._blobs = blobs
        self._claim = claim
        self._interval_s = interval_s
        self._log = JobLog(logger, claim)
        self._scale = 0
        self._pause_s = interval_s
        self._taken_s = 0.0
        self._has_failed = False
        #: Stored, but whether the ledger knows of them is not known.
        self._unsure: list[str] = []
        self._news = threading.Condition()
        self._newest: _PendingPreview | None = None
        self._is_closed = False
        self._thread = threading.Thread(
            target=self._make_previews, name=f"previews {claim.job_id}", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._news:
            # What is not begun is not wanted any more: the job has ended.
            self._newest, self._is_closed = None, True
            self._news.notify()
        # One that is late is refused by the ledger, and removed.
        self._thread.join(_PATIENCE_S)

    def offer(self, step: Step) -> None:
        """Take the step's picture if one is due; the last one's is the result."""
        began_s = time.monotonic()
        if step.is_last or not self._is_due(step, began_s):
            return
        try:
            picture = step.picture()
        except Exception as error:  # noqa: BLE001 - a preview never fails the job
            self._tell_failure(error)
            return
        self._scale, self._taken_s = step.scale, time.monotonic()
        cost_s = self._taken_s - began_s
        self._pause_s = max(self._interval_s, _LEAST_PART * cost_s)
        with self._news:
            # A slow disk skips previews and never holds the painting up.
            self._newest = _PendingPreview(step.step, picture)
            self._news.notify()

    def _is_due(self, step: Step, now_s: float) -> bool:
        if self._interval_s == 0:
            return False
        is_time = now_s - self._taken_s >= self._pause_s
        return step.scale != self._scale or is_time

    def _make_previews(self) -> None:
        while (pending := self._next()) is not None:
            try:
                self._make_preview(pending)
            except Exception as error:  # noqa: BLE001 - a preview never fails the job
                self._tell_failure(error)
        try:
            discard_unneeded(self._ledger, self._blobs, self._unsure)
        except Exception as error:  # noqa: BLE001 - a collector finds them later
            self._tell_failure(error)

    def _next(self) -> _PendingPreview | None:
        with self._news:
            self._news.wait_for(lambda: self._newest is not None or self._is_closed)
            pending, self._newest = self._newest, None
        return pending

    def _make_preview(self, pending: _PendingPreview) -> None:
        """Store the preview, then note it: nobody is sent to a file not yet there."""
        step, picture = pending
        picture.thumbnail((LONG_SIDE_PX, LONG_SIDE_PX))
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=_QUALITY, icc_profile=SRGB_PROFILE)
        key = preview_key(*self._claim, step)
        width, height = picture.size
        self._blobs.put(key, file.getvalue())
        preview = Preview(step=step, blob_key=key, width=width, height=height)
        try:
            noted = self._ledger.note_preview(*self._claim, preview)
        except LedgerUnavailableError:
            self._unsure.append(key)  # only the answer may have been lost
            raise
        if not noted:
            self._blobs.delete(key)  # another attempt has the job

    def _tell_failure(self, error: Exception) -> None:
        """Say it once a job: a full disk stays full for a while."""
        if not self._has_failed:
            self._log.warning("no preview: %s", error)
        self._has_failed = True
