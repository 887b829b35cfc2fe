"""Reads records of jobs and batches from Redis; nothing here changes any."""

import json
from typing import Any

import redis

from app.contract.batches import Batch
from app.contract.commands import Command
from app.contract.jobs import Job, JobStatus
from app.contract.kind import Lane
from app.contract.ports import (
    BatchNotFoundError,
    JobFilter,
    JobNotFoundError,
    JobPage,
    LedgerIncompleteError,
    Waiting,
)
from app.contract.records.samples import Sample
from app.contract.updates import Row
from app.stores.ledger import keys
from app.stores.ledger.records import (
    WAITING_FIELDS,
    read_commands,
    read_job,
    read_row,
    read_sample,
    read_waiting,
)
from app.stores.ledger.scripts import Scripts, translated_errors

#: A filtered list looks at so many jobs at a time.
_CHUNK = 100


class JobReader:
    """Finds records; one that may come back is never called unknown."""

    def __init__(self, client: redis.Redis, scripts: Scripts) -> None:
        # Any: redis-py's types do not tell texts from bytes; ours decodes answers.
        self._redis: Any = client
        self._scripts = scripts

    def get(self, job_id: str) -> Job:
        found = self.find([job_id])
        if found:
            return found[0]
        fields = self._look_again(keys.JOB + job_id)
        if not fields:
            raise JobNotFoundError(job_id)
        return self.get(job_id)  # It has just been restored.

    def list_jobs(self, wanted: JobFilter) -> JobPage:
        page = self._page(wanted)
        if not self._scripts.run("is_whole"):
            raise LedgerIncompleteError
        return page

    def _page(self, wanted: JobFilter) -> JobPage:
        jobs: list[Job] = []
        cursor = wanted.cursor
        while True:
            members = self._members(wanted, cursor)
            for member, job in zip(members, self._jobs_at(members), strict=True):
                if job is not None and _is_wanted(job, wanted):
                    if len(jobs) == wanted.limit:
                        return JobPage(jobs, cursor)
                    jobs.append(job)
                cursor = member
            if len(members) < _CHUNK:
                return JobPage(jobs, None)

    def get_batch(self, batch_id: str) -> Batch:
        with translated_errors():
            fields = self._redis.hgetall(keys.BATCH + batch_id)
        fields = fields or self._look_again(keys.BATCH + batch_id)
        if not fields:
            raise BatchNotFoundError(batch_id)
        record = json.loads(fields["batch"])
        return Batch.model_validate({**record, "created_at": fields["created_at"]})

    def find(self, job_ids: list[str]) -> list[Job]:
        """Return those of the jobs that there are."""
        if not job_ids:
            return []
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            for job_id in job_ids:
                pipeline.hgetall(keys.JOB + job_id)
                for queue in keys.QUEUES.values():
                    pipeline.zrank(queue, job_id)
            pipeline.time()
            *answers, (seconds, micros) = pipeline.execute()
        now = seconds + micros / 1e6
        width = 1 + len(keys.QUEUES)
        found = (answers[at : at + width] for at in range(0, len(answers), width))
        return [
            read_job(fields, _position(ranks), now)
            for fields, *ranks in found
            if fields
        ]

    def running(self) -> list[Job]:
        with translated_errors():
            held = self._redis.zrange(keys.LEASES, 0, -1)
        running = (JobStatus.STARTING, JobStatus.PROCESSING)
        return [job for job in self.find(held) if job.status in running]

    def waiting(self) -> list[Waiting]:
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=False)
            for queue in keys.QUEUES.values():
                pipeline.zrange(queue, 0, _CHUNK - 1)
            ids = zip(keys.QUEUES, pipeline.execute(), strict=True)
            found = [(lane, job_id) for lane, some in ids for job_id in some]
            for _, job_id in found:
                pipeline.hmget(keys.JOB + job_id, WAITING_FIELDS)
            answers = pipeline.execute()
        return [
            read_waiting(lane, fields)
            for (lane, _), fields in zip(found, answers, strict=True)
            if any(fields)  # else it has gone meanwhile
        ]

    def lane_depths(self) -> dict[Lane, int]:
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            for queue in keys.QUEUES.values():
                pipeline.zcard(queue)
            return dict(zip(keys.QUEUES, pipeline.execute(), strict=True))

    def active_jobs(self, owner: str) -> int:
        with translated_errors():
            return int(self._redis.scard(keys.ACTIVE + owner))

    def find_reusable(self, fingerprint: str) -> str | None:
        """Return the id of a job that made what this fingerprint stands for."""
        with translated_errors():
            found: str | None = self._redis.get(keys.REUSE + fingerprint)
        return found

    def losses(self, job_id: str) -> list[Row]:
        with translated_errors():
            rows = self._redis.lrange(keys.LOSSES + job_id, 0, -1)
        # A beat whose answer was lost is sent again: its points may be there twice.
        return [read_row(row) for row in dict.fromkeys(rows)]

    def paused_count(self) -> int:
        with translated_errors():
            return int(self._redis.zcard(keys.PAUSED))

    def commands(self, job_id: str) -> tuple[Command, ...]:
        with translated_errors():
            rows = self._redis.hvals(keys.COMMANDS + job_id)
        return read_commands(rows, 0)

    def samples(self) -> list[Sample]:
        with translated_errors():
            texts = self._redis.lrange(keys.SAMPLES, 0, -1)
        return [read_sample(text) for text in texts]

    def counters(self) -> dict[str, float]:
        with translated_errors():
            texts = self._redis.hgetall(keys.COUNTERS)
        return {name: float(text) for name, text in texts.items()}

    def probe(self) -> None:
        """Raise LedgerUnavailableError unless the ledger would take a job."""
        with translated_errors():
            # Writes nothing, and is refused where a job would be: memory or disk full,
            # a replica.
            self._redis.setrange(keys.PROBE, 0, "")

    def _look_again(self, key: str) -> dict[str, str]:
        """Return the hash that was not found, {} if it is known not to be there.

        Raises:
            LedgerIncompleteError: It may come back.
        """
        is_known, *flat = self._scripts.run("look", key=key)
        if not is_known and not flat:
            raise LedgerIncompleteError
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def _members(self, wanted: JobFilter, after: str | None) -> list[str]:
        """Return the next `<microseconds>:<id>` of a key's list."""
        name = keys.JOBS + (wanted.owner or "")
        with translated_errors():
            if wanted.newest_first:
                start = "+" if after is None else f"({after}"
                members = self._redis.zrevrangebylex(name, start, "-", 0, _CHUNK)
            else:
                start = "-" if after is None else f"({after}"
                members = self._redis.zrangebylex(name, start, "+", 0, _CHUNK)
        return list(members)

    def _jobs_at(self, members: list[str]) -> list[Job | None]:
        ids = [member.partition(":")[2] for member in members]
        found = {job.id: job for job in self.find(ids)}
        return [found.get(job_id) for job_id in ids]


def _position(ranks: list[int | None]) -> int | None:
    """Return the place in whichever lane the job waits, None if in none."""
    return next((rank for rank in ranks if rank is not None), None)


def _is_wanted(job: Job, wanted: JobFilter) -> bool:
    return (
        (not wanted.statuses or job.status in wanted.statuses)
        and (not wanted.kinds or job.kind in wanted.kinds)
        and wanted.paused in (None, job.paused_at is not None)
    )
