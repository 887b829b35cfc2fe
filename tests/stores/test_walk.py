"""Whatever workers, clients, janitors and crashes do, the ledger loses nothing.

A random walk over all that changes it, often twice: an answer that was lost on its way
makes its caller ask again. After each step it is held against what must be true.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import pytest

from app.contract.batches import Batch, new_batch_id
from app.contract.commands import Verb
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Checkpoint, Job, JobStatus, NewJob, Preview
from app.contract.kind import Lane
from app.contract.messages.deliveries import DeliveryAttempt, DeliveryState
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.contract.ports import Beat, BeatReply, JobFilter, StoreError
from app.contract.ports.restoration import Restored
from app.contract.records.archives import ArchivedEnd
from app.contract.records.wire import checkpoint_key, preview_key, result_key
from app.stores.ledger import LedgerRules
from app.stores.ledger.records import blobs_of
from tests.ledgers import EVERYTHING, ScratchLedger
from tests.stores.new_jobs import a_row, a_sample, new_job, outcome, progress

RULES = LedgerRules(
    lease_s=2.0,
    bell_patience_s=1.0,
    round_gap_s=1e9,
    queue_limit=8,
    record_ttl_s=3600.0,
    blob_grace_s=1.0,
    preview_ttl_s=1000.0,
    previews_kept=2,
    samples_kept=2,
)
STEPS = 120
OWNERS = (None, "ada", "bob")
WORKERS = ("w1", "w2", "w3")
HOOK = Webhook(url="https://example.org", events=tuple(WebhookEvent))
FAILURE = Failure.of(FailureCode.INTERNAL_ERROR, "broken")
#: By the call that brings it about.
ENDS = {
    "succeed": JobStatus.SUCCEEDED,
    "fail": JobStatus.FAILED,
    "cancel_done": JobStatus.CANCELED,
}
#: What stays when the last job is forgotten.
SHARED = {
    *("counters", "fence_base", "generation", "news", "rounds", "samples"),
    *("order", "short:order", "state_bytes"),
}
#: How the names of a lane's keys begin.
LANES = ("", "short:")
#: Of workers for everything, for one lane, and for nothing.
OFFERS = [
    *[EVERYTHING] * 3,
    *(EVERYTHING.model_copy(update={"lanes": (lane,)}) for lane in Lane),
    EVERYTHING.model_copy(update={"kinds": ()}),
]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_lost_and_nothing_is_done_twice(seed: int) -> None:
    walk = Walk(seed)
    for _ in range(STEPS):
        walk.take_a_step()
        walk.check()
    walk.end_all()


class Walk:
    """Takes steps, and knows what must have come of them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - to be repeated
        self.ledger = ScratchLedger(RULES, stands_still=True)
        self.submitted_jobs: dict[str, NewJob] = {}
        #: The jobs after the step before; who was given which attempt.
        self.last: dict[str, Job] = {}
        self.claims: dict[tuple[str, int], str] = {}
        #: The newest attempt at each job, unless it was handed back.
        self.newest: dict[str, int] = {}
        self.forget_counts()
        self.steps: dict[Callable[[], object], int] = {
            self.create: 8,
            self.create_batch: 2,
            self.reuse: 2,
            self.claim: 12,
            self.beat: 8,
            self.show: 3,
            self.save: 4,
            self.resume: 2,
            self.finish: 6,
            self.hand_back: 3,
            self.ask: 5,
            self.change: 4,
            self.delete: 2,
            self.pass_time: 6,
            self.reap: 6,
            self.sweep: 3,
            self.deliver: 7,
            self.keep_ends: 2,
            self.lose_and_rebuild: 1,
        }

    def forget_counts(self) -> None:
        """Begin to count anew: the ledger has lost its own counts, too."""
        self.submitted = self.ended = 0
        #: Messages that arrived; blobs that were stored, and that were named as due.
        self.told: set[tuple[str, str]] = set()
        self.stored: set[str] = set()
        self.swept: set[str] = set()

    def take_a_step(self) -> None:
        self.pass_time(1 / 64)  # no two scripts run at once
        (step,) = self.random.choices([*self.steps], [*self.steps.values()])
        step()

    def answer(self, name: str, *args: Any, **more: Any) -> Any:
        """Ask the ledger; a port's error is an answer, too."""
        try:
            return attrgetter(name)(self.ledger)(*args, **more)
        except StoreError as error:
            return error

    def twice(self, name: str, *args: Any, **more: Any) -> Any:
        """Ask the ledger, and sometimes once more; return its first answer."""
        answer = self.answer(name, *args, **more)
        if self.random.random() < 0.2:
            self.answer(name, *args, **more)
        return answer

    def fenced(self, name: str, job_id: str, attempt: int, *args: Any) -> Any:
        """Ask as an attempt; the answer is the same whenever it is asked again."""
        answer = self.answer(name, job_id, attempt, *args)
        if self.random.random() < 0.2:
            assert self.answer(name, job_id, attempt, *args) == answer
        job = self.last.get(job_id)
        if (
            job is not None
            and not job.status.is_final
            and attempt != self.newest[job_id]
        ):
            assert answer in (False, Beat(BeatReply.LEASE_LOST))
        return answer

    def submitted_job(self, owner: str | None, **more: Any) -> NewJob:
        ends_s = self.ledger.clock() + self.random.uniform(1, 20)
        is_hurried = self.random.random() < 0.2
        submitted_job = {
            "owner": owner,
            "priority": self.random.choice(["low", "normal", "high"]),
            "ttl_seconds": 3600,
            "webhook": HOOK if self.random.random() < 0.5 else None,
            "deadline_at": datetime.fromtimestamp(ends_s, UTC) if is_hurried else None,
        }
        job = new_job({**submitted_job, **more}, size=self.random.choice([64, 256]))
        return job.model_copy(update={"lane": self.random.choice([*Lane])})

    def create(self) -> None:
        self.submit(self.submitted_job(self.random.choice(OWNERS)))

    def create_batch(self) -> None:
        batch_id, owner = new_batch_id(), self.random.choice(OWNERS)
        jobs = [self.submitted_job(owner, batch_id=batch_id) for _ in range(2)]
        ids = tuple(job.id for job in jobs)
        batch = Batch(id=batch_id, contents=1, styles=2, job_ids=ids, owner=owner)
        self.submit(*jobs, batch=batch)

    def submit(self, *jobs: NewJob, **batch: Batch) -> None:
        if self.twice("create", *jobs, **batch) is True:
            self.submitted_jobs |= {job.id: job for job in jobs}
            self.submitted += len(jobs)

    def reuse(self) -> None:
        made = [job for job in self.last.values() if job.outcome is not None]
        if made:
            source = self.random.choice(made)
            job = self.submitted_job(source.owner, reused_from=source.id)
            if self.twice("record_reused", job, source) is True:
                self.submitted_jobs[job.id] = job
                self.submitted += 1

    def claim(self) -> None:
        worker = self.random.choice(WORKERS)
        for job_id in [self.any_id()] * self.random.choice([1, 1, 2]):
            held = self.ledger.client.zrangebyscore(
                "impasto:leases", self.ledger.clock(), "inf"
            )
            claim = self.answer("claim", job_id, worker, self.random.choice(OFFERS))
            if claim is None:
                continue
            # Who holds a job is given the same attempt again, nobody else is.
            is_again = claim.job_id in held
            assert is_again == (self.claims.get(tuple(claim)) is not None)
            assert self.claims.setdefault(tuple(claim), worker) == worker
            self.newest[claim.job_id] = claim.attempt

    def beat(self) -> None:
        job_id, attempt = self.attempt()
        step = self.random.randrange(10)
        news = progress(step) if self.random.random() < 0.5 else None
        points = [a_row(n, 1, 3.0, 1.0, 1.5, 0.5) for n in range(step, step + 2)]
        self.fenced("beat", job_id, attempt, news, points)

    def show(self) -> None:
        job_id, attempt = self.attempt()
        step = self.random.randrange(10)
        key = preview_key(job_id, attempt, step)
        preview = Preview(step=step, blob_key=key, width=64, height=48)
        if self.fenced("note_preview", job_id, attempt, preview):
            self.stored.add(key)

    def save(self) -> None:
        job_id, attempt = self.attempt()
        checkpoint = Checkpoint(
            attempt=attempt,
            step=self.random.randrange(10),
            blob_key=checkpoint_key(job_id, attempt),
            reproducibility=outcome().reproducibility,
        )
        self.stored.add(checkpoint.blob_key)
        self.fenced("note_checkpoint", job_id, attempt, checkpoint)

    def resume(self) -> None:
        self.fenced("note_resumed", *self.attempt(), self.random.choice([0, 3, 6]))

    def finish(self) -> None:
        job_id, attempt = self.attempt()
        made = outcome(result_key(job_id, attempt, "image/png"))
        ends = [("succeed", made, a_sample()), ("fail", FAILURE), ("cancel_done",)]
        name, *args = self.random.choice(ends)
        if self.fenced(name, job_id, attempt, *args):
            job = self.ledger.get(job_id)
            assert job.status is ENDS[name]
            if name == "succeed":
                assert job.outcome == made
                self.stored.add(made.result.blob_key)

    def hand_back(self) -> None:
        job_id, attempt = self.attempt()
        unable = self.random.random() < 0.3
        if self.twice("hand_back", job_id, attempt, unable=unable):
            assert attempt == self.newest[job_id]
            self.newest[job_id] = 0
            job = self.ledger.get(job_id)
            was_counted = job.status.is_final  # it was to be canceled
            assert job.attempt == self.last[job_id].attempt - (not was_counted)

    def ask(self) -> None:
        name = self.random.choice(["requests.cancel", "requests.finish"])
        self.twice(name, self.any_id())

    def change(self) -> None:
        values = {self.random.choice("ab"): self.random.random()}
        self.twice("requests.append", self.any_id(), Verb.CHANGE, values)

    def delete(self) -> None:
        job_id = self.any_id()
        if self.twice("delete", job_id) is None:
            self.forget(job_id)

    def forget(self, job_id: str) -> None:
        del self.submitted_jobs[job_id]
        self.last.pop(job_id, None)

    def pass_time(self, seconds: float | None = None) -> None:
        """Let time pass; now and then pictures expire, and seldom records."""
        choices = [0.25, 1.0, 1.0, 3.0, 3.0, 3600.0, 7200.0]
        self.ledger.clock.pass_time(seconds or self.random.choice(choices))

    def reap(self) -> None:
        self.twice("reap")

    def sweep(self) -> None:
        due = set(self.ledger.sweep())
        for job in self.last.values():
            assert not due & self.needed(job)
        assert set(self.ledger.restoration.unneeded([*due])) == due
        self.swept |= due

    def needed(self, job: Job) -> set[str]:
        """Return what must be kept of a job now."""
        if self.ends_s(job) <= self.ledger.clock():
            return set()
        blobs = {*blobs_of(job)}
        blobs |= {each.blob_key for each in self.ledger.previews(job.id)}
        if job.checkpoint is not None:
            blobs.add(job.checkpoint.blob_key)
        if job.outcome is not None:
            blobs.add(job.outcome.result.blob_key)
        return blobs

    def ends_s(self, job: Job) -> float:
        """Return when a job's pictures go."""
        return float("inf") if job.expires_at is None else job.expires_at.timestamp()

    def deliver(self) -> None:
        """Try the message that has been due for longest, or die over it."""
        due = self.ledger.outbox.take(2.0)
        how = self.random.choice(["arrives", "arrives", "fails", "dies"])
        if due is None or how == "dies":
            return
        is_done = how == "arrives"
        at = datetime.fromtimestamp(self.ledger.clock(), UTC)
        attempt = DeliveryAttempt(
            at=at, status_code=200, error=None, duration_seconds=0.5
        )
        state = DeliveryState.DELIVERED if is_done else DeliveryState.PENDING
        tried = due.delivery.after(attempt, state)
        assert self.ledger.outbox.settle(due, tried, None if is_done else 1.0)
        if is_done:
            message = (tried.job_id, tried.event)
            assert message not in self.told
            self.told.add(message)

    def keep_ends(self) -> None:
        ended = [job.id for job in self.last.values() if job.status.is_final]
        self.ledger.restoration.note_written(ended)

    def lose_and_rebuild(self) -> None:
        """Lose the data, or only the run; rebuild from what is kept of jobs."""
        before = dict(self.last)
        is_lost = self.random.random() < 0.5
        (self.ledger.lose_everything if is_lost else self.ledger.start_again)()
        assert self.ledger.sweep() == []
        assert self.ledger.claim(self.any_id(), "w1") is None
        restoration = self.ledger.restoration
        token = restoration.begin_restoring()
        assert token is not None
        for job in before.values():
            end = ArchivedEnd(job=job) if job.status.is_final else None
            submitted_job = self.submitted_jobs[job.id]
            for _ in range(self.random.choice([1, 1, 2])):
                restoration.restore(token, Restored(submitted_job, job.created_at, end))
        base = self.random.randrange(1, 10**9) * 10_000
        restoration.finish_restoring(token, base)
        if is_lost:
            self.forget_counts()
            self.last = {}
        for job in before.values():
            now = self.ledger.get(job.id)
            assert (now.outcome, now.error) == (job.outcome, job.error)
            assert now.status is job.status or not job.status.is_final

    def check(self) -> None:
        """Fail unless every job is there, in one state, and every index tells so."""
        jobs = self.jobs()
        for job in jobs.values():
            self.check_course(self.last.get(job.id), job)
        self.last = jobs
        self.check_indexes(jobs)
        counters = self.ledger.counters()
        assert counters.get("submitted", 0) == self.submitted
        ends = [n for name, n in counters.items() if name.startswith("ended:")]
        assert sum(ends) == self.ended

    def jobs(self) -> dict[str, Job]:
        """Return all jobs; only those whose records are past their time may be gone."""
        found: dict[str, Job] = {}
        for owner in OWNERS:
            page = self.ledger.list_jobs(JobFilter(owner=owner, limit=1000)).jobs
            assert page == sorted(page, key=lambda job: job.created_at, reverse=True)
            assert {job.owner for job in page} <= {owner}
            found |= {job.id: job for job in page}
        assert found.keys() <= self.submitted_jobs.keys(), "what was deleted is back"
        for job_id in self.submitted_jobs.keys() - found.keys():
            over_s = self.ends_s(self.last[job_id]) + RULES.record_ttl_s
            assert over_s <= self.ledger.clock(), f"{job_id} is lost"
            self.forget(job_id)
        return found

    def check_course(self, before: Job | None, job: Job) -> None:
        """Fail if a job did what no job may do after what it was before."""
        assert job.attempt <= RULES.max_attempts
        was_final = before is not None and before.status.is_final
        self.ended += job.status.is_final and not was_final
        if before is not None:
            assert job.revision >= before.revision
        if before is not None and was_final:
            assert job.checkpoint in (None, before.checkpoint), "it may be let go"
            may_change = {"expired": before.expired, "checkpoint": before.checkpoint}
            assert job.model_copy(update=may_change) == before

    def check_indexes(self, jobs: dict[str, Job]) -> None:
        ended = {job.id for job in jobs.values() if job.status.is_final}
        waiting = {job.id for job in jobs.values() if job.status is JobStatus.QUEUED}
        running = jobs.keys() - ended - waiting
        queued = self.members("queue") | self.members("short:queue")
        assert queued == waiting == self.members("bells")
        asked = (self.ledger.client.hkeys(f"impasto:{each}asked") for each in LANES)
        assert set().union(*asked) == waiting
        assert self.members("leases") == running
        assert {job.id for job in self.ledger.running()} == running
        assert self.members("ended") == ended
        assert self.members("deadlines") <= waiting | running
        assert set(self.ledger.client.smembers("impasto:unwritten")) <= ended
        told = {each.partition(":")[0] for each in self.members("outbox")}
        assert told <= jobs.keys()
        for owner in OWNERS:
            lines = (self.members(f"{each}line:{owner or ''}") for each in LANES)
            line = {each.rpartition(":")[2] for each in set().union(*lines)}
            open_ = {id_ for id_ in waiting | running if jobs[id_].owner == owner}
            assert line <= open_ & waiting
            assert self.ledger.active_jobs(owner or "") == len(open_)

    def members(self, name: str) -> set[str]:
        return set(self.ledger.client.zrange(f"impasto:{name}", 0, -1))

    def end_all(self) -> None:
        """Bring every job to its end and forget it: no key and no blob stays."""
        for job_id in self.submitted_jobs:
            self.answer("requests.cancel", job_id)
        for job_id, attempt in self.claims:
            self.answer("cancel_done", job_id, attempt)
        for job_id in self.submitted_jobs:
            self.ledger.delete(job_id)
        self.pass_time(3600 * 24 * 30)
        while due := self.ledger.sweep():
            self.swept |= set(due)
        assert self.stored <= self.swept
        names = {key.partition(":")[2] for key in self.ledger.client.keys("impasto:*")}
        # What is kept of a batch, and of a message's deliveries, goes by itself.
        assert {name for name in names if ":" not in name} <= SHARED
        assert {name.partition(":")[0] for name in names - SHARED} <= {"batch"}

    def attempt(self) -> tuple[str, int]:
        """Return an attempt, mostly one of the last: older ones have lost their job."""
        claims = [*self.claims] or [("job_none", 1)]
        return self.random.choice(claims[-3:] if self.random.random() < 0.8 else claims)

    def any_id(self) -> str:
        return self.random.choice([*self.submitted_jobs] or ["job_none"])
