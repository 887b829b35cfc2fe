"""A walk of random steps through everything that a ledger and its outbox can do.

A step is taken on both twins, and often once more: an answer that was lost on its way
makes its caller ask again. Workers, clients, janitors and crashes come as they like.
"""

import random
from collections.abc import Callable
from typing import Any

from app.contract.archives import ArchivedEnd
from app.contract.batches import Batch, new_batch_id
from app.contract.deliveries import DeliveryAttempt, DeliveryState
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Checkpoint, Job, NewJob, Preview
from app.contract.ports import DueDelivery, JobFilter, StoreError
from app.contract.ports.restoration import Restored
from app.contract.webhooks import Webhook, WebhookEvent
from app.contract.wire import checkpoint_key, preview_key, result_key
from tests.stores.slips import a_row, a_sample, new_job, outcome, progress
from tests.stores.twins import Side, Twins

OWNERS = (None, "ada", "bob")
WORKERS = ("w1", "w2", "w3")
#: A try of a webhook may take so long.
_TRY_S = 2.0
HOOK = Webhook(url="https://example.org", events=tuple(WebhookEvent))
FAILURE = Failure.of(FailureCode.INTERNAL_ERROR, "broken")


class Walk:
    """Takes steps on both twins, and compares them after each."""

    def __init__(self, twins: Twins, seed: int) -> None:
        self._twins = twins
        self._random = random.Random(seed)  # noqa: S311 - to be repeated
        self._slips: list[NewJob] = []
        #: Each attempt that was ever begun, and what was kept of how jobs ended.
        self._claims: list[tuple[str, int]] = []
        self._ends: dict[str, ArchivedEnd] = {}
        self._batches: dict[str, Batch] = {}
        #: Tries that are under way: a pair, for the tokens differ.
        self._tries: list[tuple[DueDelivery, DueDelivery]] = []
        self._steps: tuple[tuple[int, Callable[[], None]], ...] = (
            (8, self._create),
            (2, self._create_batch),
            (2, self._reuse),
            (12, self._claim),
            (8, self._beat),
            (3, self._preview),
            (4, self._checkpoint),
            (2, self._resume),
            (6, self._finish),
            (3, self._hand_back),
            (3, self._cancel),
            (2, self._ask_to_finish),
            (2, self._delete),
            (6, self._pass_time),
            (6, self._reap),
            (3, self._sweep),
            (2, self._write_ends),
            (4, self._take_message),
            (3, self._settle),
            (1, self._redeliver),
            (1, self._lists),
            (1, self._lose_and_rebuild),
        )

    def take(self, steps: int) -> None:
        """Take so many steps; raises AssertionError where the twins come apart."""
        weights = [weight for weight, _ in self._steps]
        ways = self._random.choices(self._steps, weights, k=steps)
        for number, (_, step) in enumerate(ways):
            self._twins.pass_time(1 / 64)  # no two scripts run at once
            before = len(self._twins.steps)
            step()
            told = " ".join(self._twins.steps[before:])
            # All jobs are many: mostly those that the step was about will do.
            is_full = number % 20 == 0
            self._compare(lambda id_, t=told, full=is_full: full or id_ in t)

    def end_all(self) -> None:
        """Bring every job to its end, forget it, and let every blob be named."""
        for slip in self._slips:
            self._ask("cancel", lambda s, id_=slip.id: s.ledger.request_cancel(id_))
        for job_id, attempt in self._claims:
            self._ask("stop", _calling("cancel_done", job_id, attempt))
        for slip in self._slips:
            self._ask("delete", _calling("delete", slip.id))
        self._twins.pass_time(3600 * 24 * 30)
        self._sweep()
        self._compare(lambda _: True)

    def _ask(self, name: str, ask: Callable[[Side], Any]) -> Any:
        """Do a step on both; now and then the answer is lost and it is done again."""
        answer = self._twins.both(name, ask)
        if self._random.random() < 0.2:
            self._twins.both(f"{name}, again", ask)
        return answer

    def _compare(self, is_wanted: Callable[[str], bool]) -> None:
        ids = [slip.id for slip in self._slips if is_wanted(slip.id)]
        self._twins.compare(ids, [owner or "" for owner in OWNERS])

    def _slip(self, owner: str | None, **more: Any) -> NewJob:
        draw = self._random
        is_hurried = draw.random() < 0.2
        deadline = self._twins.time(draw.uniform(1, 20)) if is_hurried else None
        slip = {
            "owner": owner,
            "priority": draw.choice(["low", "normal", "high"]),
            "ttl_seconds": 3600,
            "webhook": HOOK if draw.random() < 0.5 else None,
            "deadline_at": deadline,
            **more,
        }
        # Drawn from the seed, too: ids decide between what is equally due.
        name = {"id": f"job_{draw.getrandbits(128):032x}"}
        job = new_job(slip, size=draw.choice([64, 256])).model_copy(update=name)
        self._twins.names[job.id] = f"#{len(self._slips)}"
        self._slips.append(job)
        return job

    def _create(self) -> None:
        job = self._slip(self._random.choice(OWNERS))
        self._ask(f"create {job.id}", _calling("create", job))

    def _create_batch(self) -> None:
        owner, batch_id = self._random.choice(OWNERS), new_batch_id()
        jobs = [self._slip(owner, batch_id=batch_id) for _ in range(2)]
        ids = tuple(job.id for job in jobs)
        batch = Batch(id=batch_id, contents=1, styles=2, job_ids=ids, owner=owner)
        self._batches[batch_id] = batch
        self._ask(
            f"batch {' '.join(ids)}", lambda s: s.ledger.create(*jobs, batch=batch)
        )
        self._ask("see it", _calling("get_batch", batch_id))

    def _reuse(self) -> None:
        sources = [job for job in self._records() if job.outcome is not None]
        if not sources:
            return
        source = self._random.choice(sources)
        job = self._slip(source.owner, reused_from=source.id)
        self._ask("find reusable", _calling("find_reusable", job))
        self._ask(
            f"reuse {source.id} for {job.id}",
            _calling("record_reused", job, source),
        )

    def _claim(self) -> None:
        job_id, worker = self._any_id(), self._random.choice(WORKERS)
        name = f"claim by {worker}, bell of {job_id}"
        claim = self._ask(name, _calling("claim", job_id, worker))
        if claim is not None:
            self._claims.append(tuple(claim))

    def _beat(self) -> None:
        job_id, attempt = self._attempt()
        step = self._random.randrange(10)
        news = progress(step) if self._random.random() < 0.5 else None
        points = [a_row(n, 1, 3.0, 1.0, 1.5, 0.5) for n in range(step, step + 2)]
        losses = points if self._random.random() < 0.7 else []
        self._ask(
            f"beat {job_id}/{attempt} step {news and step} {len(losses)}",
            _calling("beat", job_id, attempt, news, losses),
        )

    def _preview(self) -> None:
        job_id, attempt = self._attempt()
        step = self._random.randrange(10)
        key = preview_key(job_id, attempt, step)
        preview = Preview(step=step, blob_key=key, width=64, height=48)
        self._ask(
            f"preview {job_id}/{attempt} step {step}",
            _calling("note_preview", job_id, attempt, preview),
        )

    def _checkpoint(self) -> None:
        job_id, attempt = self._attempt()
        step = self._random.randrange(10)
        checkpoint = Checkpoint(
            attempt=attempt,
            step=step,
            blob_key=checkpoint_key(job_id, attempt),
            reproducibility=outcome().reproducibility,
        )
        self._ask(
            f"checkpoint {job_id}/{attempt} step {step}",
            _calling("note_checkpoint", job_id, attempt, checkpoint),
        )

    def _resume(self) -> None:
        job_id, attempt = self._attempt()
        step = self._random.choice([0, 3, 6])
        self._ask(
            f"resume {job_id}/{attempt} from {step}",
            _calling("note_resumed", job_id, attempt, step),
        )

    def _finish(self) -> None:
        job_id, attempt = self._attempt()
        made = outcome(result_key(job_id, attempt, "image/png"))
        if self._random.random() < 0.3:
            made = made.model_copy(update={"stopped_early": True})
        sample = self._random.choice([None, a_sample()])
        name, *args = self._random.choice(
            [("succeed", made, sample), ("fail", FAILURE), ("cancel_done",)]
        )
        self._ask(
            f"{name} {job_id}/{attempt}",
            _calling(name, job_id, attempt, *args),
        )

    def _hand_back(self) -> None:
        job_id, attempt = self._attempt()
        self._ask(
            f"hand back {job_id}/{attempt}",
            _calling("hand_back", job_id, attempt),
        )

    def _cancel(self) -> None:
        job_id = self._any_id()
        self._ask(f"cancel {job_id}", _calling("request_cancel", job_id))

    def _ask_to_finish(self) -> None:
        job_id = self._any_id()
        self._ask(f"finish {job_id}", _calling("request_finish", job_id))

    def _delete(self) -> None:
        job_id = self._any_id()
        self._ask(f"delete {job_id}", _calling("delete", job_id))

    def _pass_time(self) -> None:
        # Now and then pictures expire, and seldom records.
        seconds = self._random.choice([0.25, 1.0, 1.0, 3.0, 3.0, 3600.0, 7200.0])
        self._twins.steps.append(f"{seconds} s pass")
        self._twins.pass_time(seconds)

    def _reap(self) -> None:
        self._ask("reap", lambda s: sorted(s.ledger.reap()))

    def _sweep(self) -> None:
        due = self._ask("sweep", lambda s: sorted(s.ledger.sweep()))
        if isinstance(due, list):
            self._ask("unneeded", _calling("unneeded", due))

    def _write_ends(self) -> None:
        for job in self._records():
            if job.status.is_final:
                losses = tuple(self._twins.redis.ledger.losses(job.id))
                self._ends[job.id] = ArchivedEnd(job=job, losses=losses)
        self._ask("write", _calling("note_written", list(self._ends)))

    def _take_message(self) -> None:
        taken: list[DueDelivery | None] = []

        def take(side: Side) -> Any:
            due = side.outbox.take(_TRY_S)
            taken.append(due)
            return due and due.delivery

        self._twins.both("take a message", take)
        real, twin = taken
        if real is not None and twin is not None:
            self._tries.append((real, twin))

    def _settle(self) -> None:
        if not self._tries:
            return
        real, twin = self._random.choice(self._tries)
        is_done = self._random.random() < 0.5
        tried = real.delivery.after(
            DeliveryAttempt(
                at=self._twins.time(0),
                status_code=200 if is_done else None,
                error=None if is_done else "no answer",
                duration_seconds=0.5,
            ),
            DeliveryState.DELIVERED if is_done else DeliveryState.PENDING,
        )
        again_in_s = None if is_done else 4.0

        def settle(side: Side) -> bool:
            due = real if side is self._twins.redis else twin
            return side.outbox.settle(due, tried, again_in_s)

        self._ask(f"settle {tried.job_id} {tried.event}", settle)

    def _redeliver(self) -> None:
        job_id, event = self._any_id(), self._random.choice(list(WebhookEvent))
        self._ask(
            f"redeliver {job_id} {event}",
            lambda s: s.outbox.redeliver(job_id, event),
        )

    def _lists(self) -> None:
        wanted = JobFilter(owner=self._random.choice(OWNERS), limit=100)
        self._twins.both(
            "list", lambda s: [job.id for job in s.ledger.list_jobs(wanted).jobs]
        )
        self._twins.both("bell for messages", lambda s: s.outbox.needs_bell())

    def _lose_and_rebuild(self) -> None:
        """Lose the data or only the run; rebuild from what is kept of jobs."""
        there = {job.id: job for job in self._records()}
        self._write_ends()
        lost = self._random.random() < 0.5
        self._twins.steps.append("all is lost" if lost else "the server starts again")
        for side in (self._twins.redis, self._twins.memory):
            side.lose() if lost else side.restart()
        self._ask("sweep nothing", _calling("sweep"))
        tokens = {
            id(side): side.ledger.begin_restoring()
            for side in (self._twins.redis, self._twins.memory)
        }
        for slip in (slip for slip in self._slips if slip.id in there):
            restored = Restored(
                slip, there[slip.id].created_at, self._ends.get(slip.id), retell=True
            )
            self._ask(
                f"restore {slip.id}",
                lambda s, r=restored: s.ledger.restore(tokens[id(s)], r),
            )
        base = self._random.randrange(1, 10**9) * 10_000
        self._twins.both(
            f"whole, base {base}",
            lambda s: s.ledger.finish_restoring(tokens[id(s)], base),
        )

    def _records(self) -> list[Job]:
        found = []
        for slip in self._slips:
            try:
                found.append(self._twins.redis.ledger.get(slip.id))
            except StoreError:
                continue
        return found

    def _attempt(self) -> tuple[str, int]:
        """Return an attempt, mostly one of the last: older ones have lost their job."""
        recent = self._claims[-3:] if self._random.random() < 0.8 else self._claims
        return self._random.choice(recent or [("job_none", 1)])

    def _any_id(self) -> str:
        return self._random.choice(self._slips).id if self._slips else "job_none"


def _calling(name: str, *args: Any) -> Callable[[Side], Any]:
    return lambda side: getattr(side.ledger, name)(*args)
