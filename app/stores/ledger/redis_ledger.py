"""The ledger in Redis: one hash a job, changed by small Lua scripts only.

Each script runs as one atomic step and reads the server's clock, so that the clocks of
API and workers may differ. Celery is not known here: the queue's list is only measured.
"""

import json
from collections.abc import Sequence

import redis

from app.contract.batches import Batch
from app.contract.changes import AppliedChange
from app.contract.failures import Failure
from app.contract.jobs import (
    MAX_TTL_S,
    Checkpoint,
    Job,
    NewJob,
    Outcome,
    Preview,
)
from app.contract.kind import Lane
from app.contract.ports import (
    Beat,
    BeatReply,
    Claim,
    JobFilter,
    JobNotFinishedError,
    JobPage,
    QueueFullError,
    TooManyActiveJobsError,
    Waiting,
)
from app.contract.records.reuse import fingerprint_of
from app.contract.records.samples import Sample
from app.contract.records.wire import QUEUE_NAMES
from app.contract.updates import Row, Update
from app.contract.workers import WorkerOffer
from app.stores.ledger import endings, records
from app.stores.ledger.job_reader import JobReader
from app.stores.ledger.requests import RedisRequests
from app.stores.ledger.restoration import RedisRestoration
from app.stores.ledger.rules import LedgerRules
from app.stores.ledger.scripts import Scripts


