"""How jobs end before their time, and what is left of those that have ended."""

from datetime import UTC, datetime, timedelta

import pytest

from app.contract.events import EventKind
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import CancelReason, Job, JobStatus
from app.contract.ports import (
    JobFinishedError,
    JobNotFinishedError,
    JobNotFoundError,
    Order,
)
from app.contract.webhooks import Webhook, WebhookEvent
from app.stores.ledger import RedisLedger
from tests.stores.bench import LONG_S, RULES, Bench
from tests.stores.slips import a_row, new_job, outcome, progress


def taken(bench: Bench, **slip: object) -> str:
    job = new_job(slip)
    bench.ledger.create(job)
    bench.ledger.claim(job.id, job.id)
    return job.id


def succeeded(bench: Bench, **slip: object) -> str:
    job_id = taken(bench, **slip)
    assert bench.ledger.succeed(job_id, 1, outcome(f"results/{job_id}/1.png"))
    return job_id


def test_finish_is_told_at_the_next_beat(bench: Bench) -> None:
    job_id = taken(bench)
    before = bench.ledger.get(job_id).revision
    job = bench.ledger.request_finish(job_id)
    assert job.finish_requested_at is not None
    assert job.revision > before
    assert bench.ledger.request_finish(job_id).revision == job.revision, "the same"
    assert bench.ledger.beat(job_id, 1, None) is Order.FINISH


