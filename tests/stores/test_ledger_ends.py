"""How jobs end before their time, and what is left of those that have ended."""

from datetime import UTC, datetime, timedelta

import pytest

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import CancelReason, Job, JobStatus, NewJob, Outcome
from app.contract.messages.events import EventKind
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.contract.ports import (
    BeatReply,
    JobFinishedError,
    JobNotFinishedError,
    JobNotFoundError,
)
from app.stores.ledger import RedisLedger
from tests.stores.harness import LONG_S, RULES, LedgerHarness
from tests.stores.new_jobs import a_result, a_row, new_job, outcome, progress


def taken(harness: LedgerHarness, **submitted_job: object) -> str:
    job = new_job(submitted_job)
    harness.ledger.create(job)
    harness.ledger.claim(job.id, job.id)
    return job.id


def succeeded(harness: LedgerHarness, **submitted_job: object) -> str:
    job_id = taken(harness, **submitted_job)
    assert harness.ledger.succeed(job_id, 1, outcome(f"results/{job_id}/1.png"))
    return job_id


def test_finish_is_told_at_the_next_beat(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    before = harness.ledger.get(job_id).revision
    job = harness.ledger.requests.finish(job_id)
    assert job.finish_requested_at is not None
    assert job.revision > before
    assert harness.ledger.requests.finish(job_id).revision == job.revision, "the same"
    assert harness.ledger.beat(job_id, 1, None).reply is BeatReply.FINISH


def test_waiting_job_is_finished_once_it_runs(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    assert harness.ledger.requests.finish(submitted_job.id).status is JobStatus.QUEUED
    harness.ledger.claim(submitted_job.id, "w")
    assert harness.ledger.beat(submitted_job.id, 1, None).reply is BeatReply.FINISH


def test_cancel_wins_over_finish(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    harness.ledger.requests.finish(job_id)
    harness.ledger.requests.cancel(job_id)
    assert harness.ledger.beat(job_id, 1, None).reply is BeatReply.CANCEL
    with pytest.raises(JobFinishedError):
        harness.ledger.requests.finish(job_id)


def test_ended_job_cannot_be_finished(harness: LedgerHarness) -> None:
    with pytest.raises(JobFinishedError):
        harness.ledger.requests.finish(succeeded(harness))
    with pytest.raises(JobNotFoundError):
        harness.ledger.requests.finish(new_job().id)


def test_job_past_its_deadline_is_canceled_wherever_it_stands(
    harness: LedgerHarness,
) -> None:
    running = taken(harness, deadline_at=harness.time_ahead(LONG_S))
    waiting = new_job({"deadline_at": harness.time_ahead(LONG_S)})
    harness.ledger.create(waiting)
    harness.ledger.reap()
    assert harness.ledger.beat(running, 1, None).reply is BeatReply.GO_ON
    harness.pass_time(LONG_S + 0.05)
    harness.ledger.beat(running, 1, None)
    harness.ledger.reap()
    job = harness.ledger.get(waiting.id)
    assert (job.status, job.cancel_reason) == (
        JobStatus.CANCELED,
        CancelReason.DEADLINE,
    )
    assert harness.ledger.beat(running, 1, None).reply is BeatReply.CANCEL
    harness.ledger.cancel_done(running, 1)
    assert harness.ledger.get(running).cancel_reason is CancelReason.DEADLINE


def test_only_an_ended_job_is_deleted(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    with pytest.raises(JobNotFinishedError):
        harness.ledger.delete(submitted_job.id)
    harness.ledger.claim(submitted_job.id, "w")
    with pytest.raises(JobNotFinishedError):
        harness.ledger.delete(submitted_job.id)
    harness.ledger.succeed(submitted_job.id, 1, outcome())
    harness.ledger.delete(submitted_job.id)
    with pytest.raises(JobNotFoundError):
        harness.ledger.get(submitted_job.id)
    with pytest.raises(JobNotFoundError):
        harness.ledger.delete(submitted_job.id)


def test_pictures_of_unfinished_jobs_are_never_swept(harness: LedgerHarness) -> None:
    ended, submitted_job = succeeded(harness), new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.delete(ended)
    assert harness.swept_pictures() == [f"results/{ended}/1.png"], "uploads are shared"


def test_expired_job_keeps_its_record_for_a_while(harness: LedgerHarness) -> None:
    job_id = succeeded(harness, ttl_seconds=1)
    assert not harness.ledger.get(job_id).expired
    harness.wait(1.05)
    job = harness.ledger.get(job_id)
    assert job.expired
    assert f"results/{job_id}/1.png" in harness.ledger.sweep()
    assert harness.ledger.get(job_id).status is JobStatus.SUCCEEDED
    harness.pass_time(RULES.record_ttl_s)
    harness.ledger.sweep()
    with pytest.raises(JobNotFoundError):
        harness.ledger.get(job_id)


def test_webhook_is_told_of_the_events_it_asked_for(harness: LedgerHarness) -> None:
    default = Webhook(url="https://example.org")
    job_id = succeeded(harness, webhook=default)
    only_start = Webhook(url="https://a.org", events=(WebhookEvent.STARTED,))
    started = succeeded(harness, webhook=only_start)
    canceled = new_job({"webhook": default})
    harness.ledger.create(canceled)
    harness.ledger.requests.cancel(canceled.id)
    succeeded(harness)
    assert harness.outbox() == {
        f"{job_id}:job.succeeded",
        f"{started}:job.started",
        f"{canceled.id}:job.canceled",
    }


def test_second_attempt_does_not_start_again_for_a_webhook(
    harness: LedgerHarness,
) -> None:
    webhook = Webhook(url="https://a.org", events=(WebhookEvent.STARTED,))
    job_id = taken(harness, webhook=webhook)
    assert len(harness.outbox()) == 1
    harness.ledger.hand_back(job_id, 1)
    assert harness.ledger.get(job_id).attempt == 0
    harness.forget_messages()
    assert harness.ledger.claim(job_id, "w2") is not None
    assert harness.outbox() == set(), "it was told before"
    assert harness.ledger.counters()["wait_seconds:count"] == 1


def test_canceled_job_ends_whole_even_if_the_wish_was_lost(
    harness: LedgerHarness,
) -> None:
    """A rebuilt ledger knows no wishes, so nothing can be counted since them."""
    job_id = taken(harness, webhook=Webhook(url="https://example.org"))
    assert harness.ledger.cancel_done(job_id, 1)
    assert harness.ledger.get(job_id).status is JobStatus.CANCELED
    assert harness.outbox() == {f"{job_id}:job.canceled"}
    assert "cancel_seconds:count" not in harness.ledger.counters()


def test_every_end_is_counted(harness: LedgerHarness) -> None:
    succeeded(harness)
    failing = taken(harness)
    failure = Failure.of(FailureCode.OUT_OF_MEMORY, "9 GB were needed.")
    harness.ledger.fail(failing, 1, failure)
    canceled = taken(harness)
    harness.ledger.requests.cancel(canceled)
    harness.ledger.cancel_done(canceled, 1)
    counters = harness.ledger.counters()
    assert counters["submitted"] == 3
    assert counters["ended:succeeded"] == 1
    assert counters["ended:failed:out_of_memory"] == 1
    assert counters["ended:canceled"] == 1
    assert counters["wait_seconds:count"] == counters["run_seconds:count"] == 3
    assert counters["cancel_seconds:count"] == 1
    assert counters["run_seconds:le:1"] == 3


def test_history_tells_what_happened_since(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    begin = harness.feed.history(submitted_job.id, None)
    assert begin.events == []
    assert begin.is_complete
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.beat(submitted_job.id, 1, progress(1))
    harness.ledger.succeed(submitted_job.id, 1, outcome())
    history = harness.feed.history(submitted_job.id, begin.last_id)
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
    assert revisions[-1] == harness.ledger.get(submitted_job.id).revision
    (told,) = [e.data for e in history.events if e.kind is EventKind.PROGRESS]
    assert told["step"] == 1
    last = history.events[-1].id
    assert harness.feed.history(submitted_job.id, last) == ([], last, True)


@pytest.mark.parametrize("unknown", ["1-1", "nonsense", "99999999999999-0", ""])
def test_history_after_an_event_that_is_gone_is_incomplete(
    harness: LedgerHarness, unknown: str
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    assert not harness.feed.history(submitted_job.id, unknown).is_complete


def test_running_jobs_are_those_that_workers_hold(harness: LedgerHarness) -> None:
    succeeded(harness)
    job_id = taken(harness)
    harness.ledger.create(new_job())
    assert [job.id for job in harness.ledger.running()] == [job_id]


def with_two_files(harness: LedgerHarness) -> tuple[NewJob, Outcome]:
    """Let a job succeed that has made a poster besides its result."""
    job = new_job()
    harness.ledger.create(job)
    claim = harness.ledger.claim(job.id, "w")
    assert claim is not None
    made = outcome()
    poster = a_result("results/job/1-poster.jpg", 5, 64, 48)
    made = made.model_copy(update={"artifacts": {**made.artifacts, "poster": poster}})
    assert harness.ledger.succeed(*claim, made)
    assert harness.ledger.succeed(*claim, made), "the answer was lost; it is sent again"
    return job, made


def test_all_that_a_job_has_made_is_kept_as_long_as_its_result(
    harness: LedgerHarness,
) -> None:
    job, made = with_two_files(harness)
    assert harness.restoration.unneeded(made.blob_keys) == []
    assert harness.swept_pictures() == []
    harness.pass_time(job.ttl_seconds + 1)
    assert set(made.blob_keys) <= set(harness.swept_pictures())


def test_all_that_a_deleted_job_has_made_goes(harness: LedgerHarness) -> None:
    job, made = with_two_files(harness)
    harness.ledger.delete(job.id)
    assert set(made.blob_keys) <= set(harness.swept_pictures())


def fully_ended(ledger: RedisLedger) -> list[Job]:
    ended = []
    for end in ("succeed", "cancel", "cancel waiting"):
        hook, soon = Webhook(url="https://a.org"), datetime.now(UTC) + timedelta(days=1)
        submitted_job = new_job(
            {"webhook": hook, "owner": "key_a", "deadline_at": soon}
        )
        ledger.create(submitted_job)
        if end != "cancel waiting":
            ledger.claim(submitted_job.id, submitted_job.id)
        if end == "succeed":
            ledger.beat(submitted_job.id, 1, progress(1))
            ledger.succeed(submitted_job.id, 1, outcome())
        else:
            ledger.requests.cancel(submitted_job.id)
            ledger.cancel_done(submitted_job.id, 1)
        ended.append(ledger.get(submitted_job.id))
    return ended


def test_what_belongs_to_an_ended_job_goes_by_itself(harness: LedgerHarness) -> None:
    ledger, client = harness.ledger, harness.ledger.client
    source, again = new_job(), new_job()
    ledger.create(source)
    ledger.claim(source.id, "w")
    ledger.beat(source.id, 1, progress(), [a_row(1, 1, 3.0, 1.0, 1.5, 0.5)])
    ledger.succeed(source.id, 1, outcome())
    assert ledger.record_reused(again, ledger.get(source.id))
    names = [f"events:{source.id}", f"losses:{source.id}", f"events:{again.id}"]
    times = [client.ttl(f"impasto:{name}") for name in names]
    assert all(source.ttl_seconds - 60 < each <= source.ttl_seconds for each in times)


def test_deleted_jobs_leave_nothing_behind(harness: LedgerHarness) -> None:
    ledger, client = harness.ledger, harness.ledger.client
    for job in fully_ended(ledger):
        ledger.delete(job.id)
    ledger.sweep()
    left = set(client.keys("*"))
    shared = {"impasto:counters", "impasto:news", "impasto:order", "impasto:rounds"}
    shared |= {"impasto:generation", "impasto:fence_base"}
    assert left - {"clock"} == shared


def test_cancel_of_a_canceled_job_changes_nothing(harness: LedgerHarness) -> None:
    """Nobody had asked: its worker may have heard so before the ledger forgot it."""
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    assert harness.ledger.cancel_done(submitted_job.id, 1)
    ended = harness.ledger.get(submitted_job.id)
    assert harness.ledger.requests.cancel(submitted_job.id) == ended
