"""A ledger that has lost data gets its jobs back."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.contract.archives import ArchivedEnd
from app.contract.batches import Batch, new_batch_id
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Job, JobStatus, NewJob
from app.contract.ports import (
    BatchNotFoundError,
    JobFilter,
    JobNotFoundError,
    LedgerIncompleteError,
    Order,
    RestorationLostError,
)
from app.contract.ports.restoration import Restored
from app.contract.updates import Row
from app.contract.webhooks import Webhook
from tests.stores.bench import LONG_S, RULES, Bench
from tests.stores.slips import a_row, new_job, outcome, progress, seconds_ahead

BASE = 70_000


@dataclass
class Kept:
    """What would be kept of a job beside the ledger."""

    slip: NewJob
    job: Job
    losses: tuple[Row, ...] = ()

    def restored(self, **more: Any) -> Restored:
        end = ArchivedEnd(job=self.job, losses=self.losses)
        is_final = self.job.status.is_final
        return Restored(
            self.slip, self.job.created_at, end if is_final else None, **more
        )

    def ended_ago(self, seconds: float) -> "Kept":
        """Return the same, only older: nobody has to wait until a time is over."""
        names = ("created_at", "completed_at", "expires_at")
        times = {
            name: getattr(self.job, name) - timedelta(seconds=seconds) for name in names
        }
        return replace(self, job=self.job.model_copy(update=times))


def kept(bench: Bench, slip: NewJob) -> Kept:
    losses = tuple(bench.ledger.losses(slip.id))
    return Kept(slip, bench.ledger.get(slip.id), losses)


def queued(bench: Bench, **slip: Any) -> Kept:
    order = new_job(slip)
    bench.ledger.create(order)
    bench.pass_time(0.001)
    return kept(bench, order)


def succeeded(bench: Bench, **slip: Any) -> Kept:
    order = new_job(slip)
    bench.ledger.create(order)
    bench.ledger.claim(order.id, "w")
    bench.ledger.beat(order.id, 1, progress(), [a_row(1, 1, 3.0, 1.0, 1.5, 0.5)])
    assert bench.ledger.succeed(order.id, 1, outcome(f"results/{order.id}/1.png"))
    return kept(bench, order)


def rebuild(bench: Bench, *restored: Restored, base: int = BASE) -> list[bool]:
    token = bench.restoration.begin_restoring()
    assert token is not None
    done = [bench.restoration.restore(token, each) for each in restored]
    bench.restoration.finish_restoring(token, base)
    return done


def test_a_ledger_that_was_lost_calls_no_job_unknown(bench: Bench) -> None:
    job = queued(bench)
    assert bench.restoration.is_whole()
    bench.lose()
    assert not bench.restoration.is_whole()
    for ask in (
        lambda: bench.ledger.get(job.slip.id),
        lambda: bench.ledger.get_batch(new_batch_id()),
        lambda: bench.ledger.list_jobs(JobFilter(owner=None)),
        lambda: bench.restoration.unneeded(["uploads/a"]),
        lambda: bench.ledger.request_cancel(job.slip.id),
        lambda: bench.ledger.request_finish(job.slip.id),
        lambda: bench.ledger.delete(job.slip.id),
    ):
        with pytest.raises(LedgerIncompleteError):
            ask()
    rebuild(bench)
    with pytest.raises(JobNotFoundError):
        bench.ledger.get(job.slip.id)
    with pytest.raises(BatchNotFoundError):
        bench.ledger.get_batch(new_batch_id())


def test_a_ledger_whose_server_started_again_is_not_whole(bench: Bench) -> None:
    job = queued(bench)
    bench.restart()
    assert not bench.restoration.is_whole()
    assert bench.ledger.get(job.slip.id).status is JobStatus.QUEUED, "it is there"
    assert bench.ledger.claim(job.slip.id, "w") is None
    rebuild(bench)
    assert bench.ledger.claim(job.slip.id, "w") is not None


def test_nothing_is_swept_before_it_is_whole(bench: Bench) -> None:
    job = succeeded(bench)
    bench.ledger.delete(job.slip.id)
    bench.restart()
    assert bench.ledger.sweep() == []
    rebuild(bench)
    assert job.job.outcome is not None
    assert job.job.outcome.result.blob_key in bench.ledger.sweep()


def test_jobs_wait_again_in_their_old_order(bench: Bench) -> None:
    deadline = seconds_ahead(3600)
    jobs = [queued(bench, owner="a", deadline_at=deadline) for _ in range(3)]
    bench.lose()
    assert rebuild(bench, *(each.restored() for each in jobs)) == [True] * 3
    for place, each in enumerate(jobs):
        back = bench.ledger.get(each.slip.id)
        assert back.queue_position == place
        assert back == each.job
    assert bench.ledger.active_jobs("a") == 3
    assert set(bench.ledger.reap()) == {each.slip.id for each in jobs}, "bells ring"
    first = bench.ledger.claim("", "w")
    assert first is not None
    assert first.job_id == jobs[0].slip.id


def test_a_restored_job_is_still_canceled_at_its_deadline(bench: Bench) -> None:
    job = queued(bench, deadline_at=bench.time_ahead(0.05))
    bench.lose()
    rebuild(bench, job.restored())
    bench.pass_time(LONG_S)
    bench.ledger.reap()
    assert bench.ledger.get(job.slip.id).status is JobStatus.CANCELED


def test_a_job_that_has_ended_is_back_as_it_was(bench: Bench) -> None:
    job = succeeded(bench, owner="a")
    bench.lose()
    rebuild(bench, job.restored())
    assert bench.ledger.get(job.slip.id) == job.job
    assert bench.ledger.losses(job.slip.id) == list(job.losses) != []
    page = bench.ledger.list_jobs(JobFilter(owner="a"))
    assert [each.id for each in page.jobs] == [job.slip.id]
    again = new_job({"owner": "a"})
    assert bench.ledger.find_reusable(again) == job.slip.id
    assert bench.ledger.queue_depth() == bench.ledger.active_jobs("a") == 0
    assert bench.restoration.unwritten_ends() == [], "its end is kept already"


def test_failed_and_canceled_jobs_are_back_as_they_were(bench: Bench) -> None:
    canceled, failed = queued(bench), queued(bench)
    bench.ledger.request_cancel(canceled.slip.id)
    bench.ledger.claim(failed.slip.id, "w")
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
    bench.ledger.fail(failed.slip.id, 1, failure)
    jobs = [kept(bench, each.slip) for each in (canceled, failed)]
    bench.lose()
    rebuild(bench, *(each.restored() for each in jobs))
    for each in jobs:
        assert bench.ledger.get(each.slip.id) == each.job


def test_pictures_go_when_their_time_is_over_and_the_record_later(
    bench: Bench,
) -> None:
    young, old = succeeded(bench), succeeded(bench)
    blobs = [f"results/{each.slip.id}/1.png" for each in (young, old)]
    old = old.ended_ago(old.slip.ttl_seconds + 0.1)
    bench.lose()
    rebuild(bench, young.restored(), old.restored())
    upload = f"uploads/{young.slip.inputs['content'].sha256}"
    assert bench.restoration.unneeded([*blobs, upload]) == []
    assert bench.ledger.sweep() == [blobs[1]], "the upload is shared"
    assert bench.ledger.get(old.slip.id).expired
    assert bench.ledger.find_reusable(old.slip) == young.slip.id
    bench.pass_time(RULES.record_ttl_s)
    files = [f"jobs/{old.slip.id}/job.json", f"jobs/{old.slip.id}/end.json"]
    swept = [key for key in bench.ledger.sweep() if key.startswith("jobs/")]
    assert swept == files, "the order goes before the end"


def test_what_was_asked_of_a_job_is_forgotten_with_it(bench: Bench) -> None:
    job = queued(bench)
    bench.ledger.request_finish(job.slip.id)
    bench.ledger.request_cancel(job.slip.id)
    bench.ledger.delete(job.slip.id)
    names = ("job", "cancel", "finish", "end")
    files = {f"jobs/{job.slip.id}/{name}.json" for name in names}
    assert {key for key in bench.ledger.sweep() if key.startswith("jobs/")} == files


def test_restoring_again_changes_nothing(bench: Bench) -> None:
    ended, waiting = succeeded(bench), queued(bench)
    assert rebuild(bench, waiting.restored(), ended.restored()) == [False, False]
    assert bench.ledger.get(waiting.slip.id) == waiting.job
    assert bench.ledger.get(ended.slip.id) == ended.job


def test_a_job_that_the_ledger_thinks_is_running_takes_its_end(bench: Bench) -> None:
    """The last second before a power cut is not in the append-only file."""
    slip = new_job({"owner": "a"})
    bench.ledger.create(slip)
    bench.restart()
    rebuild(bench)
    claim = bench.ledger.claim(slip.id, "w")
    assert claim == (slip.id, BASE + 1)
    before = kept(bench, slip)
    end = {
        "status": JobStatus.SUCCEEDED,
        "revision": before.job.revision + 3,
        "completed_at": before.job.created_at + timedelta(seconds=1),
        "expires_at": before.job.created_at + timedelta(seconds=1 + slip.ttl_seconds),
        "outcome": outcome(f"results/{slip.id}/1.png"),
    }
    ended = Kept(slip, before.job.model_copy(update=end))
    bench.restart()
    assert rebuild(bench, ended.restored()) == [True]
    assert bench.ledger.get(slip.id) == ended.job
    assert bench.ledger.beat(*claim, None) is Order.LEASE_LOST
    assert bench.ledger.active_jobs("a") == 0
    again = outcome(f"results/{slip.id}/1.png")
    assert bench.ledger.succeed(*claim, again), "its answer was lost: so it was"
    other = outcome(f"results/{slip.id}/2.png")
    assert not bench.ledger.succeed(*claim, other)


def test_an_attempt_of_before_the_loss_neither_beats_nor_commits(bench: Bench) -> None:
    job = queued(bench)
    assert bench.ledger.claim(job.slip.id, "old") == (job.slip.id, 1)
    bench.lose()
    assert bench.ledger.beat(job.slip.id, 1, progress()) is Order.LEASE_LOST
    rebuild(bench, job.restored())
    assert not bench.ledger.succeed(job.slip.id, 1, outcome("results/old"))
    assert bench.ledger.claim(job.slip.id, "new") == (job.slip.id, BASE + 1)
    assert bench.ledger.get(job.slip.id).attempt == 1, "clients see no fence"
    assert bench.ledger.beat(job.slip.id, 1, progress()) is Order.LEASE_LOST
    assert not bench.ledger.succeed(job.slip.id, 1, outcome("results/old"))
    assert not bench.ledger.fail(
        job.slip.id, 1, Failure.of(FailureCode.INTERNAL_ERROR, "late")
    )
    assert bench.ledger.succeed(job.slip.id, BASE + 1, outcome("results/new"))
    assert not bench.ledger.succeed(job.slip.id, 1, outcome("results/old"))
    ended = bench.ledger.get(job.slip.id)
    assert ended.outcome is not None
    assert ended.outcome.result.blob_key == "results/new"
    assert ended.attempt == 1


def test_no_number_comes_twice_when_the_last_claims_are_lost(bench: Bench) -> None:
    """A claim of the last second is not in the file: the job seems to wait still."""
    job = queued(bench)
    bench.restart()
    rebuild(bench)
    assert bench.ledger.claim(job.slip.id, "w") == (job.slip.id, BASE + 1)
    bench.ledger.hand_back(job.slip.id, BASE + 1)
    assert bench.ledger.get(job.slip.id).attempt == 0
    bench.restart()
    rebuild(bench, base=2 * BASE)
    assert bench.ledger.claim(job.slip.id, "w") == (job.slip.id, 2 * BASE + 1)


def test_attempts_are_counted_whatever_their_numbers_are(bench: Bench) -> None:
    job = queued(bench)
    bench.restart()
    rebuild(bench)
    for number in range(1, RULES.max_attempts + 1):
        claim = bench.ledger.claim(job.slip.id, f"w{number}")
        assert claim == (job.slip.id, BASE + number)
        assert bench.ledger.get(job.slip.id).attempt == number
        bench.pass_time(LONG_S)
        bench.ledger.reap()
    ended = bench.ledger.get(job.slip.id)
    assert ended.error is not None
    assert ended.error.code is FailureCode.WORKER_LOST


def test_an_end_is_told_once_more_only_if_that_makes_sense(bench: Bench) -> None:
    hook = Webhook(url="https://example.org")
    told, young = succeeded(bench, webhook=hook), succeeded(bench, webhook=hook)
    bench.lose()
    rebuild(bench, told.restored(), young.restored(retell=True))
    assert bench.outbox() == {f"{young.slip.id}:job.succeeded"}


def test_one_restores_at_a_time(bench: Bench) -> None:
    bench.lose()
    token = bench.restoration.begin_restoring()
    assert token is not None
    assert bench.restoration.begin_restoring() is None
    bench.restoration.abandon_restoring("another's")
    assert bench.restoration.begin_restoring() is None
    bench.restoration.abandon_restoring(token)
    assert bench.restoration.begin_restoring() is not None


def test_who_asks_again_has_begun_already(bench: Bench) -> None:
    """The answer was lost on its way: the same command comes once more."""
    ledger = bench.ledger
    bench.lose()
    args = {"token": "token", "patience_s": 30}
    first = ledger._scripts.run("begin_restoring", **args)
    assert first.startswith("token:")
    assert ledger._scripts.run("begin_restoring", **args) == first
    assert ledger.restoration.begin_restoring() is None, "another one waits"


def test_who_was_stopped_for_too_long_restores_nothing_more(bench: Bench) -> None:
    """The job may have been restored, painted and deleted meanwhile."""
    job = queued(bench)
    bench.lose()
    late = bench.restoration.begin_restoring()
    assert late is not None
    bench.lose()
    rebuild(bench)
    for step in (
        lambda: bench.restoration.restore(late, job.restored()),
        lambda: bench.restoration.restore_batch(late, a_batch(), job.job.created_at),
        lambda: bench.restoration.finish_restoring(late, BASE),
    ):
        with pytest.raises(RestorationLostError):
            step()
    with pytest.raises(JobNotFoundError):
        bench.ledger.get(job.slip.id)


def a_batch(*job_ids: str) -> Batch:
    return Batch(id=new_batch_id(), contents=1, styles=1, job_ids=job_ids)


def test_a_batch_is_back_and_its_file_needed_as_long_as_a_record_is(
    bench: Bench,
) -> None:
    batch = a_batch()
    job = succeeded(bench, batch_id=batch.id)
    job = job.ended_ago(job.slip.ttl_seconds + 0.1)
    file = f"batches/{batch.id}.json"
    assert bench.restoration.unneeded([file]) == []
    bench.lose()
    token = bench.restoration.begin_restoring()
    assert token is not None
    bench.restoration.restore_batch(token, batch, job.job.created_at)
    bench.restoration.restore(token, job.restored())
    bench.restoration.finish_restoring(token, BASE)
    back = bench.ledger.get_batch(batch.id)
    assert back == batch.model_copy(update={"created_at": job.job.created_at})
    assert bench.ledger.sweep() != [], "its pictures are due"
    assert bench.restoration.unneeded([file]) == []
    bench.ledger.delete(job.slip.id)
    assert file in bench.ledger.sweep()


def test_each_end_is_to_be_kept_until_it_is(bench: Bench) -> None:
    job = succeeded(bench)
    assert bench.restoration.unwritten_ends() == [job.slip.id]
    assert bench.restoration.unwritten_ends() == [job.slip.id], "asking changes nothing"
    assert bench.restoration.note_written([job.slip.id]) == []
    assert bench.restoration.unwritten_ends() == []


def test_of_a_deleted_job_no_end_is_to_be_kept(bench: Bench) -> None:
    job = succeeded(bench)
    bench.ledger.delete(job.slip.id)
    assert bench.restoration.unwritten_ends() == []
    assert bench.restoration.note_written([job.slip.id]) == [job.slip.id]


def test_it_is_known_which_blobs_nobody_needs(bench: Bench) -> None:
    job = queued(bench)
    upload = f"uploads/{job.slip.inputs['content'].sha256}"
    assert bench.restoration.unneeded(["uploads/x", upload]) == ["uploads/x"]


def test_it_is_known_which_jobs_there_are(bench: Bench) -> None:
    ended, job = succeeded(bench), queued(bench)
    assert bench.restoration.statuses([job.slip.id, "job_x", ended.slip.id]) == {
        job.slip.id: JobStatus.QUEUED,
        ended.slip.id: JobStatus.SUCCEEDED,
    }
    assert bench.restoration.statuses([]) == {}


def test_a_turn_is_taken_once_an_interval(bench: Bench) -> None:
    assert bench.restoration.take_turn("a", LONG_S)
    assert not bench.restoration.take_turn("a", LONG_S)
    assert bench.restoration.take_turn("b", LONG_S)
    bench.wait(LONG_S + 0.01)
    assert bench.restoration.take_turn("a", LONG_S)
