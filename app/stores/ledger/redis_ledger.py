"""The ledger in Redis: one hash a job, changed by small Lua scripts only.

Each script runs as one atomic step and reads the server's clock, so that the clocks of
API and workers may differ. Celery is not known here: the queue's list is only measured.
"""

import contextlib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import redis

from app.contract.failures import Failure
from app.contract.jobs import CancelReason, Job, JobStatus, NewJob, Outcome, Progress
from app.contract.ports import (
    Claim,
    JobFinishedError,
    JobNotFoundError,
    LedgerUnavailableError,
    Order,
    QueueFullError,
)
from app.contract.wire import QUEUE_NAME
from app.stores.ledger.records import read_job
from app.stores.ledger.rules import LedgerRules

_PREFIX = "impasto:"
_JOB = f"{_PREFIX}job:"
_QUEUE = f"{_PREFIX}queue"
_BELLS = f"{_PREFIX}bells"
_LEASES = f"{_PREFIX}leases"
_WORKERS = f"{_PREFIX}workers"

#: Every script starts with the server's clock, in seconds since 1970.
_CLOCK = "local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6\n"


@contextlib.contextmanager
def _translated_errors() -> Iterator[None]:
    """Turn whatever redis-py raises into the port's error."""
    try:
        yield
    except redis.RedisError as error:
        raise LedgerUnavailableError(str(error)) from error


class RedisLedger:
    """Implements the `Ledger` port."""

    def __init__(self, client: redis.Redis, rules: LedgerRules) -> None:
        self._redis = client
        self._rules = rules
        self._scripts = {
            name: client.register_script(_read_script(name))
            for name in ("create", "claim", "beat", "finish", "request_cancel", "reap")
        }

    def create(self, job: NewJob) -> bool:
        """Record a job as queued; False if the id was there already."""
        code, depth = self._run(
            "create",
            [_JOB + job.id, _QUEUE, _BELLS],
            [job.id, job.model_dump_json(), self._rules.queue_limit],
        )
        if code < 0:
            raise QueueFullError(depth, self._rules.queue_limit)
        return bool(code)

    def get(self, job_id: str) -> Job:
        """Return the record, or raise JobNotFoundError."""
        with _translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.hgetall(_JOB + job_id)
            pipeline.zrank(_QUEUE, job_id)
            fields, queue_position = pipeline.execute()
        if not fields:
            raise JobNotFoundError(job_id)
        return read_job(fields, queue_position)

    def claim(self, job_id: str, worker: str) -> Claim | None:
        """Take the job that has waited longest for a new attempt, or nothing."""
        answer = self._run(
            "claim",
            [_QUEUE, _BELLS, _LEASES],
            [
                _JOB,
                job_id,
                worker,
                self._rules.lease_s,
                self._rules.max_attempts,
                self._rules.worker_lost.model_dump_json(),
            ],
        )
        return Claim(*answer) if answer else None

    def beat(self, job_id: str, attempt: int, progress: Progress | None) -> Order:
        """Renew the lease, carry progress, bring back what the client wants."""
        news = "" if progress is None else progress.model_dump_json()
        answer = self._run(
            "beat",
            [_JOB + job_id, _LEASES],
            [job_id, attempt, self._rules.lease_s, news],
        )
        return Order(answer)

    def succeed(self, job_id: str, attempt: int, outcome: Outcome) -> bool:
        """Commit the picture; False if this attempt no longer holds the job."""
        news = ("outcome", outcome.model_dump_json())
        return self._finish(job_id, attempt, JobStatus.SUCCEEDED, news)

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        """End the job as failed; False if this attempt no longer holds it."""
        news = ("error", failure.model_dump_json())
        return self._finish(job_id, attempt, JobStatus.FAILED, news)

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        """Say that the computation has stopped as the client wished."""
        return self._finish(job_id, attempt, JobStatus.CANCELED)

    def hand_back(self, job_id: str, attempt: int) -> bool:
        """Queue the job again and give the attempt back: the worker must leave."""
        return self._finish(job_id, attempt, JobStatus.QUEUED)

    def request_cancel(self, job_id: str) -> Job:
        """End a waiting job at once, ask a running one to stop."""
        code = self._run(
            "request_cancel",
            [_JOB + job_id, _QUEUE, _BELLS],
            [job_id, CancelReason.REQUESTED],
        )
        if code < 0:
            raise JobNotFoundError(job_id)
        if code == 0:
            raise JobFinishedError(job_id)
        return self.get(job_id)

    def reap(self) -> list[str]:
        """Requeue jobs whose lease ran out; return those whose bell must ring again.

        A server that has just restarted expires nothing for the length of a lease:
        workers that live must have the time to renew theirs.
        """
        with _translated_errors():
            uptime_s = self._redis.info("server")["uptime_in_seconds"]
        job_ids: list[str] = self._run(
            "reap",
            [_LEASES, _QUEUE, _BELLS, QUEUE_NAME],
            [
                _JOB,
                self._rules.max_attempts,
                self._rules.bell_patience_s,
                int(uptime_s > self._rules.lease_s),
                self._rules.worker_lost.model_dump_json(),
            ],
        )
        return job_ids

    def announce_worker(self, worker: str) -> None:
        """Note that a worker is alive, and forget those that have gone."""
        with _translated_errors():
            now_s = self._server_time_s()
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.zadd(_WORKERS, {worker: now_s})
            pipeline.zremrangebyscore(
                _WORKERS, "-inf", now_s - self._rules.worker_patience_s
            )
            pipeline.execute()

    def forget_worker(self, worker: str) -> None:
        """Note that a worker leaves, for readiness."""
        with _translated_errors():
            self._redis.zrem(_WORKERS, worker)

    def live_workers(self) -> int:
        """Return how many workers announced themselves of late."""
        with _translated_errors():
            oldest_s = self._server_time_s() - self._rules.worker_patience_s
            return int(self._redis.zcount(_WORKERS, oldest_s, "+inf"))

    def queue_depth(self) -> int:
        """Return how many jobs wait."""
        with _translated_errors():
            return int(self._redis.zcard(_QUEUE))

    def ping(self) -> None:
        """Raise LedgerUnavailableError unless the ledger answers."""
        with _translated_errors():
            self._redis.ping()

    def _finish(
        self,
        job_id: str,
        attempt: int,
        status: JobStatus,
        news: tuple[str, str] = ("", ""),
    ) -> bool:
        keys = [_JOB + job_id, _QUEUE, _BELLS, _LEASES]
        return bool(self._run("finish", keys, [job_id, attempt, status, *news]))

    # What a script returns depends on the script; each caller knows its own.
    def _run(self, name: str, keys: list[str], args: list[Any]) -> Any:
        with _translated_errors():
            return self._scripts[name](keys=keys, args=args)

    def _server_time_s(self) -> float:
        seconds, microseconds = self._redis.time()
        return seconds + microseconds / 1e6


def _read_script(name: str) -> str:
    return _CLOCK + resources.files(__package__).joinpath(f"{name}.lua").read_text()
