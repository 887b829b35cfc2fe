"""Ledgers for tests: the real one, on an empty database of the tests' server."""

from typing import Any, TypeVar

from app.contract.jobs import NewJob
from app.contract.kind import Lane
from app.contract.messages.webhooks import WebhookEvent
from app.contract.painting.choices import Network
from app.contract.ports import Claim, Ledger
from app.contract.workers import WorkerOffer
from app.stores.feed import RedisFeed
from app.stores.ledger import LedgerRules, RedisLedger
from app.stores.outbox import RedisOutbox
from app.stores.reservations import RedisReservations
from app.stores.uploads import RedisUploadRecords
from app.stores.worker_registry import RedisWorkerRegistry
from tests.server import empty_database
from tests.stores.clock import StoppedClock, edit_scripts

L = TypeVar("L", bound=Ledger)

#: That of a worker which can do all that tests ask for.
EVERYTHING = WorkerOffer(
    kinds=("image", "echo"),
    lanes=tuple(Lane),
    networks=tuple(Network),
    device="cpu",
)


def made_whole(ledger: L) -> L:
    """Return a ledger that was just emptied; there is nothing to restore."""
    token = ledger.restoration.begin_restoring()
    assert token is not None
    ledger.restoration.finish_restoring(token, 0)
    return ledger


class AbleLedger(RedisLedger):
    """A ledger whose workers can do everything, unless they say otherwise."""

    def claim(
        self, job_id: str, worker: str, offer: WorkerOffer = EVERYTHING
    ) -> Claim | None:
        """Claim as the ledger does; who says nothing can do everything."""
        return super().claim(job_id, worker, offer)


class ScratchLedger(AbleLedger):
    """A whole ledger without jobs, and the other stores on the same database.

    Attributes:
        client: for what only a test does to a ledger.
        clock: None unless it shall stand still.
    """

    def __init__(
        self,
        rules: LedgerRules | None = None,
        *,
        stands_still: bool = False,
        began_s: float | None = None,
    ) -> None:
        rules = rules or LedgerRules()
        # Any: redis-py's types do not tell texts from bytes.
        self.client: Any = empty_database()
        self.clock = StoppedClock(self.client, began_s) if stands_still else None
        let_server_be_old(self.client)
        super().__init__(self.client, rules)
        self.feed = RedisFeed(self.client, block_ms=20)
        self.outbox = RedisOutbox(self.client)
        self.reservations = RedisReservations(self.client)
        self.upload_records = RedisUploadRecords(self.client)
        self.worker_registry = RedisWorkerRegistry(self.client, rules)
        made_whole(self)

    def lose_everything(self) -> None:
        """Lose all data, as FLUSHALL does."""
        self.client.flushdb()
        if self.clock is not None:
            self.clock.show()

    def start_again(self) -> None:
        """Make believe that the server has started again, with these data."""
        self.client.set("impasto:generation", "another run")

    def make_due(self, job_id: str, event: WebhookEvent) -> None:
        """Put a message into the outbox, as scripts do when a job changes."""
        seconds, microseconds = self.client.time()
        due_s = seconds + microseconds / 1e6
        self.client.zadd("impasto:outbox", {f"{job_id}:{event}": due_s})

    def forget_fields(self, job_id: str, *fields: str) -> None:
        """Let a job's record be as if these had never been set."""
        self.client.hdel(f"impasto:job:{job_id}", *fields)

    def give_away(self, job_id: str, owner: str) -> None:
        """Let a job be another key's."""
        of_before = f"impasto:jobs:{self.get(job_id).owner or ''}"
        listed = self.client.hget(f"impasto:job:{job_id}", "listed")
        self.client.zrem(of_before, listed)
        self.client.zadd(f"impasto:jobs:{owner}", {listed: 0})
        job = self.get(job_id).model_copy(update={"owner": owner})
        submitted_job = NewJob(**job.model_dump(include=set(NewJob.model_fields)))
        fields = {"slip": submitted_job.model_dump_json(), "owner": owner}
        self.client.hset(f"impasto:job:{job_id}", mapping=fields)


def let_server_be_old(client: Any) -> None:
    """Let scripts believe that the server was started long ago."""
    asked = "string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')"
    edit_scripts(client, asked, "1e9")