def test_waiting_job_is_finished_once_it_runs(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    assert bench.ledger.request_finish(slip.id).status is JobStatus.QUEUED
    bench.ledger.claim(slip.id, "w")
    assert bench.ledger.beat(slip.id, 1, None) is Order.FINISH


def test_cancel_wins_over_finish(bench: Bench) -> None:
    job_id = taken(bench)
    bench.ledger.request_finish(job_id)
    bench.ledger.request_cancel(job_id)
    assert bench.ledger.beat(job_id, 1, None) is Order.CANCEL
    with pytest.raises(JobFinishedError):
        bench.ledger.request_finish(job_id)


def test_ended_job_cannot_be_finished(bench: Bench) -> None:
    with pytest.raises(JobFinishedError):
        bench.ledger.request_finish(succeeded(bench))
    with pytest.raises(JobNotFoundError):
        bench.ledger.request_finish(new_job().id)


def test_job_past_its_deadline_is_canceled_wherever_it_stands(bench: Bench) -> None:
    running = taken(bench, deadline_at=bench.time_ahead(LONG_S))
    waiting = new_job({"deadline_at": bench.time_ahead(LONG_S)})
    bench.ledger.create(waiting)
    bench.ledger.reap()
    assert bench.ledger.beat(running, 1, None) is Order.GO_ON
    bench.pass_time(LONG_S + 0.05)
    bench.ledger.beat(running, 1, None)
    bench.ledger.reap()
    job = bench.ledger.get(waiting.id)
    assert (job.status, job.cancel_reason) == (
        JobStatus.CANCELED,
        CancelReason.DEADLINE,
    )
    assert bench.ledger.beat(running, 1, None) is Order.CANCEL
    bench.ledger.cancel_done(running, 1)
    assert bench.ledger.get(running).cancel_reason is CancelReason.DEADLINE


def test_only_an_ended_job_is_deleted(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    with pytest.raises(JobNotFinishedError):
        bench.ledger.delete(slip.id)
    bench.ledger.claim(slip.id, "w")
    with pytest.raises(JobNotFinishedError):
        bench.ledger.delete(slip.id)
    bench.ledger.succeed(slip.id, 1, outcome())
    bench.ledger.delete(slip.id)
    with pytest.raises(JobNotFoundError):
        bench.ledger.get(slip.id)
    with pytest.raises(JobNotFoundError):
        bench.ledger.delete(slip.id)


def test_pictures_of_unfinished_jobs_are_never_swept(bench: Bench) -> None:
    ended, slip = succeeded(bench), new_job()
    bench.ledger.create(slip)
    bench.ledger.delete(ended)
    assert bench.swept_pictures() == [f"results/{ended}/1.png"], "uploads are shared"


def test_expired_job_keeps_its_record_for_a_while(bench: Bench) -> None:
    job_id = succeeded(bench, ttl_seconds=1)
    assert not bench.ledger.get(job_id).expired
    bench.wait(1.05)
    job = bench.ledger.get(job_id)
    assert job.expired
    assert f"results/{job_id}/1.png" in bench.ledger.sweep()
    assert bench.ledger.get(job_id).status is JobStatus.SUCCEEDED
    bench.pass_time(RULES.record_ttl_s)
    bench.ledger.sweep()
    with pytest.raises(JobNotFoundError):
        bench.ledger.get(job_id)


def test_webhook_is_told_of_the_events_it_asked_for(bench: Bench) -> None:
    default = Webhook(url="https://example.org")
    job_id = succeeded(bench, webhook=default)
    only_start = Webhook(url="https://a.org", events=(WebhookEvent.STARTED,))
    started = succeeded(bench, webhook=only_start)
    canceled = new_job({"webhook": default})
    bench.ledger.create(canceled)
    bench.ledger.request_cancel(canceled.id)
    succeeded(bench)
    assert bench.outbox() == {
        f"{job_id}:job.succeeded",
        f"{started}:job.started",
        f"{canceled.id}:job.canceled",
    }


def test_second_attempt_does_not_start_again_for_a_webhook(bench: Bench) -> None:
    webhook = Webhook(url="https://a.org", events=(WebhookEvent.STARTED,))
    job_id = taken(bench, webhook=webhook)
    assert len(bench.outbox()) == 1
    bench.ledger.hand_back(job_id, 1)
    assert bench.ledger.get(job_id).attempt == 0
    bench.forget_messages()
    assert bench.ledger.claim(job_id, "w2") is not None
    assert bench.outbox() == set(), "it was told before"
    assert bench.ledger.counters()["wait_seconds:count"] == 1


def test_canceled_job_ends_whole_even_if_the_wish_was_lost(bench: Bench) -> None:
    """A rebuilt ledger knows no wishes, so nothing can be counted since them."""
    job_id = taken(bench, webhook=Webhook(url="https://example.org"))
    assert bench.ledger.cancel_done(job_id, 1)
    assert bench.ledger.get(job_id).status is JobStatus.CANCELED
    assert bench.outbox() == {f"{job_id}:job.canceled"}
    assert "cancel_seconds:count" not in bench.ledger.counters()


def test_every_end_is_counted(bench: Bench) -> None:
    succeeded(bench)
    failing = taken(bench)
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
    bench.ledger.fail(failing, 1, failure)
    canceled = taken(bench)
    bench.ledger.request_cancel(canceled)
    bench.ledger.cancel_done(canceled, 1)
    counters = bench.ledger.counters()
    assert counters["submitted"] == 3
    assert counters["ended:succeeded"] == 1
    assert counters["ended:failed:out_of_memory"] == 1
    assert counters["ended:canceled"] == 1
    assert counters["wait_seconds:count"] == counters["run_seconds:count"] == 3
    assert counters["cancel_seconds:count"] == 1
    assert counters["run_seconds:le:1"] == 3


def test_history_tells_what_happened_since(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    begin = bench.feed.history(slip.id, None)
    assert begin.events == []
    assert begin.is_complete
    bench.ledger.claim(slip.id, "w")
    bench.ledger.beat(slip.id, 1, progress(1))
    bench.ledger.succeed(slip.id, 1, outcome())
    history = bench.feed.history(slip.id, begin.last_id)
    assert history.is_complete
    kinds = [event.kind for event in history.events]
    assert kinds == [
        EventKind.STATUS,
        EventKind.STATUS,
        EventKind.PROGRESS,
        EventKind.STATUS,
        EventKind.DONE,
    ]
    states = [e.data["status"] for e in history.events if e.kind is EventKind.STATUS]
    assert states == ["starting", "processing", "succeeded"]
    revisions = [event.data["revision"] for event in history.events]
    assert revisions == sorted(revisions)
    assert revisions[-1] == bench.ledger.get(slip.id).revision
    (told,) = [e.data for e in history.events if e.kind is EventKind.PROGRESS]
    assert told["step"] == 1
    last = history.events[-1].id
    assert bench.feed.history(slip.id, last) == ([], last, True)


@pytest.mark.parametrize("unknown", ["1-1", "nonsense", "99999999999999-0", ""])
def test_history_after_an_event_that_is_gone_is_incomplete(
    bench: Bench, unknown: str
) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    assert not bench.feed.history(slip.id, unknown).is_complete


def test_running_jobs_are_those_that_workers_hold(bench: Bench) -> None:
    succeeded(bench)
    job_id = taken(bench)
    bench.ledger.create(new_job())
    assert [job.id for job in bench.ledger.running()] == [job_id]


def fully_ended(ledger: RedisLedger) -> list[Job]:
    ended = []
    for end in ("succeed", "cancel", "cancel waiting"):
        hook, soon = Webhook(url="https://a.org"), datetime.now(UTC) + timedelta(days=1)
        slip = new_job({"webhook": hook, "owner": "key_a", "deadline_at": soon})
        ledger.create(slip)
        if end != "cancel waiting":
            ledger.claim(slip.id, slip.id)
        if end == "succeed":
            ledger.beat(slip.id, 1, progress(1))
            ledger.succeed(slip.id, 1, outcome())
        else:
            ledger.request_cancel(slip.id)
            ledger.cancel_done(slip.id, 1)
        ended.append(ledger.get(slip.id))
    return ended


def test_what_belongs_to_an_ended_job_goes_by_itself(bench: Bench) -> None:
    ledger, client = bench.ledger, bench.ledger.client
    source, again = new_job(), new_job()
    ledger.create(source)
    ledger.claim(source.id, "w")
    ledger.beat(source.id, 1, progress(), [a_row(1, 1, 3.0, 1.0, 1.5, 0.5)])
    ledger.succeed(source.id, 1, outcome())
    assert ledger.record_reused(again, ledger.get(source.id))
    names = [f"events:{source.id}", f"losses:{source.id}", f"events:{again.id}"]
    times = [client.ttl(f"impasto:{name}") for name in names]
    assert all(source.ttl_seconds - 60 < each <= source.ttl_seconds for each in times)


def test_deleted_jobs_leave_nothing_behind(bench: Bench) -> None:
    ledger, client = bench.ledger, bench.ledger.client
    for job in fully_ended(ledger):
        ledger.delete(job.id)
    ledger.sweep()
    left = set(client.keys("*"))
    shared = {"impasto:counters", "impasto:news", "impasto:order", "impasto:rounds"}
    shared |= {"impasto:generation", "impasto:fence_base"}
    assert left - {"clock"} == shared


def test_cancel_of_a_canceled_job_changes_nothing(bench: Bench) -> None:
    """Nobody had asked: its worker may have heard so before the ledger forgot it."""
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    assert bench.ledger.cancel_done(slip.id, 1)
    ended = bench.ledger.get(slip.id)
    assert bench.ledger.request_cancel(slip.id) == ended
