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
from app.contract.updates import Row
from app.contract.wire import preview_key
from tests.stores.bench import LONG_S, Bench
from tests.stores.slips import a_row, a_sample, new_job, outcome, progress


def ids_of(bench: Bench, **wanted: object) -> list[str]:
    page = bench.ledger.list_jobs(JobFilter(**{"owner": None, **wanted}))
    return [job.id for job in page.jobs]


def made(bench: Bench, count: int, owner: str | None = None) -> list[str]:
    ids = []
    for _ in range(count):
        slip = new_job({"owner": owner})
        bench.ledger.create(slip)
        bench.pass_time(0.001)
        ids.append(slip.id)
    return ids


def test_list_shows_the_newest_first_or_the_oldest(bench: Bench) -> None:
    first, second, third = made(bench, 3)
    assert ids_of(bench) == [third, second, first]
    assert ids_of(bench, newest_first=False) == [first, second, third]


@pytest.mark.parametrize("newest_first", [True, False])
def test_pages_together_are_the_whole_list(bench: Bench, newest_first: bool) -> None:
    made(bench, 5)
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        wanted = JobFilter(None, frozenset(), 2, cursor, newest_first)
        page = bench.ledger.list_jobs(wanted)
        seen += [job.id for job in page.jobs]
        cursor, pages = page.next_cursor, pages + 1
    assert seen == ids_of(bench, newest_first=newest_first)
    assert pages == 3


def test_a_full_last_page_promises_nothing_more(bench: Bench) -> None:
    made(bench, 2)
    assert bench.ledger.list_jobs(JobFilter(None, limit=2)).next_cursor is None


def test_new_jobs_do_not_shift_a_page(bench: Bench) -> None:
    old = made(bench, 4)
    page = bench.ledger.list_jobs(JobFilter(None, limit=2))
    made(bench, 1)
    rest = bench.ledger.list_jobs(JobFilter(None, limit=2, cursor=page.next_cursor))
    assert [job.id for job in rest.jobs] == [old[1], old[0]]


def test_list_shows_only_the_states_asked_for(bench: Bench) -> None:
    ids = made(bench, 3)
    bench.ledger.request_cancel(ids[1])
    assert ids_of(bench, statuses=frozenset({JobStatus.CANCELED})) == [ids[1]]
    queued = ids_of(bench, statuses=frozenset({JobStatus.QUEUED}))
    assert queued == [ids[2], ids[0]]


def test_list_shows_only_ones_own_jobs(bench: Bench) -> None:
    mine, theirs = made(bench, 1, "key_a"), made(bench, 1, "key_b")
    nobodys = made(bench, 1)
    assert ids_of(bench, owner="key_a") == mine
    assert ids_of(bench, owner="key_b") == theirs
    assert ids_of(bench) == nobodys


def test_a_key_may_have_so_many_unfinished_jobs(bench: Bench) -> None:
    ids = made(bench, 3, "key_a")
    with pytest.raises(TooManyActiveJobsError) as caught:
        bench.ledger.create(new_job({"owner": "key_a"}))
    assert (caught.value.active, caught.value.limit) == (3, 3)
    made(bench, 1, "key_b")
    bench.ledger.request_cancel(ids[0])
    assert bench.ledger.active_jobs("key_a") == 2
    made(bench, 1, "key_a")


def test_without_keys_only_the_queue_is_limited(bench: Bench) -> None:
    made(bench, 5)
    with pytest.raises(QueueFullError):
        bench.ledger.create(new_job())


def a_batch(count: int) -> tuple[Batch, list]:
    jobs = [new_job() for _ in range(count)]
    ids = tuple(job.id for job in jobs)
    return Batch(id=new_batch_id(), contents=1, styles=count, job_ids=ids), jobs


def test_batch_is_recorded_whole_and_in_its_order(bench: Bench) -> None:
    batch, jobs = a_batch(4)
    assert bench.ledger.create(*jobs, batch=batch)
    kept = bench.ledger.get_batch(batch.id)
    assert kept.job_ids == batch.job_ids
    assert kept.created_at is not None
    assert tuple(ids_of(bench, newest_first=False)) == batch.job_ids
    positions = [bench.ledger.get(job.id).queue_position for job in jobs]
    assert positions == [0, 1, 2, 3]


def test_batch_that_does_not_fit_is_refused_whole(bench: Bench) -> None:
    batch, jobs = a_batch(6)
    with pytest.raises(QueueFullError):
        bench.ledger.create(*jobs, batch=batch)
    assert ids_of(bench) == []
    with pytest.raises(BatchNotFoundError):
        bench.ledger.get_batch(batch.id)


def test_equal_jobs_of_one_owner_reuse_a_picture(bench: Bench) -> None:
    first = new_job({"owner": "key_a"})
    bench.ledger.create(first)
    assert bench.ledger.find_reusable(first) is None, "not made yet"
    bench.ledger.claim(first.id, "w")
    bench.ledger.succeed(first.id, 1, outcome("results/a/1.png"))
    again = new_job({"owner": "key_a", "reused_from": first.id})
    assert bench.ledger.find_reusable(again) == first.id
    assert bench.ledger.find_reusable(new_job({"owner": "key_b"})) is None
    assert bench.ledger.find_reusable(new_job({"owner": "key_a"}, size=65)) is None

    assert bench.ledger.record_reused(again, bench.ledger.get(first.id))
    job = bench.ledger.get(again.id)
    assert (job.status, job.attempt) == (JobStatus.SUCCEEDED, 0)
    assert job.outcome is not None
    assert job.outcome.result.blob_key == "results/a/1.png"
    assert job.expires_at is not None
    assert bench.ledger.active_jobs("key_a") == 0


