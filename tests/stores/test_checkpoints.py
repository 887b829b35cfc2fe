"""Checkpoints: the newest is kept, the others are due."""

from datetime import UTC, datetime

import pytest

from app.contract.failures import Failure, FailureCode
from app.contract.jobs import Checkpoint, JobStatus
from app.contract.messages.events import EventKind
from app.contract.ports import Claim
from app.contract.ports.restoration import Restored
from app.contract.records.archives import ArchivedEnd
from app.contract.records.wire import (
    checkpoint_key,
    newest_checkpoint_key,
    older_state_key,
)
from app.contract.updates import Row
from tests.stores.harness import LONG_S, LedgerHarness
from tests.stores.new_jobs import a_row, new_job, outcome, progress


def taken(harness: LedgerHarness) -> str:
    submitted_job = new_job()
    harness.ledger.create(submitted_job)
    assert harness.ledger.claim(submitted_job.id, "w1") == Claim(submitted_job.id, 1)
    return submitted_job.id


def lose(harness: LedgerHarness, job_id: str) -> None:
    """Let the lease run out; the job waits again."""
    harness.pass_time(LONG_S)
    assert job_id in harness.ledger.reap()


def checkpoint(job_id: str, attempt: int, step: int) -> Checkpoint:
    key = checkpoint_key(job_id, attempt)
    return Checkpoint(
        attempt=attempt,
        step=step,
        blob_key=key,
        reproducibility=outcome().reproducibility,
    )


def note(harness: LedgerHarness, job_id: str, attempt: int, step: int) -> bool:
    found = checkpoint(job_id, attempt, step)
    return harness.ledger.note_checkpoint(job_id, attempt, found)


def due(harness: LedgerHarness) -> set[str]:
    """The states that `sweep` names, not what else ended jobs leave."""
    harness.pass_time(0.001)
    swept = (each for each in harness.ledger.sweep() if each.startswith("checkpoints/"))
    return {each for each in swept if not each.endswith("/newest.json")}


def points(*steps: int) -> list[Row]:
    return [a_row(step, 1, 3.0 / step, 1.0, 1.5, 0.5) for step in steps]


