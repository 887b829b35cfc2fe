"""A ledger that has lost data gets its jobs back."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from app.contract.batches import Batch, new_batch_id
from app.contract.commands import Verb
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Job, JobStatus, NewJob
from app.contract.messages.webhooks import Webhook
from app.contract.ports import (
    BatchNotFoundError,
    BeatReply,
    JobFilter,
    JobNotFoundError,
    LedgerIncompleteError,
    RestorationLostError,
)
from app.contract.ports.restoration import Restored
from app.contract.records.archives import ArchivedEnd
from app.contract.updates import Row
from tests.stores.harness import LONG_S, RULES, LedgerHarness
from tests.stores.new_jobs import a_row, new_job, outcome, progress, seconds_ahead

BASE = 70_000


@dataclass
class Kept:
    """What would be kept of a job beside the ledger."""

    submitted_job: NewJob
    job: Job
    losses: tuple[Row, ...] = ()

    def restored(self, **more: Any) -> Restored:
        end = ArchivedEnd(job=self.job, losses=self.losses)
        is_final = self.job.status.is_final
        return Restored(
            self.submitted_job, self.job.created_at, end if is_final else None, **more
        )

    def ended_ago(self, seconds: float) -> "Kept":
        """Return the same, only older: nobody has to wait until a time is over."""
        names = ("created_at", "completed_at", "expires_at")
        times = {
            name: getattr(self.job, name) - timedelta(seconds=seconds) for name in names
        }
        return replace(self, job=self.job.model_copy(update=times))


def kept(harness: LedgerHarness, submitted_job: NewJob) -> Kept:
    losses = tuple(harness.ledger.losses(submitted_job.id))
    return Kept(submitted_job, harness.ledger.get(submitted_job.id), losses)


def queued(harness: LedgerHarness, **submitted_job: Any) -> Kept:
    order = new_job(submitted_job)
    harness.ledger.create(order)
    harness.pass_time(0.001)
    return kept(harness, order)


def succeeded(harness: LedgerHarness, **submitted_job: Any) -> Kept:
    order = new_job(submitted_job)
    harness.ledger.create(order)
    harness.ledger.claim(order.id, "w")
    harness.ledger.beat(order.id, 1, progress(), [a_row(1, 1, 3.0, 1.0, 1.5, 0.5)])
    assert harness.ledger.succeed(order.id, 1, outcome(f"results/{order.id}/1.png"))
    return kept(harness, order)


def rebuild(
    harness: LedgerHarness, *restored: Restored, base: int = BASE
) -> list[bool]:
    token = harness.restoration.begin_restoring()
    assert token is not None
    done = [harness.restoration.restore(token, each) for each in restored]
    harness.restoration.finish_restoring(token, base)
    return done


def test_a_ledger_that_was_lost_calls_no_job_unknown(harness: LedgerHarness) -> None:
    job = queued(harness)
    assert harness.restoration.is_whole()
    harness.lose()
    assert not harness.restoration.is_whole()
    for ask in (
        lambda: harness.ledger.get(job.submitted_job.id),
        lambda: harness.ledger.get_batch(new_batch_id()),
        lambda: harness.ledger.list_jobs(JobFilter(owner=None)),
        lambda: harness.restoration.unneeded(["uploads/a"]),
        lambda: harness.ledger.requests.cancel(job.submitted_job.id),
        lambda: harness.ledger.requests.finish(job.submitted_job.id),
        lambda: harness.ledger.delete(job.submitted_job.id),
    ):
        with pytest.raises(LedgerIncompleteError):
            ask()
    rebuild(harness)
    with pytest.raises(JobNotFoundError):
        harness.ledger.get(job.submitted_job.id)
    with pytest.raises(BatchNotFoundError):
        harness.ledger.get_batch(new_batch_id())


def test_a_ledger_whose_server_started_again_is_not_whole(
    harness: LedgerHarness,
) -> None:
    job = queued(harness)
    harness.restart()
    assert not harness.restoration.is_whole()
    assert harness.ledger.get(job.submitted_job.id).status is JobStatus.QUEUED, (
        "it is there"
    )
    assert harness.ledger.claim(job.submitted_job.id, "w") is None
    rebuild(harness)
    assert harness.ledger.claim(job.submitted_job.id, "w") is not None


def test_nothing_is_swept_before_it_is_whole(harness: LedgerHarness) -> None:
    job = succeeded(harness)
    harness.ledger.delete(job.submitted_job.id)
    harness.restart()
    assert harness.ledger.sweep() == []
    rebuild(harness)
    assert job.job.outcome is not None
    assert job.job.outcome.result.blob_key in harness.ledger.sweep()


def test_jobs_wait_again_in_their_old_order(harness: LedgerHarness) -> None:
    deadline = seconds_ahead(3600)
    jobs = [queued(harness, owner="a", deadline_at=deadline) for _ in range(3)]
    harness.lose()
    assert rebuild(harness, *(each.restored() for each in jobs)) == [True] * 3
    for place, each in enumerate(jobs):
        back = harness.ledger.get(each.submitted_job.id)
        assert back.queue_position == place
        assert back == each.job
    assert harness.ledger.active_jobs("a") == 3
    assert set(harness.ledger.reap()) == {each.submitted_job.id for each in jobs}, (
        "bells ring"
    )
    first = harness.ledger.claim("", "w")
    assert first is not None
    assert first.job_id == jobs[0].submitted_job.id


def test_a_restored_job_is_still_canceled_at_its_deadline(
    harness: LedgerHarness,
) -> None:
    job = queued(harness, deadline_at=harness.time_ahead(0.05))
    harness.lose()
    rebuild(harness, job.restored())
    harness.pass_time(LONG_S)
    harness.ledger.reap()
    assert harness.ledger.get(job.submitted_job.id).status is JobStatus.CANCELED


def test_a_job_that_has_ended_is_back_as_it_was(harness: LedgerHarness) -> None:
    job = succeeded(harness, owner="a")
    harness.lose()
    rebuild(harness, job.restored())
    assert harness.ledger.get(job.submitted_job.id) == job.job
    assert harness.ledger.losses(job.submitted_job.id) == list(job.losses) != []
    page = harness.ledger.list_jobs(JobFilter(owner="a"))
    assert [each.id for each in page.jobs] == [job.submitted_job.id]
    again = new_job({"owner": "a"})
    assert harness.ledger.find_reusable(again) == job.submitted_job.id
    assert harness.ledger.queue_depth() == harness.ledger.active_jobs("a") == 0
    assert harness.restoration.unwritten_ends() == [], "its end is kept already"


def test_failed_and_canceled_jobs_are_back_as_they_were(harness: LedgerHarness) -> None:
    canceled, failed = queued(harness), queued(harness)
    harness.ledger.requests.cancel(canceled.submitted_job.id)
    harness.ledger.claim(failed.submitted_job.id, "w")
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
    harness.ledger.fail(failed.submitted_job.id, 1, failure)
    jobs = [kept(harness, each.submitted_job) for each in (canceled, failed)]
    harness.lose()
    rebuild(harness, *(each.restored() for each in jobs))
    for each in jobs:
        assert harness.ledger.get(each.submitted_job.id) == each.job


def test_pictures_go_when_their_time_is_over_and_the_record_later(
    harness: LedgerHarness,
) -> None:
    young, old = succeeded(harness), succeeded(harness)
    blobs = [f"results/{each.submitted_job.id}/1.png" for each in (young, old)]
    old = old.ended_ago(old.submitted_job.ttl_seconds + 0.1)
    harness.lose()
    rebuild(harness, young.restored(), old.restored())
    upload = f"uploads/{young.submitted_job.inputs['content'].sha256}"
    assert harness.restoration.unneeded([*blobs, upload]) == []
    assert harness.ledger.sweep() == [blobs[1]], "the upload is shared"
    assert harness.ledger.get(old.submitted_job.id).expired
    assert harness.ledger.find_reusable(old.submitted_job) == young.submitted_job.id
    harness.pass_time(RULES.record_ttl_s)
    files = [
        f"jobs/{old.submitted_job.id}/job.json",
        f"jobs/{old.submitted_job.id}/end.json",
    ]
    swept = [key for key in harness.ledger.sweep() if key.startswith("jobs/")]
    assert swept == files, "the order goes before the end"


def test_what_was_asked_of_a_job_is_forgotten_with_it(harness: LedgerHarness) -> None:
    job = queued(harness)
    harness.ledger.requests.append(job.submitted_job.id, Verb.CHANGE, {"a": 1})
    harness.ledger.requests.finish(job.submitted_job.id)
    harness.ledger.requests.cancel(job.submitted_job.id)
    harness.ledger.delete(job.submitted_job.id)
    names = ("job", "commands", "cancel", "finish", "end")
    files = {f"jobs/{job.submitted_job.id}/{name}.json" for name in names}
    assert {key for key in harness.ledger.sweep() if key.startswith("jobs/")} == files


def test_restoring_again_changes_nothing(harness: LedgerHarness) -> None:
    ended, waiting = succeeded(harness), queued(harness)
    assert rebuild(harness, waiting.restored(), ended.restored()) == [False, False]
    assert harness.ledger.get(waiting.submitted_job.id) == waiting.job
    assert harness.ledger.get(ended.submitted_job.id) == ended.job


def test_a_job_that_the_ledger_thinks_is_running_takes_its_end(
    harness: LedgerHarness,
) -> None:
    """The last second before a power cut is not in the append-only file."""
    submitted_job = new_job({"owner": "a"})
    harness.ledger.create(submitted_job)
    harness.restart()
    rebuild(harness)
    claim = harness.ledger.claim(submitted_job.id, "w")
    assert claim == (submitted_job.id, BASE + 1)
    before = kept(harness, submitted_job)
    end = {
        "status": JobStatus.SUCCEEDED,
        "revision": before.job.revision + 3,
        "completed_at": before.job.created_at + timedelta(seconds=1),
        "expires_at": before.job.created_at
        + timedelta(seconds=1 + submitted_job.ttl_seconds),
        "outcome": outcome(f"results/{submitted_job.id}/1.png"),
    }
    ended = Kept(submitted_job, before.job.model_copy(update=end))
    harness.restart()
    assert rebuild(harness, ended.restored()) == [True]
    assert harness.ledger.get(submitted_job.id) == ended.job
    assert harness.ledger.beat(*claim, None).reply is BeatReply.LEASE_LOST
    assert harness.ledger.active_jobs("a") == 0
    again = outcome(f"results/{submitted_job.id}/1.png")
    assert harness.ledger.succeed(*claim, again), "its answer was lost: so it was"
    other = outcome(f"results/{submitted_job.id}/2.png")
    assert not harness.ledger.succeed(*claim, other)


def test_an_attempt_of_before_the_loss_neither_beats_nor_commits(
    harness: LedgerHarness,
) -> None:
    job = queued(harness)
    assert harness.ledger.claim(job.submitted_job.id, "old") == (
        job.submitted_job.id,
        1,
    )
    harness.lose()
    assert (
        harness.ledger.beat(job.submitted_job.id, 1, progress()).reply
        is BeatReply.LEASE_LOST
    )
    rebuild(harness, job.restored())
    assert not harness.ledger.succeed(job.submitted_job.id, 1, outcome("results/old"))
    assert harness.ledger.claim(job.submitted_job.id, "new") == (
        job.submitted_job.id,
        BASE + 1,
    )
    assert harness.ledger.get(job.submitted_job.id).attempt == 1, "clients see no fence"
    assert (
        harness.ledger.beat(job.submitted_job.id, 1, progress()).reply
        is BeatReply.LEASE_LOST
    )
    assert not harness.ledger.succeed(job.submitted_job.id, 1, outcome("results/old"))
    assert not harness.ledger.fail(
        job.submitted_job.id, 1, Failure.of(FailureCode.INTERNAL_ERROR, "late")
    )
    assert harness.ledger.succeed(
        job.submitted_job.id, BASE + 1, outcome("results/new")
    )
    assert not harness.ledger.succeed(job.submitted_job.id, 1, outcome("results/old"))
    ended = harness.ledger.get(job.submitted_job.id)
    assert ended.outcome is not None
    assert ended.outcome.result.blob_key == "results/new"
    assert ended.attempt == 1


def test_no_number_comes_twice_when_the_last_claims_are_lost(
    harness: LedgerHarness,
) -> None:
    """A claim of the last second is not in the file: the job seems to wait still."""
    job = queued(harness)
    harness.restart()
    rebuild(harness)
    assert harness.ledger.claim(job.submitted_job.id, "w") == (
        job.submitted_job.id,
        BASE + 1,
    )
    harness.ledger.hand_back(job.submitted_job.id, BASE + 1)
    assert harness.ledger.get(job.submitted_job.id).attempt == 0
    harness.restart()
    rebuild(harness, base=2 * BASE)
    assert harness.ledger.claim(job.submitted_job.id, "w") == (
        job.submitted_job.id,
        2 * BASE + 1,
    )


def test_attempts_are_counted_whatever_their_numbers_are(
    harness: LedgerHarness,
) -> None:
    job = queued(harness)
    harness.restart()
    rebuild(harness)
    for number in range(1, RULES.max_attempts + 1):
        claim = harness.ledger.claim(job.submitted_job.id, f"w{number}")
        assert claim == (job.submitted_job.id, BASE + number)
        assert harness.ledger.get(job.submitted_job.id).attempt == number
        harness.pass_time(LONG_S)
        harness.ledger.reap()
    ended = harness.ledger.get(job.submitted_job.id)
    assert ended.error is not None
    assert ended.error.code is FailureCode.WORKER_LOST


def test_an_end_is_told_once_more_only_if_that_makes_sense(
    harness: LedgerHarness,
) -> None:
    hook = Webhook(url="https://example.org")
    told, young = succeeded(harness, webhook=hook), succeeded(harness, webhook=hook)
    harness.lose()
    rebuild(harness, told.restored(), young.restored(retell=True))
    assert harness.outbox() == {f"{young.submitted_job.id}:job.succeeded"}


def test_one_restores_at_a_time(harness: LedgerHarness) -> None:
    harness.lose()
    token = harness.restoration.begin_restoring()
    assert token is not None
    assert harness.restoration.begin_restoring() is None
    harness.restoration.abandon_restoring("another's")
    assert harness.restoration.begin_restoring() is None
    harness.restoration.abandon_restoring(token)
    assert harness.restoration.begin_restoring() is not None


def test_who_asks_again_has_begun_already(harness: LedgerHarness) -> None:
    """The answer was lost on its way: the same command comes once more."""
    ledger = harness.ledger
    harness.lose()
    args = {"token": "token", "patience_s": 30}
    first = ledger._scripts.run("begin_restoring", **args)
    assert first.startswith("token:")
    assert ledger._scripts.run("begin_restoring", **args) == first
    assert ledger.restoration.begin_restoring() is None, "another one waits"


def test_who_was_stopped_for_too_long_restores_nothing_more(
    harness: LedgerHarness,
) -> None:
    """The job may have been restored, painted and deleted meanwhile."""
    job = queued(harness)
    harness.lose()
    late = harness.restoration.begin_restoring()
    assert late is not None
    harness.lose()
    rebuild(harness)
    for step in (
        lambda: harness.restoration.restore(late, job.restored()),
        lambda: harness.restoration.restore_batch(late, a_batch(), job.job.created_at),
        lambda: harness.restoration.finish_restoring(late, BASE),
    ):
        with pytest.raises(RestorationLostError):
            step()
    with pytest.raises(JobNotFoundError):
        harness.ledger.get(job.submitted_job.id)


def a_batch(*job_ids: str) -> Batch:
    return Batch(id=new_batch_id(), contents=1, styles=1, job_ids=job_ids)


def test_a_batch_is_back_and_its_file_needed_as_long_as_a_record_is(
    harness: LedgerHarness,
) -> None:
    batch = a_batch()
    job = succeeded(harness, batch_id=batch.id)
    job = job.ended_ago(job.submitted_job.ttl_seconds + 0.1)
    file = f"batches/{batch.id}.json"
    assert harness.restoration.unneeded([file]) == []
    harness.lose()
    token = harness.restoration.begin_restoring()
    assert token is not None
    harness.restoration.restore_batch(token, batch, job.job.created_at)
    harness.restoration.restore(token, job.restored())
    harness.restoration.finish_restoring(token, BASE)
    back = harness.ledger.get_batch(batch.id)
    assert back == batch.model_copy(update={"created_at": job.job.created_at})
    assert harness.ledger.sweep() != [], "its pictures are due"
    assert harness.restoration.unneeded([file]) == []
    harness.ledger.delete(job.submitted_job.id)
    assert file in harness.ledger.sweep()


def test_each_end_is_to_be_kept_until_it_is(harness: LedgerHarness) -> None:
    job = succeeded(harness)
    assert harness.restoration.unwritten_ends() == [job.submitted_job.id]
    assert harness.restoration.unwritten_ends() == [job.submitted_job.id], (
        "asking changes nothing"
    )
    assert harness.restoration.note_written([job.submitted_job.id]) == []
    assert harness.restoration.unwritten_ends() == []


def test_of_a_deleted_job_no_end_is_to_be_kept(harness: LedgerHarness) -> None:
    job = succeeded(harness)
    harness.ledger.delete(job.submitted_job.id)
    assert harness.restoration.unwritten_ends() == []
    assert harness.restoration.note_written([job.submitted_job.id]) == [
        job.submitted_job.id
    ]


def test_it_is_known_which_blobs_nobody_needs(harness: LedgerHarness) -> None:
    job = queued(harness)
    upload = f"uploads/{job.submitted_job.inputs['content'].sha256}"
    assert harness.restoration.unneeded(["uploads/x", upload]) == ["uploads/x"]


def test_it_is_known_which_jobs_there_are(harness: LedgerHarness) -> None:
    ended, job = succeeded(harness), queued(harness)
    assert harness.restoration.statuses(
        [job.submitted_job.id, "job_x", ended.submitted_job.id]
    ) == {
        job.submitted_job.id: JobStatus.QUEUED,
        ended.submitted_job.id: JobStatus.SUCCEEDED,
    }
    assert harness.restoration.statuses([]) == {}


def test_a_turn_is_taken_once_an_interval(harness: LedgerHarness) -> None:
    assert harness.restoration.take_turn("a", LONG_S)
    assert not harness.restoration.take_turn("a", LONG_S)
    assert harness.restoration.take_turn("b", LONG_S)
    harness.wait(LONG_S + 0.01)
    assert harness.restoration.take_turn("a", LONG_S)
