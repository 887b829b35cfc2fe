"""Lists, batches, reuse, previews, losses: the reading half of both ledgers."""

import pytest

from app.contract.batches import Batch, new_batch_id
from app.contract.jobs import JobStatus, Preview
from app.contract.ports import (
    BatchNotFoundError,
    JobFilter,
    QueueFullError,
    TooManyActiveJobsError,
)
from app.contract.records.wire import preview_key
from app.contract.updates import Row
from tests.stores.harness import LONG_S, LedgerHarness
from tests.stores.new_jobs import a_row, a_sample, new_job, outcome, progress


def ids_of(harness: LedgerHarness, **wanted: object) -> list[str]:
    page = harness.ledger.list_jobs(JobFilter(**{"owner": None, **wanted}))
    return [job.id for job in page.jobs]


def made(harness: LedgerHarness, count: int, owner: str | None = None) -> list[str]:
    ids = []
    for _ in range(count):
        submitted_job = new_job({"owner": owner})
        harness.ledger.create(submitted_job)
        harness.pass_time(0.001)
        ids.append(submitted_job.id)
    return ids


def test_list_shows_the_newest_first_or_the_oldest(harness: LedgerHarness) -> None:
    first, second, third = made(harness, 3)
    assert ids_of(harness) == [third, second, first]
    assert ids_of(harness, newest_first=False) == [first, second, third]


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_together_are_the_whole_list(
    harness: LedgerHarness, newest_first: bool
) -> None:
    made(harness, 5)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        wanted = JobFilter(None, frozenset(), 2, cursor, newest_first)
        page = harness.ledger.list_jobs(wanted)
        seen += [job.id for job in page.jobs]
        cursor, pages = page.next_cursor, pages + 1
    assert seen == ids_of(harness, newest_first=newest_first)
    assert pages == 3


def test_a_full_last_page_promises_nothing_more(harness: LedgerHarness) -> None:
    made(harness, 2)
    assert harness.ledger.list_jobs(JobFilter(None, limit=2)).next_cursor is None


def test_new_jobs_do_not_shift_a_page(harness: LedgerHarness) -> None:
    old = made(harness, 4)
    page = harness.ledger.list_jobs(JobFilter(None, limit=2))
    made(harness, 1)
    rest = harness.ledger.list_jobs(JobFilter(None, limit=2, cursor=page.next_cursor))
    assert [job.id for job in rest.jobs] == [old[1], old[0]]


def test_list_shows_only_the_states_asked_for(harness: LedgerHarness) -> None:
    ids = made(harness, 3)
    harness.ledger.requests.cancel(ids[1])
    assert ids_of(harness, statuses=frozenset({JobStatus.CANCELED})) == [ids[1]]
    queued = ids_of(harness, statuses=frozenset({JobStatus.QUEUED}))
    assert queued == [ids[2], ids[0]]


def test_list_shows_only_ones_own_jobs(harness: LedgerHarness) -> None:
    mine, theirs = made(harness, 1, "key_a"), made(harness, 1, "key_b")
    nobodys = made(harness, 1)
    assert ids_of(harness, owner="key_a") == mine
    assert ids_of(harness, owner="key_b") == theirs
    assert ids_of(harness) == nobodys


def test_a_key_may_have_so_many_unfinished_jobs(harness: LedgerHarness) -> None:
    ids = made(harness, 3, "key_a")
    with pytest.raises(TooManyActiveJobsError) as caught:
        harness.ledger.create(new_job({"owner": "key_a"}))
    assert (caught.value.active, caught.value.limit) == (3, 3)
    made(harness, 1, "key_b")
    harness.ledger.requests.cancel(ids[0])
    assert harness.ledger.active_jobs("key_a") == 2
    made(harness, 1, "key_a")


def test_without_keys_only_the_queue_is_limited(harness: LedgerHarness) -> None:
    made(harness, 5)
    with pytest.raises(QueueFullError):
        harness.ledger.create(new_job())