class RedisLedger:
    """Implements the `Ledger` port."""

    def __init__(self, client: redis.Redis, rules: LedgerRules) -> None:
        self._rules = rules
        self._scripts = Scripts(client)
        self._reader = JobReader(client, self._scripts)
        self.requests = RedisRequests(self._scripts, self._reader)
        self.restoration = RedisRestoration(client, self._scripts, rules)

    def get(self, job_id: str) -> Job:
        return self._reader.get(job_id)

    def list_jobs(self, wanted: JobFilter) -> JobPage:
        return self._reader.list_jobs(wanted)

    def get_batch(self, batch_id: str) -> Batch:
        return self._reader.get_batch(batch_id)

    def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
        rules = self._rules
        code, number = self._scripts.run(
            "create",
            queue_limit=rules.queue_limit,
            active_limit=rules.active_limit,
            jobs=json.dumps([records.row_of(job) for job in jobs]),
            batch_id="" if batch is None else batch.id,
            batch="" if batch is None else records.record_of(batch),
            # As long as the last record of its jobs may be kept.
            batch_kept_s=MAX_TTL_S + int(rules.record_ttl_s),
        )
        if code == _QUEUE_FULL:
            raise QueueFullError(number, rules.queue_limit)
        if code == _TOO_MANY_ACTIVE:
            raise TooManyActiveJobsError(number, rules.active_limit)
        return bool(code)

    def record_reused(self, job: NewJob, source: Job) -> bool:
        if source.outcome is None:
            return False
        blobs = [*records.blobs_of(job), *source.outcome.blob_keys]
        code: int = self._scripts.run(
            "record_reused",
            id=job.id,
            fields=json.dumps(records.fields_of(job)),
            blobs=json.dumps(blobs),
            outcome=source.outcome.model_dump_json(),
            source=source.id,
        )
        return code >= 0

    def claim(self, job_id: str, worker: str, offer: WorkerOffer) -> Claim | None:
        answer = self._scripts.run(
            "claim",
            bell=job_id,
            worker=worker,
            offer=offer.model_dump_json(),
            needs_before=records.NEEDS_BEFORE,
            **self._rules.of_attempts,
        )
        return Claim(*answer) if answer else None

    def beat(
        self,
        job_id: str,
        attempt: int,
        progress: Update | None,
        losses: Sequence[Row] = (),
        obeyed: int = 0,
        applied: Sequence[AppliedChange] = (),
    ) -> Beat:
        reply, *rows = self._scripts.run(
            "beat",
            id=job_id,
            attempt=attempt,
            lease_s=self._rules.lease_s,
            progress="" if progress is None else progress.model_dump_json(),
            losses=json.dumps([records.text_of_row(row) for row in losses]),
            obeyed=obeyed,
            applied=json.dumps(records.rows_of_applied(applied)),
            slice_s=self._rules.slice_s,
            needs_before=records.NEEDS_BEFORE,
        )
        return Beat(BeatReply(reply), records.read_commands(rows, obeyed))

    def note_preview(self, job_id: str, attempt: int, preview: Preview) -> bool:
        rules = self._rules
        return self._did(
            "note_preview",
            id=job_id,
            attempt=attempt,
            preview=preview.model_dump_json(),
            blob=preview.blob_key,
            step=preview.step,
            kept_s=rules.preview_ttl_s,
            most=rules.previews_kept,
        )

    def note_checkpoint(
        self, job_id: str, attempt: int, checkpoint: Checkpoint
    ) -> bool:
        return self._did(
            "note_checkpoint",
            id=job_id,
            attempt=attempt,
            checkpoint=checkpoint.model_dump_json(),
            blob=checkpoint.blob_key,
        )

    def note_state(self, job_id: str, attempt: int, state: Checkpoint) -> bool:
        rules = self._rules
        return self._did(
            "note_state",
            id=job_id,
            attempt=attempt,
            state=state.model_dump_json(),
            blob=state.blob_key,
            most=rules.states_kept,
            most_bytes=rules.state_bytes_of_one,
        )

    def note_resumed(self, job_id: str, attempt: int, step: int) -> bool:
        return self._did("note_resumed", id=job_id, attempt=attempt, step=step)

    def succeed(
        self,
        job_id: str,
        attempt: int,
        outcome: Outcome,
        sample: Sample | None = None,
        state: Checkpoint | None = None,
    ) -> bool:
        return self._finish(job_id, attempt, endings.succeeded(outcome, sample, state))

    def fail(self, job_id: str, attempt: int, failure: Failure) -> bool:
        return self._finish(job_id, attempt, endings.failed(failure))

    def cancel_done(self, job_id: str, attempt: int) -> bool:
        return self._finish(job_id, attempt, endings.CANCELED)

    def hand_back(
        self,
        job_id: str,
        attempt: int,
        *,
        unable: bool = False,
        turn_over: bool = False,
    ) -> bool:
        ending = endings.handed_back(is_unable=unable, is_turn_over=turn_over)
        return self._finish(job_id, attempt, ending)

    def delete(self, job_id: str) -> None:
        code = self._scripts.run("delete", id=job_id)
        if code == 0:
            raise JobNotFinishedError(job_id)
        if code == _NO_SUCH_JOB:
            self.get(job_id)  # says so, or that it may come back
            self.delete(job_id)  # It has just been restored.

    def reap(self) -> list[str]:
        rules = self._rules
        brokers = {f"{lane}_broker": name for lane, name in QUEUE_NAMES.items()}
        bells = {"bell_patience_s": rules.bell_patience_s, **brokers}
        return list(self._scripts.run("reap", **rules.of_attempts, **bells))

    def sweep(self) -> list[str]:
        rules = self._rules
        due = self._scripts.run(
            "sweep",
            record_ttl_s=rules.record_ttl_s,
            blob_grace_s=rules.blob_grace_s,
            state_bytes=rules.state_bytes,
        )
        return list(due)

    def find_reusable(self, job: NewJob) -> str | None:
        return self._reader.find_reusable(fingerprint_of(job))

    def losses(self, job_id: str) -> list[Row]:
        return self._reader.losses(job_id)

    def previews(self, job_id: str) -> list[Preview]:
        texts = self._scripts.run("previews", id=job_id)
        return [Preview.model_validate_json(text) for text in texts]

    def paused_count(self) -> int:
        return self._reader.paused_count()

    def queue_depth(self) -> int:
        return sum(self.lane_depths().values())

    def lane_depths(self) -> dict[Lane, int]:
        return self._reader.lane_depths()

    def waiting(self) -> list[Waiting]:
        return self._reader.waiting()

    def active_jobs(self, owner: str) -> int:
        return self._reader.active_jobs(owner)

    def running(self) -> list[Job]:
        return self._reader.running()

    def samples(self) -> list[Sample]:
        return self._reader.samples()

    def counters(self) -> dict[str, float]:
        return self._reader.counters()

    def ping(self) -> None:
        self._reader.probe()

    def _finish(self, job_id: str, attempt: int, ending: endings.Ending) -> bool:
        return self._did(
            "finish",
            id=job_id,
            attempt=attempt,
            ending=json.dumps(ending._asdict(), ensure_ascii=False),
            samples_kept=self._rules.samples_kept,
        )

    def _did(self, script: str, **args: object) -> bool:
        """Tell whether a script did it: the attempt held the job."""
        return bool(self._scripts.run(script, **args))


#: What the scripts return.
_QUEUE_FULL = -1
_NO_SUCH_JOB = -1
_TOO_MANY_ACTIVE = -2
