"""A paused job is in no queue, costs no attempt, and goes on first of its key's."""

import pytest

from app.contract.commands import Verb
from app.contract.jobs import CancelReason, Job, JobStatus, NewJob
from app.contract.ports import (
    BeatReply,
    Claim,
    JobFinishedError,
    JobNotFoundError,
    JobNotPausedError,
)
from tests.stores.harness import LONG_S, LedgerHarness
from tests.stores.new_jobs import new_job, outcome


def created(harness: LedgerHarness, **fields: object) -> NewJob:
    job = new_job(fields)
    harness.ledger.create(job)
    harness.pass_time(0.001)
    return job


def claimed(harness: LedgerHarness, worker: str = "w") -> Claim:
    claim = harness.ledger.claim("", worker)
    assert claim is not None
    return claim


def assert_paused(job: Job) -> None:
    assert (job.status, job.queue_position) == (JobStatus.QUEUED, None)
    assert job.paused_at is not None


def test_a_waiting_job_is_held_and_goes_on_before_others_of_its_key(
    harness: LedgerHarness,
) -> None:
    ledger = harness.ledger
    first, second = created(harness), created(harness)
    held = created(harness)
    assert_paused(ledger.requests.pause(held.id))
    again = ledger.requests.pause(held.id)
    assert again.paused_at == ledger.get(held.id).paused_at
    assert again.revision == ledger.get(held.id).revision, "again: nothing"
    assert (ledger.queue_depth(), ledger.paused_count()) == (2, 1)
    job = ledger.requests.resume(held.id)
    assert (job.paused_at, job.queue_position) == (None, 0)
    order = [claimed(harness, f"w{number}").job_id for number in range(3)]
    assert order == [held.id, first.id, second.id]
    assert ledger.paused_count() == 0


def test_another_keys_turn_is_its_own_still(harness: LedgerHarness) -> None:
    ledger = harness.ledger
    mine, theirs = created(harness, owner="a"), created(harness, owner="b")
    later = created(harness, owner="a")
    ledger.requests.pause(later.id)
    ledger.requests.resume(later.id)
    order = [claimed(harness, f"w{number}").job_id for number in range(3)]
    assert order.index(later.id) < order.index(mine.id)
    assert order.index(theirs.id) < order.index(mine.id)


def test_a_running_job_is_let_go_by_its_worker_and_not_charged(
    harness: LedgerHarness,
) -> None:
    ledger, job = harness.ledger, created(harness)
    claim = claimed(harness)
    asked = ledger.requests.pause(job.id)
    assert (asked.status, asked.paused_at) == (JobStatus.STARTING, None)
    assert ledger.beat(*claim, None).reply is BeatReply.PAUSE
    assert ledger.hand_back(*claim)
    assert_paused(ledger.get(job.id))
    assert ledger.get(job.id).attempt == 0
    assert ledger.claim(job.id, "w") is None
    assert ledger.reap() == []
    ledger.requests.resume(job.id)
    assert claimed(harness).job_id == job.id
    assert ledger.get(job.id).attempt == 1


@pytest.mark.parametrize("finder", ["reap", "claim"])
def test_one_whose_worker_was_killed_is_paused_all_the_same(
    harness: LedgerHarness, finder: str
) -> None:
    ledger, job = harness.ledger, created(harness)
    claim = claimed(harness)
    ledger.requests.pause(job.id)
    harness.pass_time(LONG_S)
    if finder == "reap":
        ledger.reap()
    else:
        assert ledger.claim(job.id, "another") is None
    assert_paused(ledger.get(job.id))
    assert ledger.beat(*claim, None).reply is BeatReply.LEASE_LOST
    assert not ledger.hand_back(*claim)
    assert_paused(ledger.get(job.id))


