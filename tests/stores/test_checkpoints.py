"""Checkpoints: the newest is kept, the others are due."""

from datetime import UTC, datetime

import pytest

from app.contract.events import EventKind
from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Checkpoint
from app.contract.ports import Claim
from app.contract.ports.restoration import Restored
from app.contract.updates import Row
from app.contract.wire import checkpoint_key, newest_checkpoint_key
from tests.stores.bench import LONG_S, Bench
from tests.stores.slips import a_row, new_job, outcome, progress


def taken(bench: Bench) -> str:
    slip = new_job()
    bench.ledger.create(slip)
    assert bench.ledger.claim(slip.id, "w1") == Claim(slip.id, 1)
    return slip.id


def lose(bench: Bench, job_id: str) -> None:
    """Let the lease run out; the job waits again."""
    bench.pass_time(LONG_S)
    assert job_id in bench.ledger.reap()


def checkpoint(job_id: str, attempt: int, step: int) -> Checkpoint:
    key = checkpoint_key(job_id, attempt)
    return Checkpoint(
        attempt=attempt,
        step=step,
        blob_key=key,
        reproducibility=outcome().reproducibility,
    )


def note(bench: Bench, job_id: str, attempt: int, step: int) -> bool:
    found = checkpoint(job_id, attempt, step)
    return bench.ledger.note_checkpoint(job_id, attempt, found)


def due(bench: Bench) -> set[str]:
    """The states that `sweep` names, not what else ended jobs leave."""
    bench.pass_time(0.001)
    swept = (each for each in bench.ledger.sweep() if each.startswith("checkpoints/"))
    return {each for each in swept if not each.endswith("/newest.json")}


def points(*steps: int) -> list[Row]:
    return [a_row(step, 1, 3.0 / step, 1.0, 1.5, 0.5) for step in steps]


def test_record_has_the_newest_checkpoint_and_its_file_is_kept(bench: Bench) -> None:
    job_id = taken(bench)
    revision = bench.ledger.get(job_id).revision
    for step in (5, 9):
        assert note(bench, job_id, 1, step)
    job = bench.ledger.get(job_id)
    assert job.checkpoint == checkpoint(job_id, 1, 9)
    assert job.revision == revision, "clients are not told"
    assert due(bench) == set(), "both lie under one key"


def test_next_attempt_finds_it_and_its_own_makes_it_due(bench: Bench) -> None:
    job_id = taken(bench)
    note(bench, job_id, 1, 9)
    lose(bench, job_id)
    assert bench.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    bench.ledger.claim(job_id, "w2")
    assert bench.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    assert due(bench) == set()
    assert note(bench, job_id, 2, 12)
    assert bench.ledger.get(job_id).checkpoint == checkpoint(job_id, 2, 12)
    assert due(bench) == {checkpoint_key(job_id, 1)}


def test_hand_back_keeps_it_for_the_next_attempt(bench: Bench) -> None:
    job_id = taken(bench)
    note(bench, job_id, 1, 9)
    bench.ledger.hand_back(job_id, 1)
    assert bench.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    assert not note(bench, job_id, 1, 10), "a thread that was late"
    assert due(bench) == set(), "its file is the one that is pointed to"
    assert bench.ledger.claim(job_id, "w2") == Claim(job_id, 2)
    assert bench.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel", "lost"])
def test_all_are_due_when_the_job_ends(bench: Bench, end: str) -> None:
    job_id = taken(bench)
    note(bench, job_id, 1, 9)
    if end == "succeed":
        bench.ledger.succeed(job_id, 1, outcome())
    elif end == "fail":
        failure = Failure.of(FailureCode.INTERNAL_ERROR, "a bug")
        bench.ledger.fail(job_id, 1, failure)
    else:
        bench.ledger.request_cancel(job_id)
        if end == "cancel":
            bench.ledger.cancel_done(job_id, 1)
        bench.pass_time(LONG_S)
        bench.ledger.reap()
    job = bench.ledger.get(job_id)
    assert job.status.is_final
    assert job.checkpoint is None
    assert due(bench) == {checkpoint_key(job_id, 1)}
    assert due(bench) == set(), "each is named once"


def test_what_names_the_newest_is_needed_as_long_as_there_is_one(
    bench: Bench,
) -> None:
    job_id = taken(bench)
    name = newest_checkpoint_key(job_id)
    assert bench.restoration.unneeded([name]) == [name]
    note(bench, job_id, 1, 9)
    lose(bench, job_id)
    bench.ledger.claim(job_id, "w2")
    note(bench, job_id, 2, 12)
    bench.pass_time(0.001)
    assert name not in bench.ledger.sweep(), "the file before is due, not the name"
    assert bench.restoration.unneeded([name]) == []
    bench.ledger.succeed(job_id, 2, outcome())
    bench.pass_time(0.001)
    assert name in bench.ledger.sweep()