def test_record_has_the_newest_checkpoint_and_its_file_is_kept(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    revision = harness.ledger.get(job_id).revision
    for step in (5, 9):
        assert note(harness, job_id, 1, step)
    job = harness.ledger.get(job_id)
    assert job.checkpoint == checkpoint(job_id, 1, 9)
    assert job.revision == revision, "clients are not told"
    assert due(harness) == set(), "both lie under one key"


def test_next_attempt_finds_it_and_its_own_makes_it_due(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    note(harness, job_id, 1, 9)
    lose(harness, job_id)
    assert harness.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    harness.ledger.claim(job_id, "w2")
    assert harness.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    assert due(harness) == set()
    assert note(harness, job_id, 2, 12)
    assert harness.ledger.get(job_id).checkpoint == checkpoint(job_id, 2, 12)
    assert due(harness) == {checkpoint_key(job_id, 1)}


def test_a_lost_attempt_counts_unless_it_brought_the_job_further(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    for attempt in range(1, 6):
        note(harness, job_id, attempt, 10 * attempt)
        lose(harness, job_id)
        assert harness.ledger.get(job_id).forgiven == attempt
        claim = harness.ledger.claim(job_id, "w1")
        assert claim == Claim(job_id, attempt + 1), "the number never comes twice"
    # Beginning anew and coming as far again is no way forward.
    note(harness, job_id, 6, 50)
    lose(harness, job_id)
    for attempt in (7, 8):
        assert harness.ledger.claim(job_id, "w1") == Claim(job_id, attempt)
        harness.pass_time(LONG_S)
        harness.ledger.reap()
    job = harness.ledger.get(job_id)
    assert (job.status, job.attempt) == (JobStatus.FAILED, 8)


def test_hand_back_keeps_it_for_the_next_attempt(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    note(harness, job_id, 1, 9)
    harness.ledger.hand_back(job_id, 1)
    assert harness.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    assert not note(harness, job_id, 1, 10), "a thread that was late"
    assert due(harness) == set(), "its file is the one that is pointed to"
    assert harness.ledger.claim(job_id, "w2") == Claim(job_id, 2)
    assert harness.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel", "lost"])
def test_the_last_is_due_with_the_files_of_an_ended_job(
    harness: LedgerHarness, end: str
) -> None:
    job_id = taken(harness)
    note(harness, job_id, 1, 9)
    if end == "succeed":
        harness.ledger.succeed(job_id, 1, outcome())
    elif end == "fail":
        failure = Failure.of(FailureCode.INTERNAL_ERROR, "a bug")
        harness.ledger.fail(job_id, 1, failure)
    else:
        harness.ledger.requests.cancel(job_id)
        if end == "cancel":
            harness.ledger.cancel_done(job_id, 1)
        else:
            harness.pass_time(LONG_S)
            harness.ledger.reap()
    job = harness.ledger.get(job_id)
    assert job.status.is_final
    assert job.checkpoint == checkpoint(job_id, 1, 9), "a branch may begin there"
    assert due(harness) == set()
    harness.pass_time(24 * 3600)
    assert checkpoint_key(job_id, 1) in due(harness)
    assert harness.ledger.get(job_id).checkpoint is None
    assert due(harness) == set(), "each is named once"


def test_what_names_the_newest_is_needed_as_long_as_there_is_one(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    name = newest_checkpoint_key(job_id)
    assert harness.restoration.unneeded([name]) == [name]
    note(harness, job_id, 1, 9)
    lose(harness, job_id)
    harness.ledger.claim(job_id, "w2")
    note(harness, job_id, 2, 12)
    harness.pass_time(0.001)
    assert name not in harness.ledger.sweep(), "the file before is due, not the name"
    assert harness.restoration.unneeded([name]) == []
    harness.ledger.succeed(job_id, 2, outcome())
    harness.pass_time(0.001)
    assert name in harness.ledger.sweep()


def test_restored_job_points_to_its_checkpoint(harness: LedgerHarness) -> None:
    submitted_job = new_job()
    found = checkpoint(submitted_job.id, 1, 9)
    files = [found.blob_key, newest_checkpoint_key(submitted_job.id)]
    harness.lose()
    token = harness.restoration.begin_restoring()
    assert token is not None
    harness.restoration.restore(
        token, Restored(submitted_job, datetime.now(UTC), checkpoint=found)
    )
    harness.restoration.finish_restoring(token, 70_000)
    assert harness.ledger.claim(submitted_job.id, "w") == Claim(
        submitted_job.id, 70_001
    )
    assert harness.ledger.get(submitted_job.id).checkpoint == found
    assert harness.restoration.unneeded(files) == []
    assert not note(harness, submitted_job.id, 1, 10), "of before the loss"
    assert due(harness) == set(), "its file is the one that is pointed to"
    assert note(harness, submitted_job.id, 70_001, 12)
    assert due(harness) == {found.blob_key}


def test_lost_attempt_notes_nothing_and_its_file_is_due(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    note(harness, job_id, 1, 9)
    for worker in ("w2", "w3"):
        lose(harness, job_id)
        due(harness)
        harness.ledger.claim(job_id, worker)
    assert not note(harness, job_id, 2, 12), "attempt 3 holds the job"
    assert harness.ledger.get(job_id).checkpoint == checkpoint(job_id, 1, 9)
    assert due(harness) == {checkpoint_key(job_id, 2)}
    assert not note(harness, job_id, 1, 10)
    assert due(harness) == set(), "attempt 1's is still the newest"
    harness.ledger.succeed(job_id, 3, outcome())
    due(harness)
    assert not note(harness, job_id, 3, 13), "the job has ended"
    assert due(harness) == {checkpoint_key(job_id, 3)}


def test_file_of_a_forgotten_job_is_due_too(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    harness.ledger.succeed(job_id, 1, outcome())
    harness.ledger.delete(job_id)
    assert not note(harness, job_id, 1, 9)
    assert due(harness) == {checkpoint_key(job_id, 1)}


@pytest.mark.parametrize("is_noted", [True, False])
def test_file_of_a_worker_that_died_before_it_was_noted_is_due(
    harness: LedgerHarness, is_noted: bool
) -> None:
    job_id = taken(harness)
    if is_noted:
        note(harness, job_id, 1, 9)
    lose(harness, job_id)
    assert due(harness) == (set() if is_noted else {checkpoint_key(job_id, 1)})
    harness.ledger.claim(job_id, "w2")
    harness.pass_time(LONG_S)
    harness.ledger.claim(job_id, "w3")  # before the janitor came
    assert due(harness) == {checkpoint_key(job_id, 2)}


def test_step_gone_on_from_is_told_when_it_is_known(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    note(harness, job_id, 1, 9)
    lose(harness, job_id)
    harness.ledger.claim(job_id, "w2")
    claimed = harness.ledger.get(job_id)
    assert claimed.resumed_from_step is None, "nobody knows yet"
    since = harness.feed.history(job_id, None).last_id
    assert harness.ledger.note_resumed(job_id, 2, 9)
    resumed = harness.ledger.get(job_id)
    assert resumed.resumed_from_step == 9
    assert resumed.revision > claimed.revision
    (told,) = harness.feed.history(job_id, since).events
    assert told.kind is EventKind.STATUS
    assert told.data["revision"] == resumed.revision
    assert not harness.ledger.note_resumed(job_id, 1, 5), "fenced"
    assert harness.ledger.get(job_id).resumed_from_step == 9

    lose(harness, job_id)
    harness.ledger.claim(job_id, "w3")
    assert harness.ledger.get(job_id).resumed_from_step is None, "of another attempt"
    harness.ledger.note_resumed(job_id, 3, 5)
    harness.ledger.note_resumed(job_id, 3, 0)
    assert harness.ledger.get(job_id).resumed_from_step is None, (
        "it began anew after all"
    )
    harness.ledger.succeed(job_id, 3, outcome())
    assert not harness.ledger.note_resumed(job_id, 3, 9)


def test_loss_curve_survives_up_to_the_checkpoint(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    told = points(1, 4, 9, 11)
    harness.ledger.beat(job_id, 1, progress(), told)
    note(harness, job_id, 1, 9)
    lose(harness, job_id)
    harness.ledger.claim(job_id, "w2")
    assert harness.ledger.losses(job_id) == told[:3]
    harness.ledger.note_resumed(job_id, 2, 4)
    assert harness.ledger.losses(job_id) == told[:2]
    harness.ledger.beat(job_id, 2, progress(), points(6))
    assert harness.ledger.losses(job_id) == points(1, 4, 6)


def test_loss_curve_begins_anew_with_the_attempt(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    harness.ledger.beat(job_id, 1, progress(), points(1, 4, 9))
    note(harness, job_id, 1, 9)
    harness.ledger.hand_back(job_id, 1)
    harness.ledger.claim(job_id, "w2")
    assert harness.ledger.losses(job_id) == points(1, 4, 9)
    harness.ledger.note_resumed(job_id, 2, 0)
    assert harness.ledger.losses(job_id) == []


def keep(harness: LedgerHarness, job_id: str, step: int, attempt: int = 1) -> bool:
    state = checkpoint(job_id, attempt, step).model_copy(
        update={"blob_key": older_state_key(job_id, attempt, step), "bytes": 10}
    )
    return harness.ledger.note_state(job_id, attempt, state)


def kept_steps(harness: LedgerHarness, job_id: str) -> list[int]:
    return [state.step for state in harness.ledger.get(job_id).older_states]


def test_older_states_are_thinned_evenly_and_the_others_are_due(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    steps = range(10, 170, 10)
    for step in steps:
        assert keep(harness, job_id, step)
    left = kept_steps(harness, job_id)
    assert left == [20, 40, 60, 80, 100, 120, 140, 160]
    gone = set(steps) - set(left)
    assert due(harness) == {older_state_key(job_id, 1, step) for step in gone}


def test_older_states_go_when_their_job_takes_another_way(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    for step in (5, 9, 12):
        keep(harness, job_id, step)
    lose(harness, job_id)
    assert not keep(harness, job_id, 14), "it has lost the job"
    harness.ledger.claim(job_id, "w2")
    harness.ledger.note_resumed(job_id, 2, 9)
    assert kept_steps(harness, job_id) == [5, 9]
    assert keep(harness, job_id, 11, attempt=2)
    assert kept_steps(harness, job_id) == [5, 9, 11]
    late = {older_state_key(job_id, 1, step) for step in (12, 14)}
    assert due(harness) == late | {checkpoint_key(job_id, 1)}


def test_older_states_last_as_long_as_the_files_of_their_job(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    keep(harness, job_id, 5)
    harness.pass_time(60)
    harness.ledger.succeed(job_id, 1, outcome())
    harness.pass_time(24 * 3600 - 30)
    harness.ledger.sweep()
    assert kept_steps(harness, job_id) == [5]
    harness.pass_time(31)
    assert older_state_key(job_id, 1, 5) in due(harness)


def test_older_states_of_an_ended_job_survive_a_lost_ledger(
    harness: LedgerHarness,
) -> None:
    job_id = taken(harness)
    for step in (5, 9):
        keep(harness, job_id, step)
    harness.ledger.succeed(job_id, 1, outcome())
    job = harness.ledger.get(job_id)
    harness.lose()
    token = harness.restoration.begin_restoring()
    assert token is not None
    end = ArchivedEnd(job=job)
    harness.restoration.restore(token, Restored(job, job.created_at, end=end))
    harness.restoration.finish_restoring(token, 70_000)
    assert harness.ledger.get(job_id).older_states == job.older_states
    files = [state.blob_key for state in job.older_states]
    assert harness.restoration.unneeded(files) == []
    harness.ledger.delete(job_id)
    assert due(harness) == set(files)


def test_older_states_of_a_forgotten_job_are_due(harness: LedgerHarness) -> None:
    job_id = taken(harness)
    for step in (5, 9):
        keep(harness, job_id, step)
    harness.ledger.succeed(job_id, 1, outcome())
    harness.ledger.delete(job_id)
    assert due(harness) == {older_state_key(job_id, 1, step) for step in (5, 9)}