def a_batch(count: int) -> tuple[Batch, list]:
    jobs = [new_job() for _ in range(count)]
    ids = tuple(job.id for job in jobs)
    return Batch(id=new_batch_id(), contents=1, styles=count, job_ids=ids), jobs


def test_batch_is_recorded_whole_and_in_its_order(harness: LedgerHarness) -> None:
    batch, jobs = a_batch(4)
    assert harness.ledger.create(*jobs, batch=batch)
    kept = harness.ledger.get_batch(batch.id)
    assert kept.job_ids == batch.job_ids
    assert kept.created_at is not None
    assert tuple(ids_of(harness, newest_first=False)) == batch.job_ids
    positions = [harness.ledger.get(job.id).queue_position for job in jobs]
    assert positions == [0, 1, 2, 3]


def test_batch_that_does_not_fit_is_refused_whole(harness: LedgerHarness) -> None:
    batch, jobs = a_batch(6)
    with pytest.raises(QueueFullError):
        harness.ledger.create(*jobs, batch=batch)
    assert ids_of(harness) == []
    with pytest.raises(BatchNotFoundError):
        harness.ledger.get_batch(batch.id)


def test_equal_jobs_of_one_owner_reuse_a_picture(harness: LedgerHarness) -> None:
    first = new_job({"owner": "key_a"})
    harness.ledger.create(first)
    assert harness.ledger.find_reusable(first) is None, "not made yet"
    harness.ledger.claim(first.id, "w")
    harness.ledger.succeed(first.id, 1, outcome("results/a/1.png"))
    again = new_job({"owner": "key_a", "reused_from": first.id})
    assert harness.ledger.find_reusable(again) == first.id
    assert harness.ledger.find_reusable(new_job({"owner": "key_b"})) is None
    assert harness.ledger.find_reusable(new_job({"owner": "key_a"}, size=65)) is None

    assert harness.ledger.record_reused(again, harness.ledger.get(first.id))
    job = harness.ledger.get(again.id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 0)
    assert job.outcome is not None
    assert job.outcome.result.blob_key == "results/a/1.png"
    assert job.expires_at is not None
    assert harness.ledger.active_jobs("key_a") == 0


