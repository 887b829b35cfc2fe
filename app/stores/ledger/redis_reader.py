"""What the ledger in Redis can be asked; nothing here changes it."""

import json

from app.contract.batches import Batch
from app.contract.jobs import Job, JobStatus, NewJob, Preview
from app.contract.ports import (
    BatchNotFoundError,
    JobFilter,
    JobNotFoundError,
    JobPage,
    LedgerIncompleteError,
)
from app.contract.reuse import fingerprint_of
from app.contract.samples import Sample
from app.contract.updates import Row
from app.contract.upgrades import upgraded_sample
from app.stores.ledger import keys
from app.stores.ledger.records import read_job, read_row
from app.stores.ledger.redis_restoration import RedisRestoration
from app.stores.ledger.scripts import translated_errors

#: A filtered list looks at so many jobs at a time.
_CHUNK = 100


class RedisReader(RedisRestoration):
    """The reading half of the `Ledger` port."""

    def get(self, job_id: str) -> Job:
        """Return the record, or raise JobNotFoundError."""
        found = self._read([job_id])
        if found:
            return found[0]
        fields = self._look_again(keys.JOB + job_id)
        if not fields:
            raise JobNotFoundError(job_id)
        return self.get(job_id)  # It has just been restored.

    def list_jobs(self, wanted: JobFilter) -> JobPage:
        """Return a page of jobs, in the order of their creation."""
        page = self._page(wanted)
        if not self.is_whole():
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
        """Return the batch, or raise BatchNotFoundError."""
        with translated_errors():
            fields = self._redis.hgetall(keys.BATCH + batch_id)
        fields = fields or self._look_again(keys.BATCH + batch_id)
        if not fields:
            raise BatchNotFoundError(batch_id)
        record = json.loads(fields["batch"])
        return Batch.model_validate({**record, "created_at": fields["created_at"]})

    def find_reusable(self, job: NewJob) -> str | None:
        """Return the id of a job of this owner that made what `job` would make."""
        with translated_errors():
            found: str | None = self._redis.get(keys.REUSE + fingerprint_of(job))
        return found

    def losses(self, job_id: str) -> list[Row]:
        """Return the series of the present attempt, the first step first.

        It goes when the job's pictures go.
        """
        with translated_errors():
            rows = self._redis.lrange(keys.LOSSES + job_id, 0, -1)
        # A beat whose answer was lost is sent again: its points may be there twice.
        return [read_row(row) for row in dict.fromkeys(rows)]

    def previews(self, job_id: str) -> list[Preview]:
        """Return the previews that are kept, the oldest first."""
        texts = self._scripts.run("previews", job_id)
        return [Preview.model_validate_json(text) for text in texts]

    def queue_depth(self) -> int:
        """Return how many jobs wait."""
        with translated_errors():
            return int(self._redis.zcard(keys.QUEUE))

    def active_jobs(self, owner: str) -> int:
        """Return how many jobs of a key are unfinished."""
        with translated_errors():
            return int(self._redis.scard(keys.ACTIVE + owner))

    def running(self) -> list[Job]:
        """Return the jobs that workers hold."""
        with translated_errors():
            held = self._redis.zrange(keys.LEASES, 0, -1)
        running = (JobStatus.STARTING, JobStatus.PROCESSING)
        return [job for job in self._read(held) if job.status in running]

    def samples(self) -> list[Sample]:
        """Return what the last jobs cost, the newest first."""
        with translated_errors():
            texts = self._redis.lrange(keys.SAMPLES, 0, -1)
        return [Sample.model_validate(upgraded_sample(json.loads(t))) for t in texts]

    def counters(self) -> dict[str, float]:
        """Return what was counted since the ledger began, by name."""
        with translated_errors():
            texts = self._redis.hgetall(keys.COUNTERS)
        return {name: float(text) for name, text in texts.items()}

    def ping(self) -> None:
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
        is_known, *flat = self._scripts.run("look", key)
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
        found = {job.id: job for job in self._read(ids)}
        return [found.get(job_id) for job_id in ids]

    def _read(self, job_ids: list[str]) -> list[Job]:
        """Return those of the jobs that there are."""
        if not job_ids:
            return []
        with translated_errors():
            pipeline = self._redis.pipeline(transaction=True)
            for job_id in job_ids:
                pipeline.hgetall(keys.JOB + job_id)
                pipeline.zrank(keys.QUEUE, job_id)
            pipeline.time()
            *answers, (seconds, micros) = pipeline.execute()
        now = seconds + micros / 1e6
        pairs = zip(answers[::2], answers[1::2], strict=True)
        return [read_job(fields, position, now) for fields, position in pairs if fields]


def _is_wanted(job: Job, wanted: JobFilter) -> bool:
    return not wanted.statuses or job.status in wanted.statuses