def test_picture_of_an_early_stop_is_not_reused(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    early = outcome().model_copy(update={"stopped_early": True})
    bench.ledger.succeed(slip.id, 1, early)
    assert bench.ledger.find_reusable(new_job()) is None


def test_shared_picture_outlives_the_job_that_made_it(bench: Bench) -> None:
    first, again = new_job(), new_job()
    bench.ledger.create(first)
    bench.ledger.claim(first.id, "w")
    bench.ledger.succeed(first.id, 1, outcome("results/a/1.png"))
    bench.ledger.record_reused(again, bench.ledger.get(first.id))
    bench.ledger.delete(first.id)
    assert bench.swept_pictures() == []
    bench.ledger.delete(again.id)
    upload = f"uploads/{first.inputs['content'].sha256}"
    assert set(bench.swept_pictures()) == {"results/a/1.png", upload}
    assert bench.ledger.sweep() == [], "each is named once"


def test_deleted_source_cannot_be_reused(bench: Bench) -> None:
    first = new_job()
    bench.ledger.create(first)
    bench.ledger.claim(first.id, "w")
    bench.ledger.succeed(first.id, 1, outcome())
    source = bench.ledger.get(first.id)
    bench.ledger.delete(first.id)
    assert not bench.ledger.record_reused(new_job(), source)


def point(step: int) -> Row:
    return a_row(step, 1, 3.0, 1.0, 1.5, 0.5)


def test_losses_add_up_to_the_curve_of_one_attempt(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    bench.ledger.beat(slip.id, 1, progress(2), [point(1), point(2)])
    bench.ledger.beat(slip.id, 1, None, [point(3)])
    assert bench.ledger.losses(slip.id) == [point(1), point(2), point(3)]
    bench.ledger.hand_back(slip.id, 1)
    bench.ledger.claim(slip.id, "w")
    assert bench.ledger.losses(slip.id) == []


def preview(job_id: str, step: int) -> Preview:
    key = preview_key(job_id, 1, step)
    return Preview(step=step, blob_key=key, width=64, height=48)


def test_newest_previews_are_kept_and_old_ones_are_swept(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    for step in (1, 5, 9):
        assert bench.ledger.note_preview(slip.id, 1, preview(slip.id, step))
    assert [each.step for each in bench.ledger.previews(slip.id)] == [5, 9]
    job = bench.ledger.get(slip.id)
    assert job.preview == preview(slip.id, 9)
    bench.pass_time(0.001)
    assert bench.ledger.sweep() == [preview_key(slip.id, 1, 1)]
    bench.pass_time(LONG_S)
    left = {preview_key(slip.id, 1, step) for step in (5, 9)}
    assert set(bench.ledger.sweep()) == left
    assert not bench.ledger.note_preview(slip.id, 2, preview(slip.id, 10)), "fenced"


def test_preview_that_is_sent_again_is_noted_once(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    for _ in range(2):  # the first answer was lost
        assert bench.ledger.note_preview(slip.id, 1, preview(slip.id, 5))
    assert bench.ledger.previews(slip.id) == [preview(slip.id, 5)]


def test_no_preview_is_shown_whose_picture_is_due(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    bench.ledger.claim(slip.id, "w")
    bench.ledger.note_preview(slip.id, 1, preview(slip.id, 1))
    bench.pass_time(LONG_S / 2)
    bench.ledger.note_preview(slip.id, 1, preview(slip.id, 5))
    bench.ledger.succeed(slip.id, 1, outcome())
    assert len(bench.ledger.previews(slip.id)) == 2, "the end changes nothing"
    bench.pass_time(LONG_S / 2)
    assert bench.ledger.previews(slip.id) == [preview(slip.id, 5)]
    bench.pass_time(LONG_S)
    assert bench.ledger.previews(slip.id) == []


def test_samples_of_the_last_jobs_are_kept(bench: Bench) -> None:
    for steps in (10, 20, 30):
        slip = new_job()
        bench.ledger.create(slip)
        bench.ledger.claim(slip.id, "w")
        bench.ledger.succeed(slip.id, 1, outcome(), a_sample(steps))
    assert [each.steps for each in bench.ledger.samples()] == [30, 20]
    assert bench.ledger.counters()["steps"] == 60


def test_first_preview_says_that_the_work_has_begun(bench: Bench) -> None:
    slip = new_job()
    bench.ledger.create(slip)
    begin = bench.feed.history(slip.id, None).last_id
    bench.ledger.claim(slip.id, "w")
    bench.ledger.note_preview(slip.id, 1, preview(slip.id, 1))
    told = [event.data.get("status") for event in bench.feed.history(slip.id, begin)[0]]
    assert told == ["starting", "processing", None]


def test_reused_picture_comes_with_how_it_was_made(bench: Bench) -> None:
    first, again = new_job(), new_job()
    bench.ledger.create(first)
    bench.ledger.claim(first.id, "w")
    bench.ledger.beat(first.id, 1, progress(3))
    bench.ledger.succeed(first.id, 1, outcome())
    bench.ledger.record_reused(again, bench.ledger.get(first.id))
    assert bench.ledger.get(again.id).progress == progress(3)


def test_deleted_picture_is_offered_no_more_and_a_newer_equal_one_still_is(
    bench: Bench,
) -> None:
    first, second = new_job(), new_job()
    for slip in (first, second):
        bench.ledger.create(slip)
        bench.ledger.claim(slip.id, slip.id)
        bench.ledger.succeed(slip.id, 1, outcome())
    bench.ledger.delete(first.id)
    assert bench.ledger.find_reusable(new_job()) == second.id
    bench.ledger.delete(second.id)
    assert bench.ledger.find_reusable(new_job()) is None
