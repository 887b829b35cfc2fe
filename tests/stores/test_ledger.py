"""What the ledger promises, from a new job to its end."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import JobStatus
from app.contract.kind import Lane
from app.contract.ports import (
    BeatReply,
    Claim,
    JobFinishedError,
    JobNotFoundError,
    LedgerUnavailableError,
    QueueFullError,
)
from app.contract.records.wire import QUEUE_NAME, QUEUE_NAMES
from app.stores.connections import connect
from app.stores.ledger import LedgerRules, RedisLedger
from tests.ledgers import AbleLedger, ScratchLedger, made_whole
from tests.stores.clock import StoppedClock
from tests.stores.harness import LONG_S, RULES, LedgerHarness
from tests.stores.new_jobs import a_row, new_job, outcome, progress


def test_new_job_is_queued_with_everything_that_was_sent(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job(size=128)
    assert harness.ledger.create(submitted_job)

    job = harness.ledger.get(submitted_job.id)
    assert job.status is JobStatus.QUEUED
    assert (job.attempt, job.revision, job.queue_position) == (0, 1, 0)
    assert job.params == submitted_job.params
    assert job.inputs == submitted_job.inputs
    assert abs(job.created_at.timestamp() - time.time()) < 5
    assert job.started_at is None


def test_beat_that_is_sent_again_counts_its_losses_once(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    points = [a_row(step, 1, 3.0 / step, 1.0, 1.0, 1.0) for step in (1, 2, 3)]
    harness.ledger.beat(
        submitted_job.id, 1, progress(), points[:2]
    )  # its answer was lost
    harness.ledger.beat(submitted_job.id, 1, progress(), points)
    assert harness.ledger.losses(submitted_job.id) == points


def test_creating_the_same_job_again_changes_nothing(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    assert harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    assert not harness.ledger.create(submitted_job)
    assert harness.ledger.get(submitted_job.id).status is JobStatus.STARTING


def test_queue_refuses_more_jobs_than_its_limit_and_names_both_numbers(
    harness: LedgerHarness,
) -> None:
    for _ in range(RULES.queue_limit):
        harness.ledger.create(new_job())
    with pytest.raises(QueueFullError) as caught:
        harness.ledger.create(new_job())
    assert (caught.value.depth, caught.value.limit) == (5, 5)


def test_positions_follow_the_order_of_arrival(harness: LedgerHarness) -> None:
    submitted_jobs = [new_job() for _ in range(3)]
    for submitted_job in submitted_jobs:
        harness.ledger.create(submitted_job)
        harness.pass_time(0.001)
    assert [harness.ledger.get(s.id).queue_position for s in submitted_jobs] == [
        0,
        1,
        2,
    ]
    harness.ledger.claim(submitted_jobs[0].id, "w")
    assert [harness.ledger.get(s.id).queue_position for s in submitted_jobs] == [
        None,
        0,
        1,
    ]
    assert harness.ledger.queue_depth() == 2


def test_unknown_job_is_said_to_be_unknown(harness: LedgerHarness) -> None:
    with pytest.raises(JobNotFoundError):
        harness.ledger.get("job_" + "0" * 32)
    with pytest.raises(JobNotFoundError):
        harness.ledger.requests.cancel("job_" + "0" * 32)
    assert harness.ledger.claim("job_" + "0" * 32, "w") is None


def test_only_one_of_many_workers_claims_a_job(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    claims: list[Claim | None] = []
    threads = [
        threading.Thread(
            target=lambda name=f"w{number}": claims.append(
                harness.ledger.claim(submitted_job.id, name)
            )
        )
        for number in range(8 if isinstance(harness.ledger, RedisLedger) else 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [c for c in claims if c is not None] == [Claim(submitted_job.id, 1)]
    job = harness.ledger.get(submitted_job.id)
    assert (job.status, job.attempt) == (JobStatus.STARTING, 1)
    assert job.worker is not None
    assert job.started_at is not None


def test_any_bell_leads_to_the_job_that_has_waited_longest(
    harness: LedgerHarness,
) -> None:
    first, second = new_job(), new_job()
    harness.ledger.create(first)
    harness.pass_time(0.001)
    harness.ledger.create(second)
    assert harness.ledger.claim(second.id, "a") == Claim(first.id, 1)
    assert harness.ledger.claim("job_" + "0" * 32, "b") == Claim(second.id, 1)
    assert harness.ledger.claim(first.id, "c") is None


def test_worker_whose_answer_was_lost_gets_the_same_job_again(
    harness: LedgerHarness,
) -> None:
    submitted_job, other = new_job(), new_job()
    harness.ledger.create(submitted_job)
    assert harness.ledger.claim(submitted_job.id, "w") == Claim(submitted_job.id, 1)
    harness.ledger.create(other)
    harness.pass_time(0.15)
    assert harness.ledger.claim(submitted_job.id, "w") == Claim(submitted_job.id, 1)
    harness.pass_time(0.15)
    assert submitted_job.id not in harness.ledger.reap(), "and its lease was renewed"


def test_job_without_attempts_left_does_not_block_the_next(
    harness: LedgerHarness,
) -> None:
    worn, fresh = new_job(), new_job()
    harness.ledger.create(worn)
    for number in range(3):
        harness.ledger.claim(worn.id, f"w{number}")
        harness.pass_time(LONG_S)
        if number < 2:
            harness.ledger.reap()
    harness.ledger.create(fresh)
    assert harness.ledger.claim(worn.id, "w") == Claim(fresh.id, 1)


def test_first_progress_makes_a_job_processing_and_raises_the_revision(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    assert harness.ledger.beat(submitted_job.id, 1, None).reply is BeatReply.GO_ON
    before = harness.ledger.get(submitted_job.id)
    assert before.status is JobStatus.STARTING

    assert (
        harness.ledger.beat(submitted_job.id, 1, progress(4)).reply is BeatReply.GO_ON
    )
    after = harness.ledger.get(submitted_job.id)
    assert after.status is JobStatus.PROCESSING
    assert after.progress == progress(4)
    assert after.revision > before.revision


def test_finished_job_keeps_its_picture_and_refuses_a_cancel(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    assert harness.ledger.succeed(submitted_job.id, 1, outcome())
    job = harness.ledger.get(submitted_job.id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.outcome == outcome()
    assert job.completed_at is not None
    with pytest.raises(JobFinishedError):
        harness.ledger.requests.cancel(submitted_job.id)


def test_failed_job_says_why(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "It needs 99 GB.")
    assert harness.ledger.fail(submitted_job.id, 1, failure)
    assert harness.ledger.get(submitted_job.id).error == failure
    assert not harness.ledger.succeed(submitted_job.id, 1, outcome())


def test_lost_lease_sends_a_job_back_and_fences_off_the_old_attempt(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "slow")
    harness.ledger.beat(submitted_job.id, 1, progress(5))
    harness.pass_time(LONG_S)
    assert harness.ledger.reap() == [submitted_job.id]
    waiting = harness.ledger.get(submitted_job.id)
    assert (waiting.status, waiting.progress) == (JobStatus.QUEUED, None)

    assert harness.ledger.claim(submitted_job.id, "quick") == Claim(submitted_job.id, 2)
    assert (
        harness.ledger.beat(submitted_job.id, 1, progress(6)).reply
        is BeatReply.LEASE_LOST
    )
    assert not harness.ledger.succeed(submitted_job.id, 1, outcome("results/job/1.png"))
    assert not harness.ledger.cancel_done(submitted_job.id, 1)
    assert not harness.ledger.hand_back(submitted_job.id, 1)
    assert harness.ledger.succeed(submitted_job.id, 2, outcome("results/job/2.png"))
    assert harness.ledger.succeed(submitted_job.id, 2, outcome("results/job/2.png")), (
        "again"
    )
    assert not harness.ledger.succeed(submitted_job.id, 2, outcome("results/job/3.png"))
    assert not harness.ledger.hand_back(submitted_job.id, 2)
    finished = harness.ledger.get(submitted_job.id).outcome
    assert finished is not None
    assert finished.result.blob_key == "results/job/2.png"


def test_server_that_stood_still_costs_nobody_the_lease() -> None:
    ledger, clock = ledger_with_clock(lease_s=0.1, round_gap_s=0.5)
    submitted_job = new_job()
    ledger.create(submitted_job)
    ledger.claim(submitted_job.id, "w")
    ledger.reap()
    clock.pass_time(0.6)  # no beat and no round: a SIGSTOP of the server looks the same
    ledger.reap()
    assert ledger.beat(submitted_job.id, 1, None).reply is BeatReply.GO_ON
    for _ in range(4):
        clock.pass_time(0.1)
        ledger.reap()
        assert ledger.get(submitted_job.id).status is JobStatus.STARTING, "it is spared"
    clock.pass_time(0.2)
    ledger.reap()
    assert ledger.get(submitted_job.id).status is JobStatus.QUEUED, "and no longer"


def test_server_that_stood_still_gives_no_job_to_who_asks_first() -> None:
    """A claim, too, spares those who could not beat meanwhile."""
    ledger, clock = ledger_with_clock(lease_s=0.1, round_gap_s=0.5)
    submitted_job, other = new_job(), new_job()
    ledger.create(submitted_job)
    held = ledger.claim(submitted_job.id, "w")
    ledger.reap()
    clock.pass_time(0.6)
    assert ledger.claim(submitted_job.id, "thief") is None
    ledger.create(other)
    assert ledger.claim(submitted_job.id, "w") == held, (
        "the answer was lost: it asks again"
    )
    clock.pass_time(0.4)
    assert ledger.claim("", "thief") == (other.id, 1)
    assert ledger.claim(submitted_job.id, "third") is None, "it is spared"
    clock.pass_time(0.2)
    assert ledger.claim(submitted_job.id, "third") == (submitted_job.id, 2), (
        "and no longer"
    )
    assert ledger.counters()["attempts_lost"] == 1


def test_rare_rounds_expire_leases_all_the_same() -> None:
    ledger, clock = ledger_with_clock(lease_s=0.1, round_gap_s=0.1)
    submitted_job = new_job()
    ledger.create(submitted_job)
    ledger.claim(submitted_job.id, "w")
    for _ in range(3):
        ledger.reap()
        clock.pass_time(0.15)
    assert ledger.get(submitted_job.id).status is JobStatus.QUEUED


def ledger_with_clock(**rules: Any) -> tuple[ScratchLedger, StoppedClock]:
    ledger = ScratchLedger(LedgerRules(**rules), stands_still=True)
    assert ledger.clock is not None
    return ledger, ledger.clock


@pytest.mark.parametrize("how", ["lost", "handed back"])
def test_job_that_waits_again_tells_nothing_of_the_attempt_before(
    harness: LedgerHarness, how: str
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.note_resumed(submitted_job.id, 1, 4)
    harness.ledger.beat(submitted_job.id, 1, progress(5))
    if how == "lost":
        harness.pass_time(LONG_S)
        harness.ledger.reap()
    else:
        assert harness.ledger.hand_back(submitted_job.id, 1)
    job = harness.ledger.get(submitted_job.id)
    assert (job.status, job.queue_position) == (JobStatus.QUEUED, 0)
    of_before = (job.worker, job.started_at, job.progress, job.resumed_from_step)
    assert of_before == (None, None, None, None)


def test_hand_back_that_is_sent_twice_takes_the_job_from_nobody(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    leaving = harness.ledger.claim(submitted_job.id, "leaving")
    assert leaving is not None
    assert harness.ledger.hand_back(*leaving)
    next_one = harness.ledger.claim(submitted_job.id, "next")
    assert next_one is not None
    assert next_one.attempt != leaving.attempt, "the number is a fencing token"
    assert harness.ledger.get(submitted_job.id).attempt == 1, (
        "what clients see counts attempts"
    )
    assert not harness.ledger.hand_back(*leaving), "the answer was lost: sent again"
    assert harness.ledger.beat(*leaving, None).reply is BeatReply.LEASE_LOST
    assert harness.ledger.beat(*next_one, None).reply is BeatReply.GO_ON
    assert harness.ledger.get(submitted_job.id).worker == "next"


def test_beats_keep_the_lease(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    for _ in range(3):
        harness.pass_time(0.15)
        assert harness.ledger.beat(submitted_job.id, 1, None).reply is BeatReply.GO_ON
        assert harness.ledger.reap() == []
    assert harness.ledger.claim(submitted_job.id, "thief") is None


def test_expired_lease_may_be_claimed_before_the_janitor_comes(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "gone")
    harness.ledger.beat(submitted_job.id, 1, progress(5))
    harness.pass_time(LONG_S)
    assert harness.ledger.claim(submitted_job.id, "next") == Claim(submitted_job.id, 2)
    assert harness.ledger.get(submitted_job.id).progress is None, (
        "a new attempt starts anew"
    )


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel", "cancel_waiting"])
def test_ended_job_is_left_in_peace(harness: LedgerHarness, end: str) -> None:
    """Neither its old lease nor its old bell wakes it."""
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    if end != "cancel_waiting":
        harness.ledger.claim(submitted_job.id, "w")
    if end == "succeed":
        harness.ledger.succeed(submitted_job.id, 1, outcome())
    elif end == "fail":
        failure = Failure.of(FailureCode.INTERNAL_ERROR, "a bug")
        harness.ledger.fail(submitted_job.id, 1, failure)
    else:
        harness.ledger.requests.cancel(submitted_job.id)
        harness.ledger.cancel_done(submitted_job.id, 1)
    ended = harness.ledger.get(submitted_job.id)
    assert ended.status.is_final
    harness.pass_time(LONG_S)
    assert harness.ledger.reap() == []
    assert harness.ledger.claim(submitted_job.id, "w") is None
    assert harness.ledger.get(submitted_job.id) == ended


def test_job_that_kills_its_workers_fails_after_three_attempts(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    for attempt in (1, 2, 3):
        assert harness.ledger.claim(submitted_job.id, "w") == Claim(
            submitted_job.id, attempt
        )
        harness.pass_time(LONG_S)
        harness.ledger.reap()
    job = harness.ledger.get(submitted_job.id)
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code is FailureCode.WORKER_LOST
    assert harness.ledger.claim(submitted_job.id, "w") is None
    assert harness.ledger.queue_depth() == 0


def test_claim_past_the_last_attempt_fails_the_job(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    for attempt in (1, 2, 3):
        assert harness.ledger.claim(submitted_job.id, "w") == Claim(
            submitted_job.id, attempt
        )
        harness.pass_time(LONG_S)
    assert harness.ledger.claim(submitted_job.id, "w") is None
    assert harness.ledger.get(submitted_job.id).status is JobStatus.FAILED


def test_job_handed_back_waits_in_its_old_place_with_its_attempt_returned(
    harness: LedgerHarness,
) -> None:
    first, second = new_job(), new_job()
    harness.ledger.create(first)
    harness.pass_time(0.001)
    harness.ledger.create(second)
    harness.ledger.claim(first.id, "w")
    harness.ledger.beat(first.id, 1, progress(3))
    assert harness.ledger.hand_back(first.id, 1)

    job = harness.ledger.get(first.id)
    assert (job.status, job.attempt, job.queue_position) == (JobStatus.QUEUED, 0, 0)
    assert (job.progress, job.worker, job.started_at) == (None, None, None)
    assert first.id in harness.ledger.reap()
    # A new number: that of an attempt never comes twice.
    assert harness.ledger.claim(second.id, "w") == Claim(first.id, 2), "its old place"
    assert harness.ledger.get(first.id).attempt == 1


def test_waiting_job_is_canceled_at_once(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    job = harness.ledger.requests.cancel(submitted_job.id)
    assert job.status is JobStatus.CANCELED
    assert job.completed_at is not None
    assert job.cancel_reason == "requested"
    assert harness.ledger.claim(submitted_job.id, "w") is None
    assert harness.ledger.queue_depth() == 0
    assert harness.ledger.requests.cancel(submitted_job.id) == job, (
        "a second cancel is the same"
    )


def test_running_job_is_canceled_only_when_it_has_stopped(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.beat(submitted_job.id, 1, progress(2))
    asked = harness.ledger.requests.cancel(submitted_job.id)
    assert asked.status is JobStatus.PROCESSING
    assert asked.cancel_requested_at is not None
    assert harness.ledger.requests.cancel(submitted_job.id) == asked
    assert (
        harness.ledger.beat(submitted_job.id, 1, progress(3)).reply is BeatReply.CANCEL
    )
    assert harness.ledger.cancel_done(submitted_job.id, 1)
    assert harness.ledger.get(submitted_job.id).status is JobStatus.CANCELED


def test_canceled_job_that_is_handed_back_does_not_wait_again(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.requests.cancel(submitted_job.id)
    assert harness.ledger.hand_back(submitted_job.id, 1)
    job = harness.ledger.get(submitted_job.id)
    assert job.status is JobStatus.CANCELED
    assert job.completed_at is not None
    assert harness.ledger.queue_depth() == 0


def test_canceled_job_whose_worker_died_does_not_run_again(
    harness: LedgerHarness,
) -> None:
    reaped, claimed = new_job(), new_job()
    for number, submitted_job in enumerate((reaped, claimed)):
        harness.ledger.create(submitted_job)
        harness.ledger.claim(submitted_job.id, f"w{number}")
        harness.ledger.requests.cancel(submitted_job.id)
    harness.pass_time(LONG_S)
    assert harness.ledger.claim(claimed.id, "w") is None
    assert harness.ledger.get(claimed.id).status is JobStatus.CANCELED
    assert harness.ledger.reap() == []
    assert harness.ledger.get(reaped.id).status is JobStatus.CANCELED


def test_bell_that_nobody_heard_is_rung_again_after_a_while(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    assert harness.ledger.reap() == []
    harness.pass_time(LONG_S)
    assert harness.ledger.reap() == [submitted_job.id]
    assert harness.ledger.reap() == [], "and then it is given time again"


def test_no_bell_is_rung_again_while_bells_wait_at_the_broker(
    harness: LedgerHarness,
) -> None:
    ledger = harness.ledger
    submitted_job = new_job()
    ledger.create(submitted_job)
    ledger.client.lpush(QUEUE_NAME, "a bell that a busy worker will hear")
    harness.pass_time(LONG_S)
    assert ledger.reap() == []
    ledger.client.delete(QUEUE_NAME)
    assert ledger.reap() == [submitted_job.id]


def test_bells_of_one_lane_do_not_silence_those_of_the_other(
    harness: LedgerHarness,
) -> None:
    ledger = harness.ledger
    long_job, short_job = new_job(), new_job({"lane": Lane.SHORT})
    ledger.create(long_job)
    ledger.create(short_job)
    ledger.client.lpush(QUEUE_NAMES[Lane.LONG], "a bell that a busy worker will hear")
    harness.pass_time(LONG_S)
    assert ledger.reap() == [short_job.id]
    ledger.client.delete(QUEUE_NAMES[Lane.LONG])
    assert ledger.reap() == [long_job.id]


def test_leases_outlive_a_restart_of_the_server(valkey_url: str) -> None:
    """Workers that live must have the time to renew theirs: no uptime is that long."""
    client = connect(valkey_url)
    client.flushdb()
    patient = replace(RULES, lease_s=1e6)
    submitted_job = new_job()
    made_whole(RedisLedger(client, patient)).create(submitted_job)
    AbleLedger(client, RULES).claim(submitted_job.id, "w")
    time.sleep(LONG_S)
    RedisLedger(client, patient).reap()
    assert (
        RedisLedger(client, patient).get(submitted_job.id).status is JobStatus.STARTING
    )
    assert AbleLedger(client, patient).claim(submitted_job.id, "thief") is None
    client.close()


def test_dead_redis_is_an_error_of_the_port_within_seconds(tmp_path) -> None:
    ledger = AbleLedger(connect(f"unix://{tmp_path}/nobody.sock"), RULES)
    began_s = time.monotonic()
    for ask in (
        ledger.ping,
        ledger.queue_depth,
        ledger.reap,
        lambda: ledger.get("job"),
        lambda: ledger.create(new_job()),
        lambda: ledger.claim("job", "w"),
        lambda: ledger.beat("job", 1, None),
        lambda: ledger.requests.cancel("job"),
        lambda: ledger.succeed("job", 1, outcome()),
    ):
        with pytest.raises(LedgerUnavailableError):
            ask()
    assert time.monotonic() - began_s < 2


@pytest.mark.parametrize(
    "nonsense", [{"lease_s": 0}, {"max_attempts": 0}, {"queue_limit": -1}]
)
def test_rules_refuse_nonsense(nonsense: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(nonsense))):
        LedgerRules(**nonsense)