def test_picture_of_an_early_stop_is_not_reused(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    early = outcome().model_copy(update={"stopped_early": True})
    harness.ledger.succeed(submitted_job.id, 1, early)
    assert harness.ledger.find_reusable(new_job()) is None


def test_shared_picture_outlives_the_job_that_made_it(harness: LedgerHarness) -> None:
    first, again = new_job(), new_job()
    harness.ledger.create(first)
    harness.ledger.claim(first.id, "w")
    harness.ledger.succeed(first.id, 1, outcome("results/a/1.png"))
    harness.ledger.record_reused(again, harness.ledger.get(first.id))
    harness.ledger.delete(first.id)
    assert harness.swept_pictures() == []
    harness.ledger.delete(again.id)
    upload = f"uploads/{first.inputs['content'].sha256}"
    assert set(harness.swept_pictures()) == {"results/a/1.png", upload}
    assert harness.ledger.sweep() == [], "each is named once"


def test_deleted_source_cannot_be_reused(harness: LedgerHarness) -> None:
    first = new_job()
    harness.ledger.create(first)
    harness.ledger.claim(first.id, "w")
    harness.ledger.succeed(first.id, 1, outcome())
    source = harness.ledger.get(first.id)
    harness.ledger.delete(first.id)
    assert not harness.ledger.record_reused(new_job(), source)


def point(step: int) -> Row:
    return a_row(step, 1, 3.0, 1.0, 1.5, 0.5)


def test_losses_add_up_to_the_curve_of_one_attempt(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.beat(submitted_job.id, 1, progress(2), [point(1), point(2)])
    harness.ledger.beat(submitted_job.id, 1, None, [point(3)])
    assert harness.ledger.losses(submitted_job.id) == [point(1), point(2), point(3)]
    harness.ledger.hand_back(submitted_job.id, 1)
    harness.ledger.claim(submitted_job.id, "w")
    assert harness.ledger.losses(submitted_job.id) == []


def preview(job_id: str, step: int) -> Preview:
    key = preview_key(job_id, 1, step)
    return Preview(step=step, blob_key=key, width=64, height=48)


def test_newest_previews_are_kept_and_old_ones_are_swept(
    harness: LedgerHarness,
) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    for step in (1, 5, 9):
        assert harness.ledger.note_preview(
            submitted_job.id, 1, preview(submitted_job.id, step)
        )
    assert [each.step for each in harness.ledger.previews(submitted_job.id)] == [5, 9]
    job = harness.ledger.get(submitted_job.id)
    assert job.preview == preview(submitted_job.id, 9)
    harness.pass_time(0.001)
    assert harness.ledger.sweep() == [preview_key(submitted_job.id, 1, 1)]
    harness.pass_time(LONG_S)
    left = {preview_key(submitted_job.id, 1, step) for step in (5, 9)}
    assert set(harness.ledger.sweep()) == left
    assert not harness.ledger.note_preview(
        submitted_job.id, 2, preview(submitted_job.id, 10)
    ), "fenced"


def test_preview_that_is_sent_again_is_noted_once(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    for _ in range(2):  # the first answer was lost
        assert harness.ledger.note_preview(
            submitted_job.id, 1, preview(submitted_job.id, 5)
        )
    assert harness.ledger.previews(submitted_job.id) == [preview(submitted_job.id, 5)]


def test_no_preview_is_shown_whose_picture_is_due(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.note_preview(submitted_job.id, 1, preview(submitted_job.id, 1))
    harness.pass_time(LONG_S / 2)
    harness.ledger.note_preview(submitted_job.id, 1, preview(submitted_job.id, 5))
    harness.ledger.succeed(submitted_job.id, 1, outcome())
    assert len(harness.ledger.previews(submitted_job.id)) == 2, (
        "the end changes nothing"
    )
    harness.pass_time(LONG_S / 2)
    assert harness.ledger.previews(submitted_job.id) == [preview(submitted_job.id, 5)]
    harness.pass_time(LONG_S)
    assert harness.ledger.previews(submitted_job.id) == []


def test_samples_of_the_last_jobs_are_kept(harness: LedgerHarness) -> None:
    for steps in (10, 20, 30):
        submitted_job = new_job()
        harness.ledger.create(submitted_job)
        harness.ledger.claim(submitted_job.id, "w")
        harness.ledger.succeed(submitted_job.id, 1, outcome(), a_sample(steps))
    assert [each.steps for each in harness.ledger.samples()] == [30, 20]
    assert harness.ledger.counters()["steps"] == 60


def test_first_preview_says_that_the_work_has_begun(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    begin = harness.feed.history(submitted_job.id, None).last_id
    harness.ledger.claim(submitted_job.id, "w")
    harness.ledger.note_preview(submitted_job.id, 1, preview(submitted_job.id, 1))
    told = [
        event.data.get("status")
        for event in harness.feed.history(submitted_job.id, begin)[0]
    ]
    assert told == ["starting", "processing", None]


def test_reused_picture_comes_with_how_it_was_made(harness: LedgerHarness) -> None:
    first, again = new_job(), new_job()
    harness.ledger.create(first)
    harness.ledger.claim(first.id, "w")
    harness.ledger.beat(first.id, 1, progress(3))
    harness.ledger.succeed(first.id, 1, outcome())
    harness.ledger.record_reused(again, harness.ledger.get(first.id))
    assert harness.ledger.get(again.id).progress == progress(3)


def test_deleted_picture_is_offered_no_more_and_a_newer_equal_one_still_is(
    harness: LedgerHarness,
) -> None:
    first, second = new_job(), new_job()
    for submitted_job in (first, second):
        harness.ledger.create(submitted_job)
        harness.ledger.claim(submitted_job.id, submitted_job.id)
        harness.ledger.succeed(submitted_job.id, 1, outcome())
    harness.ledger.delete(first.id)
    assert harness.ledger.find_reusable(new_job()) == second.id
    harness.ledger.delete(second.id)
    assert harness.ledger.find_reusable(new_job()) is None
