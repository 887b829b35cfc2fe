"""Finds, now and then, files that no job needs: what crashes and a lost ledger leave.

Slow and careful: whoever looks through all files must not take one away that somebody
is about to need. Any number of collectors may run; they take turns.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from anyio.to_thread import run_sync

from app.archive.discarding import discard_unneeded
from app.archive.rebuilding import Rebuilder
from app.contract.ports import BlobStore, Ledger, StoreError
from app.contract.records.wire import BATCHES_FOLDER, CHECKPOINTS_FOLDER, PARTS_FOLDER

_log = logging.getLogger(__name__)

#: Folders whose blobs live only as long as the ledger says that a job or an upload
#: needs them.
FOLDERS = (
    "uploads",
    "results",
    "previews",
    CHECKPOINTS_FOLDER,
    BATCHES_FOLDER,
    PARTS_FOLDER,
)
#: The ledger is asked about so many at once.
_CHUNK = 200
#: Somebody else's turn is over after so long at the latest.
_LOOK_S = 60.0


@dataclass(frozen=True, kw_only=True)
class GarbageCollector:
    """Looks through all files every `interval_s`; spares what is younger than a grace.

    Attributes:
        interval_s: between two searches, whoever makes them.
        grace_s: a file that was written so short a time ago may be about to be needed.
    """

    ledger: Ledger
    blobs: BlobStore
    rebuilder: Rebuilder
    interval_s: float
    grace_s: float

    async def work(self) -> None:
        """Search whenever it is time, until canceled."""
        while True:
            await run_sync(self.take_turn)
            await asyncio.sleep(min(self.interval_s, _LOOK_S))

    def take_turn(self) -> None:
        """Search if it is time; raises nothing."""
        try:
            # A ledger that is not whole knows not who needs what.
            if self.ledger.restoration.is_whole() and self.ledger.restoration.take_turn(
                "garbage", self.interval_s
            ):
                self.collect()
        except StoreError as error:
            _log.warning("files of no job are not searched for: %s", error)
        # A fault of ours must not end the searches for good.
        except Exception:  # noqa: BLE001
            _log.exception("the search for files of no job failed")

    def collect(self) -> int:
        """Delete what no job needs and return how many blobs that were.

        Orders without a record become jobs first: then what they need is known.

        Raises:
            StoreError: One of the stores does not work, or the ledger lost data.
        """
        if self.rebuilder.tidy(self.grace_s) is None:
            return 0  # somebody restores jobs just now
        count = sum(
            discard_unneeded(self.ledger, self.blobs, chunk)
            for folder in FOLDERS
            for chunk in self._old(folder)
        )
        torsos = self.blobs.remove_unfinished(self.grace_s)
        if count or torsos:
            words = "%d files of no job and %d unfinished ones are deleted"
            _log.info(words, count, torsos)
        return count

    def _old(self, folder: str) -> Iterator[list[str]]:
        oldest_s = self.rebuilder.clock() - self.grace_s
        entries = self.blobs.entries(folder)
        old = (key for key, written_s in entries if written_s <= oldest_s)
        while chunk := list(islice(old, _CHUNK)):
            yield chunk
