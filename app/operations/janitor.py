"""Keeps promises that a crash left open, and throws away what nobody needs.

Any number of janitors may run; the ledger's atomic steps keep them from each other.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from anyio.to_thread import run_sync

from app.archive.discarding import discard_unneeded
from app.archive.ends import keep_ends
from app.archive.rebuilding import Rebuilder, Rebuilt
from app.contract.ports import (
    BlobStore,
    Doorbell,
    Ledger,
    Outbox,
    StoreError,
    WebhookBell,
)

_log = logging.getLogger(__name__)


class Janitor:
    """Makes one round after the other, and logs an outage once."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        doorbell: Doorbell,
        blobs: BlobStore,
        outbox: Outbox,
        webhook_bell: WebhookBell,
        rebuilder: Rebuilder,
    ) -> None:
        self._rebuilder = rebuilder
        self._ledger = ledger
        self._blobs = blobs
        self._doorbell = doorbell
        self._outbox = outbox
        self._webhook_bell = webhook_bell
        self._is_outage = False

    async def work(self, interval_s: float) -> None:
        """Make a round every `interval_s` seconds until canceled."""
        while True:
            await run_sync(self.make_round)
            await asyncio.sleep(interval_s)

    def make_round(self) -> None:
        """Restore what was lost, requeue and ring for it, sweep; raises nothing.

        Each task has its turn whatever befell those before it: where Redis has no
        memory left no bell can be rung, and sweeping is what makes room; a full disk
        must not keep jobs from being requeued.
        """
        tasks = (
            self._restore,
            self._ring_again,
            self._ring_for_webhooks,
            self._keep_ends,
            self._sweep,
        )
        outages = [each for task in tasks if (each := _outage_of(task))]
        if outages:
            self._note_outage(outages[0])
        else:
            self._note_recovery()

    def _restore(self) -> None:
        if self._ledger.is_whole():
            return
        began_s = time.monotonic()
        rebuilt = self._rebuilder.rebuild()
        if rebuilt is not None and rebuilt != Rebuilt():
            _log.warning(
                "the queue had lost data: %d jobs wait again, %d ended ones are back, "
                "after %.1f s",
                rebuilt.queued,
                rebuilt.ended,
                time.monotonic() - began_s,
            )

    def _ring_again(self) -> None:
        for job_id in self._ledger.reap():
            _log.info("ringing again job_id=%s", job_id)
            self._doorbell.ring(job_id)

    def _ring_for_webhooks(self) -> None:
        if self._outbox.needs_bell():
            self._webhook_bell.ring()

    def _keep_ends(self) -> None:
        keep_ends(self._ledger, self._blobs, self._ledger.unwritten_ends())

    def _sweep(self) -> None:
        due = self._ledger.sweep()
        if count := discard_unneeded(self._ledger, self._blobs, due):
            _log.info("%d blobs that nobody needs are deleted", count)

    def _note_outage(self, error: StoreError) -> None:
        if not self._is_outage:
            _log.error("the janitor cannot reach the stores: %s", error)
        self._is_outage = True

    def _note_recovery(self) -> None:
        if self._is_outage:
            _log.info("the janitor reaches the stores again")
        self._is_outage = False


def _outage_of(task: Callable[[], None]) -> StoreError | None:
    """Do a task; return what kept it from its store, if anything did."""
    try:
        task()
    except StoreError as error:
        return error
    # A fault of ours must not end the rounds for good.
    except Exception:  # noqa: BLE001
        _log.exception("the janitor's round failed")
    return None
