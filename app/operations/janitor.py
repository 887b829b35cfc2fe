"""Keeps promises that a crash left open, and throws away what nobody needs.

Any number of janitors may run; the ledger's atomic steps keep them from each other.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable

from anyio.to_thread import run_sync

from app.archive.discarding import discard_unneeded
from app.archive.ends import keep_ends
from app.archive.rebuilding import Rebuilder, Rebuilt
from app.contract.ports import (
    BlobStore,
    Doorbell,
    JobNotFoundError,
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
        #: Blobs that the ledger has named and that are not deleted yet.
        self._due: list[str] = []
        #: Tasks that could not reach their store when they were last done.
        self._ailing: set[str] = set()
        self._noting = threading.Lock()

    async def work(self, interval_s: float) -> None:
        """Make rounds every `interval_s` seconds until canceled.

        Bells have rounds of their own: a storage of pictures that says nothing for
        minutes must not keep the job of a lost worker waiting. Each task has its turn
        whatever befell those before it: where Redis has no memory left no bell can be
        rung, and sweeping is what makes room.
        """
        await asyncio.gather(
            _repeat(self.ring, interval_s), _repeat(self.tend_blobs, interval_s)
        )

    def ring(self) -> None:
        """Requeue what lost workers held and ring for what nobody heard of."""
        self._do(self._ring_again, self._ring_for_webhooks)

    def tend_blobs(self) -> None:
        """Restore what was lost, keep how jobs ended, and sweep."""
        self._do(self._restore, self._keep_ends, self._sweep)

    def _restore(self) -> None:
        if self._ledger.restoration.is_whole():
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
            with contextlib.suppress(JobNotFoundError):  # it was deleted just now
                lane = self._ledger.get(job_id).lane
                _log.info("ringing again job_id=%s", job_id)
                self._doorbell.ring(job_id, lane)

    def _ring_for_webhooks(self) -> None:
        if self._outbox.needs_bell():
            self._webhook_bell.ring()

    def _keep_ends(self) -> None:
        keep_ends(self._ledger, self._blobs, self._ledger.restoration.unwritten_ends())

    def _sweep(self) -> None:
        # The ledger names each once: what cannot be deleted now is kept in mind.
        self._due = self._due or self._ledger.sweep()
        count = discard_unneeded(self._ledger, self._blobs, self._due)
        self._due = []
        if count:
            _log.info("%d blobs that nobody needs are deleted", count)

    def _do(self, *tasks: Callable[[], None]) -> None:
        """Do each task; say once when the first fails, and once when all work again."""
        for task in tasks:
            error = _outage_of(task)
            with self._noting:
                before = bool(self._ailing)
                self._ailing.discard(task.__name__)
                if error is not None:
                    self._ailing.add(task.__name__)
                    if not before:
                        _log.error("the janitor cannot reach the stores: %s", error)
                elif before and not self._ailing:
                    _log.info("the janitor reaches the stores again")


async def _repeat(round_: Callable[[], None], interval_s: float) -> None:
    while True:
        await run_sync(round_)
        await asyncio.sleep(interval_s)


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
