"""Small pictures of a job on its way.

The runner is only kept for the copy of what there is to see.
"""

import time
from collections.abc import Callable
from typing import Self

from app.archive.discarding import discard_unneeded
from app.contract.jobs import Preview
from app.contract.ports import BlobStore, Claim, Ledger, LedgerUnavailableError
from app.contract.records.wire import preview_key
from worker.attempt.background import Background
from worker.runners.runner import Jpeg, Tick

#: Taking pictures may cost the job one part in so many of its time.
_LEAST_PART = 50


class Previews:
    """Takes previews of one attempt, until the `with` block is left."""

    def __init__(
        self, ledger: Ledger, blobs: BlobStore, claim: Claim, *, interval_s: float
    ) -> None:
        """Take one at each new stage, and else one every `interval_s`; 0 takes none."""
        self._ledger = ledger
        self._blobs = blobs
        self._claim = claim
        self._interval_s = interval_s
        self._stage = 0
        self._pause_s = interval_s
        self._taken_s = 0.0
        #: Stored, but whether the ledger knows of them is not known.
        self._unsure: list[str] = []
        self._background = Background("preview", claim, self._store, self._clear_up)

    def __enter__(self) -> Self:
        self._background.start()
        return self

    def __exit__(self, *_: object) -> None:
        # One that is late is refused by the ledger, and removed.
        self._background.close()

    def offer(self, tick: Tick) -> None:
        """Take what there is to see if one is due; at the last tick it is the result.

        A slow disk skips previews.
        """
        began_s, update = time.monotonic(), tick.update
        if tick.is_last or not self._is_due(update.stage, began_s):
            return
        if self._background.offer(update.step, tick.preview):
            self._stage, self._taken_s = update.stage, time.monotonic()
            cost_s = self._taken_s - began_s
            self._pause_s = max(self._interval_s, _LEAST_PART * cost_s)

    def _is_due(self, stage: int, now_s: float) -> bool:
        if self._interval_s == 0:
            return False
        return stage != self._stage or now_s - self._taken_s >= self._pause_s

    def _store(self, step: int, encode: Callable[[], Jpeg]) -> None:
        """Store the preview, then note it: nobody is sent to a file not yet there."""
        key = preview_key(*self._claim, step)
        content, width, height = encode()
        self._blobs.put(key, content)
        preview = Preview(step=step, blob_key=key, width=width, height=height)
        try:
            noted = self._ledger.note_preview(*self._claim, preview)
        except LedgerUnavailableError:
            self._unsure.append(key)  # only the answer may have been lost
            raise
        if not noted:
            self._blobs.delete(key)  # another attempt has the job

    def _clear_up(self) -> None:
        discard_unneeded(self._ledger, self._blobs, self._unsure)