def test_restored_job_points_to_its_checkpoint(bench: Bench) -> None:
    slip = new_job()
    found = checkpoint(slip.id, 1, 9)
    files = [found.blob_key, newest_checkpoint_key(slip.id)]
    bench.lose()
    token = bench.restoration.begin_restoring()
    assert token is not None
    bench.restoration.restore(
        token, Restored(slip, datetime.now(UTC), checkpoint=found)
    )
    bench.restoration.finish_restoring(token, 70_000)
    assert bench.ledger.claim(slip.id, "w") == Claim(slip.id, 70_001)
    assert bench.ledger.get(slip.id).checkpoint == found
    assert bench.restoration.unneeded(files) == []
    assert not note(bench, slip.id, 1, 10), "of before the loss"
    assert due(bench) == set(), "its file is the one that is pointed to"
    assert note(bench, slip.id, 70_001, 12)
    assert due(bench) == {found.blob_key}


def test_lost_attempt_notes_nothing_and_its_file_is_due(bench: Bench) -> None:
    job_id = taken(bench)
    note(bench, job_id, 1, 9)
    for worker in ("w2", "w3"):
        lose(bench, job_id)
        due(bench)
        bench.ledger.claim(job_id, worker)
    assert not note(bench, job_id, 2, 12), "attempt 3 holds the job"
    assert bench.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    assert due(bench) == {checkpoint_key(job_id, 2)}
    assert not note(bench, job_id, 1, 10)
    assert due(bench) == set(), "attempt 1's is still the newest"
    bench.ledger.succeed(job_id, 3, outcome())
    due(bench)
    assert not note(bench, job_id, 3, 13), "the job has ended"
    assert due(bench) == {checkpoint_key(job_id, 3)}


def test_file_of_a_forgotten_job_is_due_too(bench: Bench) -> None:
    job_id = taken(bench)
    bench.ledger.succeed(job_id, 1, outcome())
    bench.ledger.delete(job_id)
    assert not note(bench, job_id, 1, 9)
    assert due(bench) == {checkpoint_key(job_id, 1)}


@pytest.mark.parametrize("is_noted", [True, False])
def test_file_of_a_worker_that_died_before_it_was_noted_is_due(
    bench: Bench, is_noted: bool
) -> None:
    job_id = taken(bench)
    if is_noted:
        note(bench, job_id, 1, 9)
    lose(bench, job_id)
    assert due(bench) == (set() if is_noted else {checkpoint_key(job_id, 1)})
    bench.ledger.claim(job_id, "w2")
    bench.pass_time(LONG_S)
    bench.ledger.claim(job_id, "w3")  # before the janitor came
    assert due(bench) == {checkpoint_key(job_id, 2)}


def test_step_gone_on_from_is_told_when_it_is_known(bench: Bench) -> None:
    job_id = taken(bench)
    note(bench, job_id, 1, 9)
    lose(bench, job_id)
    bench.ledger.claim(job_id, "w2")
    claimed = bench.ledger.get(job_id)
    assert claimed.resumed_from_step is None, "nobody knows yet"
    since = bench.feed.history(job_id, None).last_id
    assert bench.ledger.note_resumed(job_id, 2, 9)
    resumed = bench.ledger.get(job_id)
    assert resumed.resumed_from_step == 9
    assert resumed.revision > claimed.revision
    (told,) = bench.feed.history(job_id, since).events
    assert told.kind is EventKind.STATUS
    assert told.data["revision"] == resumed.revision
    assert not bench.ledger.note_resumed(job_id, 1, 5), "fenced"
    assert bench.ledger.get(job_id).resumed_from_step == 9

    lose(bench, job_id)
    bench.ledger.claim(job_id, "w3")
    assert bench.ledger.get(job_id).resumed_from_step is None, "of another attempt"
    bench.ledger.note_resumed(job_id, 3, 5)
    bench.ledger.note_resumed(job_id, 3, 0)
    assert bench.ledger.get(job_id).resumed_from_step is None, "it began anew after all"
    bench.ledger.succeed(job_id, 3, outcome())
    assert not bench.ledger.note_resumed(job_id, 3, 9)


def test_loss_curve_survives_up_to_the_checkpoint(bench: Bench) -> None:
    job_id = taken(bench)
    told = points(1, 4, 9, 11)
    bench.ledger.beat(job_id, 1, progress(), told)
    note(bench, job_id, 1, 9)
    lose(bench, job_id)
    bench.ledger.claim(job_id, "w2")
    assert bench.ledger.losses(job_id) == told[:3]
    bench.ledger.note_resumed(job_id, 2, 4)
    assert bench.ledger.losses(job_id) == told[:2]
    bench.ledger.beat(job_id, 2, progress(), points(6))
    assert bench.ledger.losses(job_id) == points(1, 4, 6)


def test_loss_curve_begins_anew_with_the_attempt(bench: Bench) -> None:
    job_id = taken(bench)
    bench.ledger.beat(job_id, 1, progress(), points(1, 4, 9))
    note(bench, job_id, 1, 9)
    bench.ledger.hand_back(job_id, 1)
    bench.ledger.claim(job_id, "w2")
    assert bench.ledger.losses(job_id) == points(1, 4, 9)
    bench.ledger.note_resumed(job_id, 2, 0)
    assert bench.ledger.losses(job_id) == []
