"""One job from its bell to its end: claim, attempt, commit, tell.

No Celery and no torch here: the queue calls `JobHandler.handle`, and the runners are an
argument. This is the one place that catches broadly, so that every attempt ends in the
ledger.
"""

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from app.archive.ends import keep_end
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Job, Reproducibility
from app.contract.kind import Kinds, UnknownKindError
from app.contract.messages.webhooks import WebhookEvent
from app.contract.ports import (
    BlobStore,
    Claim,
    Ledger,
    LedgerUnavailableError,
    StoreError,
)
from app.contract.workers import WorkerOffer
from worker.attempt.attempt import Attempt, Made
from worker.attempt.checkpoints import Checkpoints
from worker.attempt.failures import failure_of
from worker.attempt.heartbeat import Heartbeat
from worker.attempt.job_log import JobLog
from worker.attempt.last_state import LastState
from worker.attempt.older_states import OlderStates
from worker.attempt.previews import Previews
from worker.attempt.resumption import Resumption
from worker.attempt.storage import PatientStorage
from worker.runners.control import (
    RESTS,
    Control,
    RunInterruptedError,
    StopReason,
)
from worker.runners.runner import (
    AnyRunner,
    Runners,
    UnableError,
)
from worker.settings import WorkerSettings
from worker.tracing import span

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: A checkpoint that cannot be read for so long is done without.
_CHECKPOINT_S = 10.0
#: The result waits so long for the last state to be stored.
_LAST_STATE_S = 3.0


