"""Both ledgers under one clock, so that the same steps must look the same in both.

Nothing waits, and a run can be repeated exactly.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import redis

from app.contract.jobs import Job
from app.contract.ports import Ledger, Outbox, StoreError
from app.stores.ledger import LedgerRules, RedisLedger
from app.stores.memory import MemoryLedger, MemoryOutbox
from app.stores.outbox import RedisOutbox
from tests.stores.bench import made_whole
from tests.stores.clock import StoppedClock

#: Far ahead of the real time: keys that expire by it stay while a test runs.
BEGAN_S = 2_000_000_000.0

#: By the API's clock, not by the ledger's.
_NOT_COMPARED = {"expired"}


@dataclass
class Side:
    """One of the twins.

    Attributes:
        events: of a job, all that are kept: kinds and data.
        queue: the waiting jobs, the next one first.
        leases: who holds a lease, and until when.
    """

    ledger: Ledger
    outbox: Outbox
    lose: Callable[[], object]
    restart: Callable[[], object]
    events: Callable[[str], list[tuple[str, Any]]]
    queue: Callable[[], list[str]]
    leases: Callable[[], dict[str, float]]
    messages: Callable[[], dict[str, float]]


@dataclass
class Twins:
    """The ledger in Redis and the one in memory, asked side by side."""

    client: redis.Redis
    rules: LedgerRules
    #: What was done, to be printed if it led the twins apart.
    steps: list[str] = field(default_factory=list)
    #: Short names of jobs: ids are drawn anew in each run.
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client.flushall()
        self._clock = StoppedClock(self.client, BEGAN_S)
        in_memory = MemoryLedger(self.rules, clock=self._clock)
        self.redis, self.memory = self._in_redis(), self._in_memory(in_memory)
        for side in (self.redis, self.memory):
            side.lose()
            made_whole(side.ledger)

    def pass_time(self, seconds: float) -> None:
        """Let time pass for both."""
        self._clock.pass_time(seconds)

    def time(self, ahead_s: float) -> datetime:
        """Return a time by the twins' clock."""
        return datetime.fromtimestamp(self._clock() + round(ahead_s * 64) / 64, UTC)

    def both(self, name: str, ask: Callable[[Side], Any]) -> Any:
        """Do a step on both and compare the answers; return Redis's.

        A port's error is an answer, too.
        """
        self.steps.append(name)
        answers = [_answer(ask, side) for side in (self.redis, self.memory)]
        assert answers[0] == answers[1], self.told(answers)
        return answers[0]

    def compare(self, job_ids: list[str], owners: list[str]) -> None:
        """Compare all that can be seen of the jobs."""
        left, right = (
            _seen(side, owners)
            | {"jobs": {id_: _job(side, id_, self._clock()) for id_ in job_ids}}
            for side in (self.redis, self.memory)
        )
        different = _difference(left, right)
        assert not different, self.told(different)

    def told(self, difference: object) -> str:
        """Return what was done, and what is different in Redis and in memory."""
        text = "\n".join([*self.steps, f"redis, memory: {difference}"])
        for job_id, name in self.names.items():
            text = text.replace(job_id, name)
        return text

    def _in_redis(self) -> Side:
        # Any: redis-py's types do not tell texts from bytes.
        client: Any = self.client
        return Side(
            RedisLedger(client, self.rules),
            RedisOutbox(client),
            self._clock.lose_everything,
            lambda: client.set("impasto:generation", "another run"),
            lambda id_: [
                (row["kind"], json.loads(row["data"]))
                for _, row in client.xrange(f"impasto:events:{id_}")
            ],
            lambda: client.zrange("impasto:queue", 0, -1),
            lambda: dict(client.zrange("impasto:leases", 0, -1, withscores=True)),
            lambda: dict(client.zrange("impasto:outbox", 0, -1, withscores=True)),
        )

    def _in_memory(self, ledger: MemoryLedger) -> Side:
        return Side(
            ledger,
            MemoryOutbox(ledger.outbox, clock=self._clock),
            ledger.lose_everything,
            ledger.start_again,
            lambda id_: [(e.kind, e.data) for e in ledger.feed._streams.get(id_, [])],
            lambda: ledger._queue.order(),
            lambda: dict(ledger._leases),
            lambda: dict(ledger.outbox),
        )


def _answer(ask: Callable[[Side], Any], side: Side) -> Any:
    try:
        answer = ask(side)
    except StoreError as error:
        return type(error), str(error)
    return _shown(answer) if isinstance(answer, Job) else answer


def _seen(side: Side, owners: list[str]) -> dict[str, Any]:
    ledger = side.ledger
    return {
        "whole": ledger.is_whole(),
        "queue": side.queue(),
        "leases": side.leases(),
        "depth": ledger.queue_depth(),
        "active": [ledger.active_jobs(owner) for owner in owners],
        "running": sorted(job.id for job in ledger.running()),
        "samples": ledger.samples(),
        "counters": {name: round(n, 6) for name, n in ledger.counters().items()},
        "unwritten": sorted(ledger.unwritten_ends()),
        "messages": side.messages(),
    }


def _job(side: Side, job_id: str, now_s: float) -> Any:
    """Return the record of a job and all that belongs to it.

    Not what Redis itself forgets when a job's pictures go: it does so by the real time.
    """
    record = _answer(lambda each: each.ledger.get(job_id), side)
    if isinstance(record, dict) and _is_over(record["expires_at"], now_s):
        return {"record": record}
    return {
        "record": record,
        "losses": side.ledger.losses(job_id),
        "previews": side.ledger.previews(job_id),
        "events": side.events(job_id),
        "deliveries": [each.model_dump() for each in side.outbox.deliveries(job_id)],
    }


def _is_over(at: datetime | None, now_s: float) -> bool:
    return at is not None and at.timestamp() <= now_s


def _shown(job: Job) -> dict[str, Any]:
    return job.model_dump(exclude=_NOT_COMPARED)


def _difference(left: Any, right: Any) -> Any:
    """Return where two answers differ, and how; nothing else of them."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return None if left == right else (left, right)
    found = {
        name: _difference(left.get(name), right.get(name)) for name in {*left, *right}
    }
    return {name: each for name, each in found.items() if each}
