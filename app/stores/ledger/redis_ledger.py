"""The ledger in Redis: one hash a job, changed by small Lua scripts only.

Each script runs as one atomic step and reads the server's clock, so that the clocks of
API and workers may differ. Celery is not known here: the queue's list is only measured.
"""

import json
from collections.abc import Sequence

import redis

from app.contract.batches import Batch
from app.contract.failures import Failure
from app.contract.jobs import (
    MAX_TTL_S,
    CancelReason,
    Checkpoint,
    Job,
    JobStatus,
    NewJob,
    Outcome,
    Preview,
)
from app.contract.ports import (
    Claim,
    JobFinishedError,
    JobNotFinishedError,
    Order,
    QueueFullError,
    TooManyActiveJobsError,
)
from app.contract.samples import Sample
from app.contract.updates import Row, Update
from app.contract.wire import QUEUE_NAME
from app.stores.ledger.records import blobs_of, fields_of, row_of, text_of_row
from app.stores.ledger.redis_reader import RedisReader
from app.stores.ledger.rules import LedgerRules


class RedisLedger(RedisReader):
    """Implements the `Ledger` port."""

    def __init__(self, client: redis.Redis, rules: LedgerRules) -> None:
        super().__init__(client, rules)

    def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
        """Record jobs as queued, all or none; False if the first was there already."""
        rules = self._rules
        code, number = self._scripts.run(
            "create",
            rules.queue_limit,
            rules.active_limit,
            json.dumps([row_of(job) for job in jobs]),
            "" if batch is None else batch.id,
            "" if batch is None else batch.model_dump_json(exclude={"created_at"}),
            # As long as the last record of its jobs may be kept.
            MAX_TTL_S + int(rules.record_ttl_s),
        )
        if code == _QUEUE_FULL:
            raise QueueFullError(number, rules.queue_limit)
        if code == _TOO_MANY_ACTIVE:
            raise TooManyActiveJobsError(number, rules.active_limit)
        return bool(code)

    def record_reused(self, job: NewJob, source: Job) -> bool:
        """Record a job that has succeeded at once: with the picture of `source`."""
        if source.outcome is None:
            return False
        blobs = [*blobs_of(job), *source.outcome.blob_keys]
        code: int = self._scripts.run(
            "record_reused",
            job.id,
            json.dumps(fields_of(job)),
            json.dumps(blobs),
            source.outcome.model_dump_json(),
            source.id,
        )
        return code >= 0

    def claim(self, job_id: str, worker: str) -> Claim | None:
        """Take the job whose turn it is for a new attempt, or nothing."""
        rules = self._rules
        answer = self._scripts.run(
            "claim",
            job_id,
            worker,
            rules.lease_s,
            rules.max_attempts,
            rules.worker_lost.model_dump_json(),
        )
        return Claim(*answer) if answer else None

    def beat(
        self,
        job_id: str,
        attempt: int,
        progress: Update | None,
        losses: Sequence[Row] = (),
    ) -> Order:
        """Renew the lease, carry progress, bring back what the client wants."""
        news = "" if progress is None else progress.model_dump_json()
        rows = [text_of_row(row) for row in losses]
        lease_s = self._rules.lease_s
        return Order(self._scripts.run("beat", job_id, attempt, lease_s, news, *rows))

    def note_preview(self, job_id: str, attempt: int, preview: Preview) -> bool:
        """Note a stored preview; False if this attempt no longer holds the job."""
        rules = self._rules
        noted = self._scripts.run(
            "note_preview",
            job_id,
            attempt,
            preview.model_dump_json(),
            preview.blob_key,
            preview.step,
            rules.preview_ttl_s,
            rules.previews_kept,
        )
        return bool(noted)

    def note_checkpoint(
        self, job_id: str, attempt: int, checkpoint: Checkpoint
    ) -> bool:
        """Note a stored checkpoint; False if this attempt no longer holds the job."""
        news = checkpoint.model_dump_json()
        blob = checkpoint.blob_key
        return bool(self._scripts.run("note_checkpoint", job_id, attempt, news, blob))

    def note_resumed(self, job_id: str, attempt: int, step: int) -> bool:
        """Say from which step an attempt went on; False if it lost the job."""
        return bool(self._scripts.run("note_resumed", job_id, attempt, step))

    def succeed(
        self, job_id: str, attempt: int, outcome: Outcome, sample: Sample | None = None
    ) -> bool:
        """Commit the picture; False if this attempt no longer holds the job."""
        return self._finish(
            job_id,
            attempt,
            JobStatus.SUCCEEDED,
            "outcome",
            outcome.model_dump_json(),
            outcome.result.blob_key,
            int(not outcome.stopped_early),
            "" if sample is None else sample.model_dump_json(),
        )

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        """End the job as failed; False if this attempt no longer holds it."""
        news = failure.model_dump_json()
        return self._finish(job_id, attempt, JobStatus.FAILED, "error", news)

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        """Say that the computation has stopped as the client wished."""
        return self._finish(job_id, attempt, JobStatus.CANCELED)

    def hand_back(self, job_id: str, attempt: int) -> bool:
        """Queue the job again and give the attempt back: the worker must leave."""
        return self._finish(job_id, attempt, JobStatus.QUEUED)

    def request_cancel(
        self, job_id: str, reason: CancelReason = CancelReason.REQUESTED
    ) -> Job:
        """End a waiting job at once, ask a running one to stop; return the record."""
        self._ask("request_cancel", job_id, reason)
        return self.get(job_id)

    def request_finish(self, job_id: str) -> Job:
        """Ask a job to end early with the picture as it is; return the record."""
        self._ask("request_finish", job_id)
        return self.get(job_id)

    def delete(self, job_id: str) -> None:
        """Forget a job that has ended; its blobs are due for `sweep`."""
        if self._change("delete", job_id) == 0:
            raise JobNotFinishedError(job_id)

    def reap(self) -> list[str]:
        """Requeue jobs whose lease ran out; return those whose bell must ring again.

        A server that has just restarted expires nothing for the length of a lease, one
        that stood still nothing for `round_gap_s`: workers that live must have the
        time to renew theirs.
        """
        rules = self._rules
        job_ids: list[str] = self._scripts.run(
            "reap",
            rules.max_attempts,
            rules.bell_patience_s,
            rules.lease_s,
            rules.worker_lost.model_dump_json(),
            QUEUE_NAME,
            rules.round_gap_s,
        )
        return job_ids

    def sweep(self) -> list[str]:
        """Forget records past their time; return keys of blobs that nobody needs."""
        rules = self._rules
        blobs: list[str] = self._scripts.run(
            "sweep", rules.record_ttl_s, rules.blob_grace_s
        )
        return blobs

    def _finish(
        self,
        job_id: str,
        attempt: int,
        status: JobStatus,
        field: str = "",
        value: str = "",
        blob: str = "",
        reusable: int = 0,
        sample: str = "",
    ) -> bool:
        news = (field, value, blob, reusable, sample, self._rules.samples_kept)
        return bool(self._scripts.run("finish", job_id, attempt, status, *news))

    def _ask(self, script: str, job_id: str, *args: object) -> None:
        if self._change(script, job_id, *args) == 0:
            raise JobFinishedError(job_id)

    def _change(self, script: str, job_id: str, *args: object) -> int:
        """Return what a script makes of a job that there is."""
        code: int = self._scripts.run(script, job_id, *args)
        if code == _NO_SUCH_JOB:
            self.get(job_id)  # says so, or that it may come back
            return self._change(script, job_id, *args)  # It has just been restored.
        return code


#: What the scripts return.
_NO_SUCH_JOB = -1
_QUEUE_FULL = -1
_TOO_MANY_ACTIVE = -2