@dataclass(frozen=True)
class JobHandler:
    """Handles the jobs of one worker process, one at a time.

    Attributes:
        worker: this worker's name.
        ledger: where jobs are held.
        blobs: where files are.
        kinds: read the parameters of their jobs.
        runners: run the jobs of each kind; a kind without one is for other workers.
        settings: the operator's.
        give_up: ends this process when a runner hangs; an argument, so that tests
            survive it.
        offer: returns what this worker can do now.
        holds: is told which job this worker has now; must not wait for anybody.
        tell: is called when a message for a webhook lies in the outbox.
    """

    worker: str
    ledger: Ledger
    blobs: BlobStore
    kinds: Kinds
    runners: Runners
    settings: WorkerSettings
    give_up: Callable[[], None]
    offer: Callable[[], WorkerOffer]
    holds: Callable[[str | None], None] = lambda _: None
    tell: Callable[[], None] = lambda: None

    def handle(self, job_id: str) -> bool:
        """Hear the bell of a job: run one attempt at whichever is due, if any is.

        Returns whether there was one.

        Every way out leaves the ledger knowing it, except death and a lost ledger;
        for these there is the lease.
        """
        claim = self._patiently(
            lambda: self.ledger.claim(job_id, self.worker, self.offer())
        )
        if claim is None:
            extra = {"job_id": job_id}
            logger.info("job_id=%s nothing to do", job_id, extra=extra)
            return False
        JobLog(logger, claim).info("claimed")
        self.holds(claim.job_id)
        try:
            if self._run(claim):
                keep_end(self.ledger, self.blobs, claim.job_id)
                self._tell_the_end(claim)
        finally:
            self.holds(None)
        return True

    def _run(self, claim: Claim) -> bool:
        """Run one attempt; tell whether it ended the job."""
        control = Control()
        heartbeat = Heartbeat(self.ledger, claim, control, self.settings, self.give_up)
        try:
            with heartbeat:
                job = self._patiently(lambda: self.ledger.get(claim.job_id))
                self._tell_the_start(claim, job)
                with span(
                    "impasto.job",
                    {"impasto.job_id": job.id, "impasto.attempt": claim.attempt},
                    traceparent=job.traceparent,
                ):
                    attempt = self._attempt_at(claim, job, control, heartbeat)
                    made = attempt.make()
                    is_committed = self._commit(claim, made)
                    if not is_committed:
                        attempt.last_state.discard(made.state)
                    return is_committed
        except RunInterruptedError:
            return self._end_interrupted(claim, control.stop_reason, heartbeat)
        except (UnableError, UnknownKindError) as error:
            JobLog(logger, claim).warning("not for this worker: %s", error)
            self._hand_back(claim, unable=True)
            return False
        except LedgerUnavailableError as error:
            # Nobody can be told; the lease will run out, and another attempt begins.
            JobLog(logger, claim).warning("ledger lost: %s", error)
            return False
        except Exception as error:  # noqa: BLE001 - see the module's first lines
            return self._fail(claim, failure_of(claim, error))
        except BaseException:
            # The process is told to leave: another worker shall have the job at once.
            self._hand_back(claim)
            raise

    def _attempt_at(
        self, claim: Claim, job: Job, control: Control, heartbeat: Heartbeat
    ) -> Attempt:
        runner, kind = self._runner_of(job), self.kinds.of(job.kind)
        params = kind.parse(job.params, job.inputs)
        if kind.takes_hours:
            heartbeat.time_limit_s = self.settings.long_time_limit_s
        stores = (self.ledger, self.blobs, claim)
        storage = self._storage(claim, control)
        # To wait longer for a checkpoint would cost more than it saves.
        hasty = replace(storage, patience_s=min(_CHECKPOINT_S, storage.patience_s))
        resumption = Resumption(
            self.ledger, hasty, claim, job, max_attempts=self.settings.max_attempts
        )

        def describe() -> Reproducibility:
            return resumption.judged(runner.reproducibility(params, job.inputs))

        return Attempt(
            claim=claim,
            job=job,
            kind=kind,
            params=params,
            storage=storage,
            runner=runner,
            control=control,
            heartbeat=heartbeat,
            previews=Previews(*stores, interval_s=self.settings.preview_interval_s),
            resumption=resumption,
            checkpoints=Checkpoints(
                *stores,
                interval_s=self.settings.checkpoint_interval_s,
                describe=describe,
                tell_losses=heartbeat.beat,
                older=OlderStates(*stores, most_bytes=self.settings.state_bytes),
            ),
            last_state=LastState(
                claim=claim,
                storage=replace(hasty, tries_again=False, patience_s=_LAST_STATE_S),
                most_bytes=self.settings.state_bytes,
                describe=describe,
            ),
        )

    def _storage(self, claim: Claim, control: Control) -> PatientStorage:
        return PatientStorage(
            blobs=self.blobs,
            control=control,
            log=JobLog(logger, claim),
            patience_s=self.settings.storage_patience_s,
        )

    def _runner_of(self, job: Job) -> AnyRunner:
        if job.kind not in self.runners:
            known = ", ".join(self.runners)
            raise UnableError(f"This worker runs {known}, not {job.kind}.")
        return self.runners[job.kind]

    def _commit(self, claim: Claim, made: Made) -> bool:
        """Make the files the result, or remove them: another attempt has the job."""
        outcome = made.outcome
        committed = self._patiently(
            lambda: self.ledger.succeed(*claim, outcome, made.sample, made.state)
        )
        if not committed:
            with contextlib.suppress(StoreError):  # a collector finds it later
                for key in outcome.blob_keys:
                    self.blobs.delete(key)
        JobLog(logger, claim).info(
            "%s after %.1f s",
            "succeeded" if committed else "fenced off",
            outcome.setup_seconds + outcome.predict_seconds,
        )
        return committed

    def _end_interrupted(
        self, claim: Claim, reason: StopReason | None, heartbeat: Heartbeat
    ) -> bool:
        JobLog(logger, claim).info("stopped: %s", reason)
        if reason in RESTS:
            self._hand_back(claim, turn_over=reason is StopReason.TURN_OVER)
            return False
        if reason is StopReason.CANCELED:
            return self._end(claim, lambda: self.ledger.cancel_done(*claim))
        if reason is StopReason.TIME_LIMIT:
            detail = f"An attempt may take {heartbeat.time_limit_s:.0f} seconds."
            failure = Failure.of(FailureCode.TIME_LIMIT_EXCEEDED, detail)
            return self._fail(claim, failure)
        return False

    def _hand_back(
        self, claim: Claim, *, unable: bool = False, turn_over: bool = False
    ) -> None:
        log = JobLog(logger, claim)
        try:
            self.ledger.hand_back(*claim, unable=unable, turn_over=turn_over)
        except LedgerUnavailableError as error:
            log.warning("not handed back: %s", error)
        else:
            log.info("handed back")

    def _fail(self, claim: Claim, failure: Failure) -> bool:
        JobLog(logger, claim).warning("failed: %s", failure.code)
        return self._end(claim, lambda: self.ledger.fail(*claim, failure))

    def _end(self, claim: Claim, end: Callable[[], bool]) -> bool:
        """End the job without a result; tell whether this attempt did."""
        try:
            return self._patiently(end)
        except LedgerUnavailableError as error:
            JobLog(logger, claim).warning("ledger lost: %s", error)
            return False

    def _tell_the_start(self, claim: Claim, job: Job) -> None:
        if job.webhook is not None and WebhookEvent.STARTED in job.webhook.events:
            self._tell(claim)

    def _tell_the_end(self, claim: Claim) -> None:
        try:
            job = self.ledger.get(claim.job_id)
        except StoreError as error:
            JobLog(logger, claim).warning("webhook not told: %s", error)
            return
        if job.webhook is not None:
            self._tell(claim)

    def _tell(self, claim: Claim) -> None:
        """Wake whoever sends webhooks; the outbox has the message in any case."""
        try:
            self.tell()
        except StoreError as error:
            JobLog(logger, claim).warning("webhook not told: %s", error)

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask the ledger again until it answers: ride out a restarted Redis."""
        end_s = time.monotonic() + self.settings.ledger_patience_s
        while True:
            try:
                return ask()
            except LedgerUnavailableError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.2)