def test_a_resume_that_is_faster_than_the_worker_lets_the_job_wait(
    harness: LedgerHarness,
) -> None:
    ledger, job = harness.ledger, created(harness)
    claim = claimed(harness)
    ledger.requests.pause(job.id)
    assert ledger.beat(*claim, None).reply is BeatReply.PAUSE
    ledger.requests.resume(job.id)
    assert ledger.hand_back(*claim)
    assert ledger.get(job.id).queue_position == 0


def test_the_last_step_may_be_faster_and_a_cancel_or_finish_is_stronger(
    harness: LedgerHarness,
) -> None:
    ledger, job = harness.ledger, created(harness)
    claim = claimed(harness)
    ledger.requests.pause(job.id)
    assert ledger.succeed(*claim, outcome())
    ended = ledger.get(job.id)
    assert (ended.status, ended.paused_at) == (JobStatus.SUCCEEDED, None)
    for ask in (ledger.requests.pause, ledger.requests.resume):
        with pytest.raises(JobFinishedError):
            ask(job.id)
    canceled = created(harness)
    claim = claimed(harness)
    ledger.requests.pause(canceled.id)
    ledger.requests.cancel(canceled.id)
    assert ledger.beat(*claim, None).reply is BeatReply.CANCEL
    assert ledger.hand_back(*claim)
    assert ledger.get(canceled.id).status is JobStatus.CANCELED
    finishing = created(harness)
    claim = claimed(harness)
    ledger.requests.finish(finishing.id)
    with pytest.raises(JobFinishedError):
        ledger.requests.pause(finishing.id)


def test_a_paused_job_can_be_canceled_and_finished(harness: LedgerHarness) -> None:
    ledger = harness.ledger
    canceled, finished = created(harness), created(harness)
    for job in (canceled, finished):
        ledger.requests.pause(job.id)
    assert ledger.requests.cancel(canceled.id).status is JobStatus.CANCELED
    ledger.delete(canceled.id)
    ledger.requests.finish(finished.id)
    claim = claimed(harness)
    assert claim.job_id == finished.id
    assert ledger.beat(*claim, None).reply is BeatReply.FINISH
    assert ledger.paused_count() == 0


def test_idle_for_longer_than_its_time_it_is_canceled(harness: LedgerHarness) -> None:
    ledger, job = harness.ledger, created(harness, ttl_seconds=3600)
    ledger.requests.pause(job.id)
    harness.pass_time(3599)
    ledger.reap()
    assert_paused(ledger.get(job.id))
    harness.pass_time(2)
    ledger.reap()
    ended = ledger.get(job.id)
    assert (ended.status, ended.cancel_reason) == (
        JobStatus.CANCELED,
        CancelReason.IDLE,
    )


def test_a_job_that_is_not_paused_is_not_resumed(harness: LedgerHarness) -> None:
    job = created(harness)
    with pytest.raises(JobNotPausedError):
        harness.ledger.requests.resume(job.id)
    claimed(harness)
    with pytest.raises(JobNotPausedError):
        harness.ledger.requests.resume(job.id)
    with pytest.raises(JobNotFoundError):
        harness.ledger.requests.resume("job_none")


def test_a_change_of_a_paused_job_waits_with_it(harness: LedgerHarness) -> None:
    ledger, job = harness.ledger, created(harness)
    ledger.requests.pause(job.id)
    assert ledger.requests.append(job.id, Verb.CHANGE, {"a": 1}) == 1
    ledger.requests.resume(job.id)
    (command,) = ledger.beat(*claimed(harness), None).commands
    assert command.values == {"a": 1}


def test_the_deadline_counts_while_it_is_paused(harness: LedgerHarness) -> None:
    at = harness.time_ahead(LONG_S)
    job = created(harness, deadline_at=at)
    harness.ledger.requests.pause(job.id)
    harness.pass_time(LONG_S)
    harness.ledger.reap()
    ended = harness.ledger.get(job.id)
    assert (ended.status, ended.cancel_reason) == (
        JobStatus.CANCELED,
        CancelReason.DEADLINE,
    )
    assert ended.paused_at is None
    assert harness.ledger.paused_count() == 0
