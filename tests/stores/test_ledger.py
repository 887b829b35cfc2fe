"""What the ledger promises, from a new job to its end."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import JobStatus
from app.contract.ports import (
    Claim,
    JobFinishedError,
    JobNotFoundError,
    LedgerUnavailableError,
    Order,
    QueueFullError,
)
from app.contract.wire import QUEUE_NAME
from app.stores.connections import connect
from app.stores.ledger import LedgerRules, RedisLedger
from tests.ledgers import ScratchLedger, made_whole
from tests.stores.bench import LONG_S, RULES, Bench
from tests.stores.clock import StoppedClock
from tests.stores.slips import a_row, new_job, outcome, progress


def test_new_job_is_queued_with_everything_on_its_slip(bench: Bench) -> None:
    slip = new_job(size=128)
    assert bench.ledger.create(slip)

    job = bench.ledger.get(slip.id)
    assert job.status is JobStatus.QUEUED
    assert (job.attempt, job.revision, job.queue_position) == (0, 1, 0)
    assert job.params == slip.params
    assert job.inputs == slip.inputs
    assert abs(job.created_at.timestamp() - time.time()) < 5
    assert job.started_at is None


def test_beat_that_is_sent_again_counts_its_losses_once(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    points = [a_row(step, 1, 3.0 / step, 1.0, 1.0, 1.0) for step in (1, 2, 3)]
    bench.ledger.beat(slip.id, 1, progress(), points[:2])  # its answer was lost
    bench.ledger.beat(slip.id, 1, progress(), points)
    assert bench.ledger.losses(slip.id) == points


def test_creating_the_same_job_again_changes_nothing(bench: Bench) -> None:
    slip = new_job()
    assert bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    assert not bench.ledger.create(slip)
    assert bench.ledger.get(slip.id).status is JobStatus.STARTING


def test_queue_refuses_more_jobs_than_its_limit_and_names_both_numbers(
    bench: Bench,
) -> None:
    for _ in range(RULES.queue_limit):
        bench.ledger.create(new_job())
    with pytest.raises(QueueFullError) as caught:
        bench.ledger.create(new_job())
    assert (caught.value.depth, caught.value.limit) == (5, 5)


def test_positions_follow_the_order_of_arrival(bench: Bench) -> None:
    slips = [new_job() for _ in range(3)]
    for slip in slips:
        bench.ledger.create(slip)
        bench.pass_time(0.001)
    assert [bench.ledger.get(s.id).queue_position for s in slips] == [0, 1, 2]
    bench.ledger.claim(slips[0].id, "w")
    assert [bench.ledger.get(s.id).queue_position for s in slips] == [None, 0, 1]
    assert bench.ledger.queue_depth() == 2


def test_unknown_job_is_said_to_be_unknown(bench: Bench) -> None:
    with pytest.raises(JobNotFoundError):
        bench.ledger.get("job_" + "0" * 32)
    with pytest.raises(JobNotFoundError):
        bench.ledger.request_cancel("job_" + "0" * 32)
    assert bench.ledger.claim("job_" + "0" * 32, "w") is None


def test_only_one_of_many_workers_claims_a_job(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    claims: list[Claim | None] = []
    threads = [
        threading.Thread(
            target=lambda name=f"w{number}": claims.append(
                bench.ledger.claim(slip.id, name)
            )
        )
        for number in range(8 if isinstance(bench.ledger, RedisLedger) else 1)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [c for c in claims if c is not None] == [Claim(slip.id, 1)]
    job = bench.ledger.get(slip.id)
    assert (job.status, job.attempt) == (JobStatus.STARTING, 1)
    assert job.worker is not None
    assert job.started_at is not None


def test_any_bell_leads_to_the_job_that_has_waited_longest(bench: Bench) -> None:
    first, second = new_job(), new_job()
    bench.ledger.create(first)
    bench.pass_time(0.001)
    bench.ledger.create(second)
    assert bench.ledger.claim(second.id, "a") == Claim(first.id, 1)
    assert bench.ledger.claim("job_" + "0" * 32, "b") == Claim(second.id, 1)
    assert bench.ledger.claim(first.id, "c") is None


def test_worker_whose_answer_was_lost_gets_the_same_job_again(bench: Bench) -> None:
    slip, other = new_job(), new_job()
    bench.ledger.create(slip)
    assert bench.ledger.claim(slip.id, "w") == Claim(slip.id, 1)
    bench.ledger.create(other)
    bench.pass_time(0.15)
    assert bench.ledger.claim(slip.id, "w") == Claim(slip.id, 1)
    bench.pass_time(0.15)
    assert slip.id not in bench.ledger.reap(), "and its lease was renewed"


def test_job_without_attempts_left_does_not_block_the_next(bench: Bench) -> None:
    worn, fresh = new_job(), new_job()
    bench.ledger.create(worn)
    for number in range(3):
        bench.ledger.claim(worn.id, f"w{number}")
        bench.pass_time(LONG_S)
        if number < 2:
            bench.ledger.reap()
    bench.ledger.create(fresh)
    assert bench.ledger.claim(worn.id, "w") == Claim(fresh.id, 1)


def test_first_progress_makes_a_job_processing_and_raises_the_revision(
    bench: Bench,
) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    assert bench.ledger.beat(slip.id, 1, None) is Order.GO_ON
    before = bench.ledger.get(slip.id)
    assert before.status is JobStatus.STARTING

    assert bench.ledger.beat(slip.id, 1, progress(4)) is Order.GO_ON
    after = bench.ledger.get(slip.id)
    assert after.status is JobStatus.PROCESSING
    assert after.progress == progress(4)
    assert after.revision > before.revision


def test_finished_job_keeps_its_picture_and_refuses_a_cancel(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    assert bench.ledger.succeed(slip.id, 1, outcome())
    job = bench.ledger.get(slip.id)
    assert job.status is JobStatus.SUCCEEDED
    assert job.outcome == outcome()
    assert job.completed_at is not None
    with pytest.raises(JobFinishedError):
        bench.ledger.request_cancel(slip.id)


def test_failed_job_says_why(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "It needs 99 GB.")
    assert bench.ledger.fail(slip.id, 1, failure)
    assert bench.ledger.get(slip.id).error == failure
    assert not bench.ledger.succeed(slip.id, 1, outcome())


def test_lost_lease_sends_a_job_back_and_fences_off_the_old_attempt(
    bench: Bench,
) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "slow")
    bench.ledger.beat(slip.id, 1, progress(5))
    bench.pass_time(LONG_S)
    assert bench.ledger.reap() == [slip.id]
    waiting = bench.ledger.get(slip.id)
    assert (waiting.status, waiting.progress) == (JobStatus.QUEUED, None)

    assert bench.ledger.claim(slip.id, "quick") == Claim(slip.id, 2)
    assert bench.ledger.beat(slip.id, 1, progress(6)) is Order.LEASE_LOST
    assert not bench.ledger.succeed(slip.id, 1, outcome("results/job/1.png"))
    assert not bench.ledger.cancel_done(slip.id, 1)
    assert not bench.ledger.hand_back(slip.id, 1)
    assert bench.ledger.succeed(slip.id, 2, outcome("results/job/2.png"))
    assert bench.ledger.succeed(slip.id, 2, outcome("results/job/2.png")), "again"
    assert not bench.ledger.succeed(slip.id, 2, outcome("results/job/3.png"))
    assert not bench.ledger.hand_back(slip.id, 2)
    finished = bench.ledger.get(slip.id).outcome
    assert finished is not None
    assert finished.result.blob_key == "results/job/2.png"


def test_server_that_stood_still_costs_nobody_the_lease() -> None:
    ledger, clock = ledger_with_clock(lease_s=0.1, round_gap_s=0.5)
    slip = new_job()
    ledger.create(slip)
    ledger.claim(slip.id, "w")
    ledger.reap()
    clock.pass_time(0.6)  # no beat and no round: a SIGSTOP of the server looks the same
    ledger.reap()
    assert ledger.beat(slip.id, 1, None) is Order.GO_ON
    for _ in range(4):
        clock.pass_time(0.1)
        ledger.reap()
        assert ledger.get(slip.id).status is JobStatus.STARTING, "it is spared"
    clock.pass_time(0.2)
    ledger.reap()
    assert ledger.get(slip.id).status is JobStatus.QUEUED, "and no longer"


def test_server_that_stood_still_gives_no_job_to_who_asks_first() -> None:
    """A claim, too, spares those who could not beat meanwhile."""
    ledger, clock = ledger_with_clock(lease_s=0.1, round_gap_s=0.5)
    slip, other = new_job(), new_job()
    ledger.create(slip)
    held = ledger.claim(slip.id, "w")
    ledger.reap()
    clock.pass_time(0.6)
    assert ledger.claim(slip.id, "thief") is None
    ledger.create(other)
    assert ledger.claim(slip.id, "w") == held, "the answer was lost: it asks again"
    clock.pass_time(0.4)
    assert ledger.claim("", "thief") == (other.id, 1)
    assert ledger.claim(slip.id, "third") is None, "it is spared"
    clock.pass_time(0.2)
    assert ledger.claim(slip.id, "third") == (slip.id, 2), "and no longer"
    assert ledger.counters()["attempts_lost"] == 1


def test_rare_rounds_expire_leases_all_the_same() -> None:
    ledger, clock = ledger_with_clock(lease_s=0.1, round_gap_s=0.1)
    slip = new_job()
    ledger.create(slip)
    ledger.claim(slip.id, "w")
    for _ in range(3):
        ledger.reap()
        clock.pass_time(0.15)
    assert ledger.get(slip.id).status is JobStatus.QUEUED


def ledger_with_clock(**rules: Any) -> tuple[ScratchLedger, StoppedClock]:
    ledger = ScratchLedger(LedgerRules(**rules), stands_still=True)
    assert ledger.clock is not None
    return ledger, ledger.clock


@pytest.mark.parametrize("how", ["lost", "handed back"])
def test_job_that_waits_again_tells_nothing_of_the_attempt_before(
    bench: Bench, how: str
) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    bench.ledger.note_resumed(slip.id, 1, 4)
    bench.ledger.beat(slip.id, 1, progress(5))
    if how == "lost":
        bench.pass_time(LONG_S)
        bench.ledger.reap()
    else:
        assert bench.ledger.hand_back(slip.id, 1)
    job = bench.ledger.get(slip.id)
    assert (job.status, job.queue_position) == (JobStatus.QUEUED, 0)
    of_before = (job.worker, job.started_at, job.progress, job.resumed_from_step)
    assert of_before == (None, None, None, None)


def test_hand_back_that_is_sent_twice_takes_the_job_from_nobody(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    leaving = bench.ledger.claim(slip.id, "leaving")
    assert leaving is not None
    assert bench.ledger.hand_back(*leaving)
    next_one = bench.ledger.claim(slip.id, "next")
    assert next_one is not None
    assert next_one.attempt != leaving.attempt, "the number is a fencing token"
    assert bench.ledger.get(slip.id).attempt == 1, "what clients see counts attempts"
    assert not bench.ledger.hand_back(*leaving), "the answer was lost: sent again"
    assert bench.ledger.beat(*leaving, None) is Order.LEASE_LOST
    assert bench.ledger.beat(*next_one, None) is Order.GO_ON
    assert bench.ledger.get(slip.id).worker == "next"


def test_beats_keep_the_lease(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    for _ in range(3):
        bench.pass_time(0.15)
        assert bench.ledger.beat(slip.id, 1, None) is Order.GO_ON
        assert bench.ledger.reap() == []
    assert bench.ledger.claim(slip.id, "thief") is None


def test_expired_lease_may_be_claimed_before_the_janitor_comes(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "gone")
    bench.ledger.beat(slip.id, 1, progress(5))
    bench.pass_time(LONG_S)
    assert bench.ledger.claim(slip.id, "next") == Claim(slip.id, 2)
    assert bench.ledger.get(slip.id).progress is None, "a new attempt starts anew"


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel", "cancel_waiting"])
def test_ended_job_is_left_in_peace(bench: Bench, end: str) -> None:
    """Neither its old lease nor its old bell wakes it."""
    slip = new_job()
    bench.ledger.create(slip)
    if end != "cancel_waiting":
        bench.ledger.claim(slip.id, "w")
    if end == "succeed":
        bench.ledger.succeed(slip.id, 1, outcome())
    elif end == "fail":
        failure = Failure.of(FailureCode.INTERNAL_ERROR, "a bug")
        bench.ledger.fail(slip.id, 1, failure)
    else:
        bench.ledger.request_cancel(slip.id)
        bench.ledger.cancel_done(slip.id, 1)
    ended = bench.ledger.get(slip.id)
    assert ended.status.is_final
    bench.pass_time(LONG_S)
    assert bench.ledger.reap() == []
    assert bench.ledger.claim(slip.id, "w") is None
    assert bench.ledger.get(slip.id) == ended


def test_job_that_kills_its_workers_fails_after_three_attempts(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    for attempt in (1, 2, 3):
        assert bench.ledger.claim(slip.id, "w") == Claim(slip.id, attempt)
        bench.pass_time(LONG_S)
        bench.ledger.reap()
    job = bench.ledger.get(slip.id)
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert job.error.code is FailureCode.WORKER_LOST
    assert bench.ledger.claim(slip.id, "w") is None
    assert bench.ledger.queue_depth() == 0


def test_claim_past_the_last_attempt_fails_the_job(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    for attempt in (1, 2, 3):
        assert bench.ledger.claim(slip.id, "w") == Claim(slip.id, attempt)
        bench.pass_time(LONG_S)
    assert bench.ledger.claim(slip.id, "w") is None
    assert bench.ledger.get(slip.id).status is JobStatus.FAILED


def test_job_handed_back_waits_in_its_old_place_with_its_attempt_returned(
    bench: Bench,
) -> None:
    first, second = new_job(), new_job()
    bench.ledger.create(first)
    bench.pass_time(0.001)
    bench.ledger.create(second)
    bench.ledger.claim(first.id, "w")
    bench.ledger.beat(first.id, 1, progress(3))
    assert bench.ledger.hand_back(first.id, 1)

    job = bench.ledger.get(first.id)
    assert (job.status, job.attempt, job.queue_position) == (JobStatus.QUEUED, 0, 0)
    assert (job.progress, job.worker, job.started_at) == (None, None, None)
    assert first.id in bench.ledger.reap()
    # A new number: that of an attempt never comes twice.
    assert bench.ledger.claim(second.id, "w") == Claim(first.id, 2), "its old place"
    assert bench.ledger.get(first.id).attempt == 1


def test_waiting_job_is_canceled_at_once(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    job = bench.ledger.request_cancel(slip.id)
    assert job.status is JobStatus.CANCELED
    assert job.completed_at is not None
    assert job.cancel_reason == "requested"
    assert bench.ledger.claim(slip.id, "w") is None
    assert bench.ledger.queue_depth() == 0
    assert bench.ledger.request_cancel(slip.id) == job, "a second cancel is the same"


def test_running_job_is_canceled_only_when_it_has_stopped(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    bench.ledger.beat(slip.id, 1, progress(2))
    asked = bench.ledger.request_cancel(slip.id)
    assert asked.status is JobStatus.PROCESSING
    assert asked.cancel_requested_at is not None
    assert bench.ledger.request_cancel(slip.id) == asked
    assert bench.ledger.beat(slip.id, 1, progress(3)) is Order.CANCEL
    assert bench.ledger.cancel_done(slip.id, 1)
    assert bench.ledger.get(slip.id).status is JobStatus.CANCELED


def test_canceled_job_that_is_handed_back_does_not_wait_again(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    bench.ledger.request_cancel(slip.id)
    assert bench.ledger.hand_back(slip.id, 1)
    job = bench.ledger.get(slip.id)
    assert job.status is JobStatus.CANCELED
    assert job.completed_at is not None
    assert bench.ledger.queue_depth() == 0


def test_canceled_job_whose_worker_died_does_not_run_again(bench: Bench) -> None:
    reaped, claimed = new_job(), new_job()
    for number, slip in enumerate((reaped, claimed)):
        bench.ledger.create(slip)
        bench.ledger.claim(slip.id, f"w{number}")
        bench.ledger.request_cancel(slip.id)
    bench.pass_time(LONG_S)
    assert bench.ledger.claim(claimed.id, "w") is None
    assert bench.ledger.get(claimed.id).status is JobStatus.CANCELED
    assert bench.ledger.reap() == []
    assert bench.ledger.get(reaped.id).status is JobStatus.CANCELED


def test_bell_that_nobody_heard_is_rung_again_after_a_while(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    assert bench.ledger.reap() == []
    bench.pass_time(LONG_S)
    assert bench.ledger.reap() == [slip.id]
    assert bench.ledger.reap() == [], "and then it is given time again"


def test_no_bell_is_rung_again_while_bells_wait_at_the_broker(bench: Bench) -> None:
    ledger = bench.ledger
    slip = new_job()
    ledger.create(slip)
    ledger.client.lpush(QUEUE_NAME, "a bell that a busy worker will hear")
    bench.pass_time(LONG_S)
    assert ledger.reap() == []
    ledger.client.delete(QUEUE_NAME)
    assert ledger.reap() == [slip.id]


def test_leases_outlive_a_restart_of_the_server(valkey_url: str) -> None:
    """Workers that live must have the time to renew theirs: no uptime is that long."""
    client = connect(valkey_url)
    client.flushdb()
    patient = replace(RULES, lease_s=1e6)
    slip = new_job()
    made_whole(RedisLedger(client, patient)).create(slip)
    RedisLedger(client, RULES).claim(slip.id, "w")
    time.sleep(LONG_S)
    RedisLedger(client, patient).reap()
    assert RedisLedger(client, patient).get(slip.id).status is JobStatus.STARTING
    assert RedisLedger(client, patient).claim(slip.id, "thief") is None
    client.close()


def test_dead_redis_is_an_error_of_the_port_within_seconds(tmp_path) -> None:
    ledger = RedisLedger(connect(f"unix://{tmp_path}/nobody.sock"), RULES)
    began_s = time.monotonic()
    for ask in (
        ledger.ping,
        ledger.queue_depth,
        ledger.reap,
        lambda: ledger.get("job"),
        lambda: ledger.create(new_job()),
        lambda: ledger.claim("job", "w"),
        lambda: ledger.beat("job", 1, None),
        lambda: ledger.request_cancel("job"),
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
